#include "messages/snapshot_parts.hpp"

#include <cstdint>

namespace maestro {

namespace {

// Protobuf's varint, off the front of `bytes`.
std::optional<std::uint64_t> take_number(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80)
      return number;
  }
  return std::nullopt;
}

} // namespace

std::optional<std::string_view> take_snapshot_part(std::string_view& rest) {
  constexpr std::uint64_t length_delimited = 2;
  auto behind = rest;
  auto tag = take_number(behind);
  auto size = tag && (*tag & 7) == length_delimited ? take_number(behind) : std::nullopt;
  if (!size || *size > behind.size())
    return std::nullopt;
  behind.remove_prefix(*size);
  auto part = rest.substr(0, rest.size() - behind.size());
  rest = behind;
  return part;
}

} // namespace maestro
