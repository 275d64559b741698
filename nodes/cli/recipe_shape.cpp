#include "nodes/cli/recipe_shape.hpp"

namespace maestro::cli {

namespace {

using enum value_type;
using shape = field_shape;

constexpr shape range[] = {{"start", integer}, {"end", integer}};
constexpr shape resources[] = {{"memory"}, {"cpu"}};
constexpr shape field_ref[] = {{"fieldPath"}};
constexpr shape secret_key_ref[] = {{"name"}, {"key"}};
constexpr shape value_from[] = {{"fieldRef", object, field_ref}, {"secretKeyRef", object, secret_key_ref}};
constexpr shape environment[] = {{"name"}, {"value"}, {"valueFrom", object, value_from}};
constexpr shape ports[] = {
    {"name"}, {"protocol"}, {"port", integer}, {"hostPort", integer}, {"hostPortRange", object, range}};
constexpr shape containers[] = {{"name"},
                                {"image"},
                                {"imagePullPolicy"},
                                {"command", list_of_text},
                                {"environment", list_of_objects, environment},
                                {"requests", object, resources},
                                {"limits", object, resources},
                                {"ports", list_of_objects, ports}};
constexpr shape spec[] = {{"version"},
                          {"terminationGracePeriod", period},
                          {"containers", list_of_objects, containers},
                          {"toleration"},
                          {"affinity"},
                          {"restartPolicy"}};
constexpr shape room_occupancy[] = {{"readyTarget", number}, {"downThreshold", number}};
constexpr shape fixed_buffer[] = {{"amount", integer}};
constexpr shape parameters[] = {{"roomOccupancy", object, room_occupancy}, {"fixedBuffer", object, fixed_buffer}};
constexpr shape policy[] = {{"type"}, {"parameters", object, parameters}};
constexpr shape autoscaling[] = {
    {"enabled", boolean}, {"min", integer}, {"max", integer}, {"policy", object, policy}, {"cooldown", integer}};
constexpr shape options[] = {{"timeout", integer}, {"metadata", any}};
constexpr shape forwarders[] = {
    {"name"}, {"enable", boolean}, {"type"}, {"address"}, {"options", object, options}};
constexpr shape match_allocation[] = {{"maxMatches", integer}};
constexpr shape recipe[] = {{"name"},
                            {"game"},
                            {"state"},
                            {"createdAt"},
                            {"portRange", object, range},
                            {"maxSurge"},
                            {"roomsReplicas", integer},
                            {"spec", object, spec},
                            {"autoscaling", object, autoscaling},
                            {"forwarders", list_of_objects, forwarders},
                            {"annotations", text_map},
                            {"labels", text_map},
                            {"matchAllocation", object, match_allocation}};

} // namespace

std::span<const field_shape> recipe_shape() {
  return recipe;
}

} // namespace maestro::cli
