// Protobuf's wire format, written from and read into plain structs without a message object in between: one list
// of fields per struct (messages/journal_fields.hpp) serves both directions. For messages/journal_codec only.
//
// The writer is canonical: fields in list order, implicit defaults left out, optionals and alternatives always
// written, maps sorted. The reader takes fields in any order, skips numbers it does not know, and refuses what is
// malformed, out of an enum's range, or lacks a required field. Nothing is read outside the given bytes.
#pragma once

#include "messages/boxed_optional.hpp"
#include "messages/ids.hpp"
#include "messages/time.hpp"

#include <bit>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace maestro::wire {

using string_map = std::map<std::string, std::string>;

/// The highest value of an enum; the reader refuses what lies above.
template <class Enum>
constexpr std::uint64_t last_of = 0;

template <class T, class U>
concept is = std::same_as<std::remove_const_t<T>, U>;

template <class T>
constexpr bool is_id = false;
template <class Tag>
constexpr bool is_id<strong_id<Tag>> = true;
template <class T>
constexpr bool is_vector = false;
template <class T>
constexpr bool is_vector<std::vector<T>> = true;
template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;
template <class T>
constexpr bool is_optional<boxed_optional<T>> = true;
template <class T>
concept text = std::same_as<T, std::string> || is_id<T>;
template <class T>
concept fixed = std::same_as<T, timestamp> || std::same_as<T, double>;
template <class T>
concept varint = std::integral<T> || std::is_enum_v<T> || std::same_as<T, duration>;

enum class type : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

inline std::uint64_t fixed_bits(double x) {
  return std::bit_cast<std::uint64_t>(x);
}
inline std::uint64_t fixed_bits(timestamp x) {
  return static_cast<std::uint64_t>(x.time_since_epoch().count());
}
inline void from_fixed(std::uint64_t bits, double& x) {
  x = std::bit_cast<double>(bits);
}
inline void from_fixed(std::uint64_t bits, timestamp& x) {
  x = timestamp{duration{static_cast<std::int64_t>(bits)}};
}

class writer {
public:
  explicit writer(std::string& out) : out_(out) {}

  /// One field, as its type wants it. `number` is the field's number in journal.proto.
  template <class T>
  void operator()(std::uint32_t number, const T& x) {
    put(number, x, false);
  }
  /// A field that must be there to be read.
  template <class T>
  void required(std::uint32_t number, const T& x) {
    put(number, x, true);
  }
  /// One alternative of a oneof.
  template <class Alternative, class Variant>
  void kind(std::uint32_t number, const Variant& x) {
    if (auto* chosen = std::get_if<Alternative>(&x))
      put(number, *chosen, true);
  }

private:
  template <class T>
  void put(std::uint32_t number, const T& x, bool always) {
    if constexpr (is_optional<T>) {
      if (x)
        put(number, *x, true);
    } else if constexpr (is_vector<T>) {
      for (auto& item : x)
        put(number, item, true);
    } else if constexpr (is_id<T>) {
      put(number, x.value, always);
    } else if constexpr (std::same_as<T, std::string>) {
      if (always || !x.empty())
        put_text(number, x);
    } else if constexpr (fixed<T>) {
      if (auto bits = fixed_bits(x); always || bits != 0)
        put_fixed(number, bits);
    } else if constexpr (std::same_as<T, duration>) {
      put(number, static_cast<std::int64_t>(x.count()), always);
    } else if constexpr (varint<T>) {
      if (auto value = static_cast<std::uint64_t>(x); always || value != 0) {
        put_tag(number, type::varint);
        put_varint(value);
      }
    } else {
      put_message(number, x, always);
    }
  }

  void put_varint(std::uint64_t x) {
    char bytes[10];
    std::size_t n = 0;
    for (; x >= 0x80; x >>= 7)
      bytes[n++] = static_cast<char>(x | 0x80);
    bytes[n++] = static_cast<char>(x);
    out_.append(bytes, n);
  }
  void put_tag(std::uint32_t number, type t) { put_varint(number << 3 | static_cast<std::uint32_t>(t)); }
  void put_text(std::uint32_t number, const std::string& x) {
    put_tag(number, type::bytes);
    put_varint(x.size());
    out_.append(x);
  }
  void put_fixed(std::uint32_t number, std::uint64_t bits) {
    put_tag(number, type::fixed64);
    char bytes[8];
    for (int i = 0; i < 8; ++i)
      bytes[i] = static_cast<char>(bits >> (8 * i));
    out_.append(bytes, 8);
  }

  // The length stands before the body but is known after it: one byte is kept free, which is enough for most.
  template <class T>
  void put_message(std::uint32_t number, const T& x, bool always) {
    auto start = out_.size();
    put_tag(number, type::bytes);
    auto body = out_.size() + 1;
    out_.push_back('\0');
    put_fields(x);
    auto size = out_.size() - body;
    if (size == 0 && !always) {
      out_.resize(start);
    } else if (size < 0x80) {
      out_[body - 1] = static_cast<char>(size);
    } else {
      std::string length;
      writer(length).put_varint(size);
      out_.replace(body - 1, 1, length);
    }
  }
  template <class T>
  void put_fields(const T& x) {
    fields(*this, x);
  }
  void put_fields(const string_map& x) {
    for (auto& [key, value] : x)
      put_message(1, std::pair<const std::string&, const std::string&>(key, value), true);
  }
  void put_fields(const std::pair<const std::string&, const std::string&>& entry) {
    put_text(1, entry.first);
    put_text(2, entry.second);
  }

