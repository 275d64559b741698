// Strong identifiers. Every name that travels between actors has a type of its own, so that a room id can never
// be handed over where a scheduler's name is wanted. An id is only text: no id checks its own syntax, the rules do
// (actors/rules/scheduler_validation for scheduler names, actors/rules/room_names for room ids).
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace maestro {

template <class Tag>
struct strong_id {
  std::string value;

  strong_id() = default;
  explicit strong_id(std::string text) : value(std::move(text)) {}

  const std::string& str() const { return value; }
  bool empty() const { return value.empty(); }
  friend auto operator<=>(const strong_id&, const strong_id&) = default;
};

template <class Inspector, class Tag>
typename Inspector::result_type inspect(Inspector& f, strong_id<Tag>& x) {
  return f(x.value);
}

/// Name of a scheduler: unique on a cluster, RFC 1123 label, at most 63 characters.
using scheduler_name = strong_id<struct scheduler_name_tag>;
/// Name of a room and of its instance: `<scheduler>-<5 characters>` (proto/README.md 4.5).
using room_id = strong_id<struct room_id_tag>;
/// Name of a node: unique in a cluster, RFC 1123 label, at most 63 characters.
using node_name = strong_id<struct node_name_tag>;
/// UUIDv4 in lower-case text.
using operation_id = strong_id<struct operation_id_tag>;
/// Names one wish of one asker, who sends it again with the same key and is sure that it is carried out once
/// (actors/rules/request_memory). Empty: the asker names none.
using request_key = strong_id<struct request_key_tag>;

} // namespace maestro

template <class Tag>
struct std::hash<maestro::strong_id<Tag>> {
  std::size_t operator()(const maestro::strong_id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.value);
  }
};
