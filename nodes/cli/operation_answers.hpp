// Operations as answers show them, and which one is meant: the newest, or the newest of a kind. For the commands that list
// operations, and for those that wait for one.
#pragma once

#include "nodes/cli/answers.hpp"

#include <array>
#include <string>

namespace maestro::cli {

inline constexpr std::array operation_stages{"active", "pending", "final"};
std::string stage_path(const std::string& scheduler, const std::string& stage);

/// By its status.
bool is_final(const std::string& status);
std::string last_event(const json& operation);
json operation_of(const context& ctx, const std::string& scheduler, const std::string& id);

/// The newest that is not final, else the newest. Throws `failure` (exit_not_found) when there is none.
std::string newest_operation(const context& ctx, const std::string& scheduler);
/// Newest operation of that name in any stage; empty when there is none. M3 answers no operation id, so `create`
/// finds its operation this way.
std::string find_operation(const context& ctx, const std::string& scheduler, const std::string& definition_name);

} // namespace maestro::cli