  std::string& out_;
};

/// Sets every listed field to what its absence means on the wire: zero or empty, whatever the struct's default is.
class eraser {
public:
  template <class T>
  void operator()(std::uint32_t, T& x) {
    if constexpr (std::is_class_v<T> && requires { fields(*this, x); })
      fields(*this, x);
    else
      x = T{};
  }
  template <class T>
  void required(std::uint32_t, T&) {}
  template <class Alternative, class Variant>
  void kind(std::uint32_t, Variant&) {}
};

class reader {
public:
  explicit reader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  /// Everything that is left, as the fields of `x`. False: these bytes are no such value.
  template <class T>
  bool message(T& x) {
    eraser{}(0, x);
    do {
      progressed_ = false;
      take_fields(x);
      if (!progressed_ && more())
        skip();
    } while (ok_ && more());
    return ok_ && (came_ || !must_);
  }

  template <class T>
  void operator()(std::uint32_t number, T& x) {
    while (next_is(number)) {
      if constexpr (is_vector<T>)
        take(x.emplace_back());
      else
        take(x);
    }
  }
  template <class T>
  void required(std::uint32_t number, T& x) {
    must_ = true;
    while (next_is(number)) {
      came_ = true;
      take(x);
    }
  }
  template <class Alternative, class Variant>
  void kind(std::uint32_t number, Variant& x) {
    must_ = true;
    while (next_is(number)) {
      came_ = true;
      take(x.template emplace<Alternative>());
    }
  }

private:
  bool more() const { return tagged_ || at_ != end_; }

  bool next_is(std::uint32_t number) {
    if (!ok_ || (!tagged_ && (at_ == end_ || !take_tag())))
      return false;
    if (number_ != number)
      return false;
    tagged_ = false;
    progressed_ = true;
    return true;
  }

  bool take_tag() {
    auto tag = take_varint();
    number_ = static_cast<std::uint32_t>(tag >> 3);
    type_ = static_cast<type>(tag & 7);
    ok_ = ok_ && number_ != 0 && tag >> 32 == 0;
    tagged_ = ok_;
    return ok_;
  }

  template <class T>
  void take(T& x) {
    if constexpr (is_optional<T>) {
      take(x.emplace());
    } else if constexpr (is_id<T>) {
      take(x.value);
    } else if constexpr (std::same_as<T, std::string>) {
      x = take_bytes();
    } else if constexpr (fixed<T>) {
      from_fixed(take_fixed(), x);
    } else if constexpr (std::same_as<T, duration>) {
      x = duration{static_cast<std::int64_t>(expect(type::varint) ? take_varint() : 0)};
    } else if constexpr (varint<T>) {
      take_number(x);
    } else {
      ok_ = reader(take_bytes()).message(x) && ok_;
    }
  }

  template <class T>
  void take_number(T& x) {
    auto value = expect(type::varint) ? take_varint() : 0;
    x = static_cast<T>(value);
    if constexpr (std::is_enum_v<T>)
      ok_ = ok_ && value <= last_of<T>;
    else
      ok_ = ok_ && static_cast<std::uint64_t>(x) == value;
  }

  template <class T>
  void take_fields(T& x) {
    fields(*this, x);
  }
  void take_fields(string_map& x) {
    while (next_is(1)) {
      std::pair<std::string, std::string> entry;
      ok_ = reader(take_bytes()).message(entry) && ok_;
      x.insert_or_assign(std::move(entry.first), std::move(entry.second));
    }
  }
  void take_fields(std::pair<std::string, std::string>& entry) {
    (*this)(1, entry.first);
    (*this)(2, entry.second);
  }

  bool expect(type t) { return ok_ = ok_ && type_ == t; }

  std::uint64_t take_varint() {
    std::uint64_t x = 0;
    for (int shift = 0; shift < 64 && at_ != end_; shift += 7) {
      auto byte = static_cast<std::uint8_t>(*at_++);
      x |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80)
        return x;
    }
    ok_ = false;
    return 0;
  }
  std::uint64_t take_fixed() {
    if (!expect(type::fixed64) || !left(8))
      return 0;
    std::uint64_t bits = 0;
    for (int i = 0; i < 8; ++i)
      bits |= std::uint64_t{static_cast<std::uint8_t>(at_[i])} << (8 * i);
    at_ += 8;
    return bits;
  }
  std::string_view take_bytes() {
    auto size = expect(type::bytes) ? take_varint() : 0;
    if (!ok_ || !left(size))
      return {};
    std::string_view bytes(at_, size);
    at_ += size;
    return bytes;
  }
  bool left(std::uint64_t size) { return ok_ = ok_ && static_cast<std::uint64_t>(end_ - at_) >= size; }

  void skip() {
    tagged_ = false;
    switch (type_) {
    case type::varint: take_varint(); return;
    case type::fixed64: take_fixed(); return;
    case type::bytes: take_bytes(); return;
    case type::fixed32:
      if (left(4))
        at_ += 4;
      return;
    }
    ok_ = false;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
  bool tagged_ = false;     ///< number_ and type_ are of a field that nobody took yet
  bool progressed_ = false; ///< this pass over the list took something
  bool must_ = false;       ///< the list has a required field or a oneof
  bool came_ = false;       ///< and it was there
  std::uint32_t number_ = 0;
  type type_ = type::varint;
};

} // namespace maestro::wire
