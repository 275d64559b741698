#include "nodes/cli/command_tree.hpp"

#include "nodes/cli/room_answers.hpp"

namespace maestro::cli {

namespace {

void add_list(command_tree& tree, CLI::App& rooms) {
  auto o = std::make_shared<list_rooms_options>();
  auto& sub = tree.list(rooms, "list", "List the rooms of a scheduler",
                        "maestro room list arena --watch\n"
                        "  maestro room list arena --status ready -o name\n"
                        "  maestro room list arena --sort-by .statusSince",
                        [o](const context& ctx) { list_rooms(ctx, *o); });
  sub.alias("ls");
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  tree.choice(sub, "--status", o->status, room_statuses(), "Only rooms of that status, e.g. ready");
  add_watch_options(tree, sub, o->watch);
  sub.add_flag("--await", o->watch.await, "With --watch: wait for a scheduler that does not exist yet");
}

void add_get(command_tree& tree, CLI::App& rooms) {
  struct options {
    std::string scheduler;
    std::vector<std::string> ids;
  };
  auto o = std::make_shared<options>();
  auto& sub = tree.client(rooms, "get", "Show rooms", "maestro room get arena arena-x7k2p",
                          [o](const context& ctx) { get_rooms(ctx, o->scheduler, o->ids); });
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  tree.texts(sub, "ROOM", o->ids, "ROOM", "Ids of the rooms").required();
}

void add_timeline(command_tree& tree, CLI::App& rooms) {
  struct options {
    std::string scheduler, room;
  };
  auto o = std::make_shared<options>();
  auto& sub = tree.list(rooms, "timeline", "Show what happened to a room, and when, also after it ended",
                        "maestro room timeline arena arena-x7k2p",
                        [o](const context& ctx) { room_timeline(ctx, o->scheduler, o->room); });
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  tree.text(sub, "ROOM", o->room, "ROOM", "Id of the room").required();
}

void add_logs(command_tree& tree, CLI::App& rooms) {
  auto o = std::make_shared<room_logs_options>();
  auto& sub = tree.client(rooms, "logs", "Print what a room's game server wrote",
                          "maestro room logs arena arena-x7k2p", [o](const context& ctx) { room_logs(ctx, *o); });
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  tree.text(sub, "ROOM", o->room, "ROOM", "Id of the room").required();
  tree.text(sub, "-c,--container", o->container, "CONTAINER", "Container of the room (default: the first)");
  sub.add_option("--tail", o->tail_bytes, "At most so many bytes from the end")->type_name("NUMBER");
}

} // namespace

void add_room_commands(command_tree& tree) {
  auto& rooms = tree.group("room", "rooms", "Schedulers and rooms", "Look at game rooms");
  add_list(tree, rooms);
  add_get(tree, rooms);
  add_timeline(tree, rooms);
  add_logs(tree, rooms);
}

} // namespace maestro::cli
