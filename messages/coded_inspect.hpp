// Lets CAF serialize every type that messages/journal_codec can encode, by one overload: the bytes travel.
#pragma once

#include "messages/journal_codec.hpp"

#include <caf/error.hpp>
#include <caf/meta/load_callback.hpp>
#include <caf/sec.hpp>

#include <concepts>

namespace maestro {

template <class T>
concept coded = requires(const T& value, T& target, std::string_view bytes) {
  { encode(value) } -> std::same_as<std::string>;
  { decode(bytes, target) } -> std::same_as<bool>;
};

template <class Inspector, coded T>
typename Inspector::result_type inspect(Inspector& f, T& x) {
  std::string bytes;
  if constexpr (Inspector::reads_state) {
    bytes = encode(x);
    return f(bytes);
  } else {
    auto load = [&]() -> caf::error {
      return decode(bytes, x) ? caf::none : caf::make_error(caf::sec::invalid_argument, "undecodable bytes");
    };
    return f(bytes, caf::meta::load_callback(load));
  }
}

} // namespace maestro
