// What a request with a deadline says to whoever waits for it when it failed: who did not answer in time, if that is
// why. For every actor that asks the runtime or the journal.
#pragma once

#include "messages/type_ids.hpp"

#include <caf/error.hpp>
#include <caf/sec.hpp>
#include <fmt/format.h>

#include <string_view>

namespace maestro {

inline failure answer_of(const caf::error& why, std::string_view whom) {
  if (why == caf::sec::request_timeout)
    return {ec::deadline_exceeded, fmt::format("the {} did not answer in time", whom)};
  return from_caf(why);
}

} // namespace maestro
