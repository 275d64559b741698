// Strangers: living game servers that the journal does not know (rpcs of room_management.proto). `maestro room list
// --strangers` shows them, `maestro room adopt` makes rooms of them, and `maestro room end` ends them like rooms.
#pragma once

#include "nodes/cli/answers.hpp"

namespace maestro::cli {

inline constexpr item_kind stranger_items{"stranger", "strangers", "id"};

void list_strangers(const context& ctx, const std::string& scheduler);
/// One after the other.
void adopt_strangers(const context& ctx, const std::string& scheduler, const std::vector<std::string>& ids);

bool is_stranger(const context& ctx, const std::string& scheduler, const std::string& id);
/// False: there is none of that id.
bool end_stranger(const context& ctx, const std::string& scheduler, const std::string& id);

} // namespace maestro::cli
