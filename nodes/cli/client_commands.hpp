// What the client commands do once their arguments are read. Each returns normally or throws `failure`,
// `unreachable` or `recipe_error`; command_line.cpp turns these into messages on stderr and exit codes.
#pragma once

#include "nodes/cli/answers.hpp"
#include "nodes/cli/api_client.hpp"
#include "nodes/cli/recipe.hpp"
#include "nodes/cli/terminal.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace maestro::cli {

struct wait_options {
  bool wait = false;
  bool rooms_ready = false;                       ///< create only: also wait for the wanted rooms
  duration limit = std::chrono::seconds{300};     ///< gives up after it
  duration poll = std::chrono::milliseconds{200}; ///< between two looks
};

// -- schedulers ------------------------------------------------------------------------------------------------

struct create_options {
  std::string file; ///< `-` is standard input
  variables vars;
  wait_options wait;
};
void create_scheduler(const context& ctx, const create_options& options);

struct list_schedulers_options {
  std::string game;
};
void list_schedulers(const context& ctx, const list_schedulers_options& options);
void get_scheduler(const context& ctx, const std::string& name, const std::string& version);
void list_versions(const context& ctx, const std::string& name);
void delete_scheduler(const context& ctx, const std::string& name, const wait_options& wait);

// -- operations ------------------------------------------------------------------------------------------------

struct list_operations_options {
  std::string scheduler;
  std::string stage; ///< empty: all three, the final one cut to one page
  std::uint32_t page = 1;
  std::uint32_t page_size = 15;
};
void list_operations(const context& ctx, const list_operations_options& options);
void get_operation(const context& ctx, const std::string& scheduler, const std::string& id);
void cancel_operation(const context& ctx, const std::string& scheduler, const std::string& id);
/// Shows the operation's progress until it ends; an empty id means the newest one that is not final, else the
/// newest.
void watch_operation(const context& ctx, const std::string& scheduler, const std::string& id,
                     const wait_options& wait);

/// Newest operation of that name in any stage; empty when there is none. M3 answers no operation id, so `create`
/// finds its operation this way.
std::string find_operation(const context& ctx, const std::string& scheduler, const std::string& definition_name);

// -- rooms -----------------------------------------------------------------------------------------------------

struct list_rooms_options {
  std::string scheduler;
  std::string status; ///< only rooms of that status
  bool watch = false;
  bool await = false; ///< watch only: the scheduler may come into being later
  duration poll = std::chrono::milliseconds{500};
  duration watch_for{}; ///< 0 = until interrupted
};
void list_rooms(const context& ctx, const list_rooms_options& options);
void get_room(const context& ctx, const std::string& scheduler, const std::string& room);

struct room_logs_options {
  std::string scheduler;
  std::string room;
  std::string container;
  std::uint64_t tail_bytes = 0;
};
void room_logs(const context& ctx, const room_logs_options& options);

/// What the journal still knows of it, oldest first.
void room_timeline(const context& ctx, const std::string& scheduler, const std::string& room);
void operation_timeline(const context& ctx, const std::string& scheduler, const std::string& id);

/// Waits until as many rooms as wanted can take or hold players; throws `failure` with exit_timeout.
void wait_for_rooms(const context& ctx, const std::string& scheduler, const wait_options& wait);

} // namespace maestro::cli
