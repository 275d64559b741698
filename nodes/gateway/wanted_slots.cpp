#include "nodes/gateway/wanted_slots.hpp"

#include "messages/struct_json.hpp"
#include "nodes/gateway/json_number.hpp"

#include <google/protobuf/struct.pb.h>

#include <fmt/format.h>

#include <limits>

namespace maestro {

namespace {

constexpr std::string_view field = "slots";
constexpr std::size_t shown_max = 64;

std::string text_of(const google::protobuf::Value& value) {
  std::string text;
  append_json(text, value);
  return text;
}

std::optional<std::int64_t> number_in(const google::protobuf::Value& value) {
  auto text = value.kind_case() == value.kStringValue ? value.string_value() : text_of(value);
  return is_json_number(text) ? integer_of(text) : std::nullopt;
}

} // namespace

result<std::optional<std::int32_t>> wanted_slots(std::string_view body) {
  bool may_have_slots =
      body.find(field) != body.npos || body.find('\\') != body.npos; // a name may be written in escapes
  google::protobuf::Struct sent;
  if (!may_have_slots || !from_json(body, sent))
    return std::optional<std::int32_t>();
  auto found = sent.fields().find(std::string(field));
  if (found == sent.fields().end() || found->second.has_null_value())
    return std::optional<std::int32_t>();
  auto number = number_in(found->second);
  if (number && *number >= 1 && *number <= std::numeric_limits<std::int32_t>::max())
    return std::optional(static_cast<std::int32_t>(*number));
  auto shown = text_of(found->second);
  return failure{ec::invalid_argument,
                 fmt::format("slots must be a whole number from 1 to the scheduler's maxMatches, not {}",
                             std::string_view(shown).substr(0, shown_max))};
}

} // namespace maestro
