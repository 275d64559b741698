// What a recipe's `spec.health` means for the rules: how long its rooms may take, whether they are asked how they are, and
// which of their ports is asked. Pure; for the room pool, the health controller and the validation.
#pragma once

#include "messages/room_types.hpp"
#include "messages/runtime_commands.hpp"
#include "messages/scheduler_types.hpp"
#include "messages/settings.hpp"

#include <cstddef>
#include <optional>

namespace maestro::rules {

/// The node's settings, with the time limits of that recipe where it has its own; `recipe` may be nullptr.
actor_settings settings_for(const actor_settings& node, const scheduler* recipe);
actor_settings settings_for(actor_settings node, const room_timeouts& own);

/// The same of the one limit that is asked for often.
duration allocation_ttl_of(const actor_settings& node, const scheduler* recipe);

/// How long rooms may go without a look at them: the node's interval, less where the recipe has a shorter limit of its own, which
/// would be found out a whole interval late.
duration look_interval_of(const actor_settings& node, const room_timeouts& own);

/// nullptr: the game servers of that recipe ping.
const health_recipe* probe_of(const scheduler* recipe);

/// Whether such a probe asks a port, and over which protocol: `udp`, `tcp`, or empty for none.
const char* protocol_of(const std::string& probe);

/// The place of the port that is asked, among all ports of the containers in order of declaration, which is the order of a
/// room's host ports; none: the recipe has no such port.
std::optional<std::size_t> probed_port(const scheduler_spec& spec, const health_recipe& how);

/// Which lines of which output tell how many players a room has: of the container that is named, or of the first one.
std::optional<player_lines> player_lines_of(const scheduler& recipe);

/// A room is asked as long as its instance runs and nobody has asked for its end.
bool is_asked(const room_record& room, const scheduler* version);

} // namespace maestro::rules
