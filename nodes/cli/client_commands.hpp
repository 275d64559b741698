// What the client commands do once their arguments are read. Each returns normally or throws `failure`,
// `unreachable` or `recipe_error`; command_line.cpp turns these into messages on stderr and exit codes.
#pragma once

#include "nodes/cli/answers.hpp"
#include "nodes/cli/api_client.hpp"
#include "nodes/cli/list_watch.hpp"
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

/// Does it for each of them; one that fails is said and the others are still done. Then the first failure ends the
/// command.
void for_each_of(const context& ctx, const std::vector<std::string>& all,
                 const std::function<void(const std::string&)>& act);

// -- schedulers ------------------------------------------------------------------------------------------------

struct create_options {
  std::vector<std::string> files; ///< `-` is standard input; a folder is its recipes
  variables vars;
  wait_options wait;
};
/// Nothing is sent: what is wrong with them, one line each.
void validate_recipes(const context& ctx, const create_options& options);
void create_schedulers(const context& ctx, const create_options& options);

struct list_schedulers_options {
  std::string game;
  std::string labels; ///< `key=value,other!=value,present`
  watch_options watch;
};
void list_schedulers(const context& ctx, const list_schedulers_options& options);
void get_schedulers(const context& ctx, const std::vector<std::string>& names, const std::string& version);
void list_versions(const context& ctx, const std::string& name);

struct why_options {
  std::string scheduler;
  std::optional<std::uint32_t> remove; ///< as if so many rooms had to go
  std::optional<std::uint32_t> rooms;  ///< as if so many were wanted
  std::uint32_t limit = 20;            ///< rooms that are named
};
/// Why there are so many rooms, and which would go next.
void explain_rooms(const context& ctx, const why_options& options);
/// What a wanted number of `rooms` would do to them, in one line.
std::string effect_of_rooms(const context& ctx, const std::string& scheduler, std::int64_t rooms);
/// The server counts all those `rooms`, and knows that none of them differs from that active version in what rooms are. False
/// also where it cannot tell.
bool replaces_none(const context& ctx, const std::string& scheduler, const std::string& active,
                   std::int64_t rooms);

struct delete_options {
  std::vector<std::string> names;
  bool yes = false; ///< matches may end without a question
  wait_options wait;
};
void delete_schedulers(const context& ctx, const delete_options& options);

// -- operations ------------------------------------------------------------------------------------------------

struct list_operations_options {
  std::string scheduler;
  std::string stage; ///< empty: all three, the final one cut to one page
  std::uint32_t page = 1;
  std::uint32_t page_size = 15;
  watch_options watch;
};
void list_operations(const context& ctx, const list_operations_options& options);
void get_operations(const context& ctx, const std::string& scheduler, const std::vector<std::string>& ids);
void cancel_operations(const context& ctx, const std::string& scheduler, const std::vector<std::string>& ids);
/// Shows the operation's progress until it ends; an empty id means the newest one that is not final, else the
/// newest.
void watch_operation(const context& ctx, const std::string& scheduler, const std::string& id,
                     const wait_options& wait);

struct status_options {
  std::string internal_server; ///< health, readiness
};
/// Of the node, its schedulers and their rooms. Throws `failure` (exit_refused) when it is not ready.
void show_status(const context& ctx, const status_options& options);

// -- nodes -----------------------------------------------------------------------------------------------------

struct list_nodes_options {
  watch_options watch;
};
void list_nodes(const context& ctx, const list_nodes_options& options);
void get_nodes(const context& ctx, const std::vector<std::string>& names);
void drain_nodes(const context& ctx, const std::vector<std::string>& names);
void undrain_nodes(const context& ctx, const std::vector<std::string>& names);
struct remove_nodes_options {
  std::vector<std::string> names;
  bool yes = false; ///< what lived there is forgotten without a question
};
void remove_nodes(const context& ctx, const remove_nodes_options& options);

// -- rooms -----------------------------------------------------------------------------------------------------

struct list_rooms_options {
  std::string scheduler;
  std::string status;     ///< only rooms of that status
  bool strangers = false; ///< instead of rooms
  watch_options watch;
};
void list_rooms(const context& ctx, const list_rooms_options& options);
void get_rooms(const context& ctx, const std::string& scheduler, const std::vector<std::string>& rooms);

struct room_logs_options {
  std::string scheduler;
  std::string room;
  std::string container;
  bool all_containers = false;
  std::optional<std::size_t> tail; ///< so many lines of the end
  duration since{};                ///< only what was written in the last …; 0 = whenever
  bool previous = false;           ///< of the run before the container's last restart
  bool follow = false;
  duration follow_for{}; ///< 0 = until interrupted
  duration poll = std::chrono::milliseconds{500};
};
void room_logs(const context& ctx, const room_logs_options& options);

struct room_artifacts_options {
  std::string scheduler;
  std::string room;
  std::string file; ///< empty: `<room>.tar`; `-`: standard output
};
/// What an ended room left, as a tar archive.
void room_artifacts(const context& ctx, const room_artifacts_options& options);

/// All there is to know of them: status, containers, ports, what happened.
void describe_rooms(const context& ctx, const std::string& scheduler, const std::vector<std::string>& ids);
struct end_rooms_options {
  std::string scheduler;
  std::vector<std::string> rooms;
  bool yes = false; ///< matches may end without a question
  wait_options wait;
};
/// One after the other; the scheduler replaces them.
void end_rooms(const context& ctx, const end_rooms_options& options);
/// As a matchmaker does, at the Rooms API.
struct allocate_options {
  std::string scheduler;
  std::string server; ///< URL of the Rooms API
  int slots = 0;      ///< 0: a room as a whole
};
void allocate_room(const context& ctx, const allocate_options& options);

/// What the journal still knows of it, oldest first.
void room_timeline(const context& ctx, const std::string& scheduler, const std::string& room);
void operation_timeline(const context& ctx, const std::string& scheduler, const std::string& id);

/// Waits until as many rooms as wanted can take or hold players; throws `failure` with exit_timeout.
void wait_for_rooms(const context& ctx, const std::string& scheduler, const wait_options& wait);

} // namespace maestro::cli
