#include "nodes/cli/command_tree.hpp"

#include "nodes/cli/failure.hpp"
#include "nodes/cli/room_answers.hpp"
#include "nodes/cli/stranger_commands.hpp"

namespace maestro::cli {

namespace {

void add_list(command_tree& tree, CLI::App& rooms) {
  auto o = std::make_shared<list_rooms_options>();
  auto& sub = tree.list(rooms, "list", "List the rooms of a scheduler",
                        "maestro room list arena --watch\n"
                        "  maestro room list arena --status ready -o name\n"
                        "  maestro room list arena --sort-by .statusSince",
                        [o](const context& ctx) {
                          if (o->strangers)
                            list_strangers(ctx, o->scheduler);
                          else
                            list_rooms(ctx, *o);
                        });
  sub.alias("ls");
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  tree.choice(sub, "--status", o->status, room_statuses(), "Only rooms of that status, e.g. ready");
  auto* strangers = sub.add_flag("--strangers", o->strangers,
                                 "Instead of rooms: game servers that live and that the journal does not know");
  add_watch_options(tree, sub, o->watch);
  strangers->excludes("--status")->excludes("--watch");
  tree.text(sub, "--title", o->watch.title, "WORDS", "With --watch: what the first line begins with");
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
                          "maestro room logs arena arena-x7k2p --tail 20 -f",
                          [o](const context& ctx) { room_logs(ctx, *o); });
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  tree.text(sub, "ROOM", o->room, "ROOM", "Id of the room").required();
  tree.text(sub, "-c,--container", o->container, "CONTAINER", "Container of the room (default: the first)");
  sub.add_flag("--all-containers", o->all_containers, "Of all containers, each line with the container's name");
  sub.add_option("--tail", o->tail, "Only so many lines from the end")->type_name("LINES");
  tree.period(sub, "--since", o->since, duration{}, std::chrono::hours{24 * 365},
              "Only what was written in the last so long, like 90s or 2h");
  auto* previous = sub.add_flag("--previous", o->previous, "Of the run before the container's last restart");
  auto* follow =
      sub.add_flag("-f,--follow", o->follow, "Print what is written from now on, too, until interrupted");
  previous->excludes(follow);
  tree.period(sub, "--for", o->follow_for, duration{}, std::chrono::hours{24}, "Follow only that long");
}

void add_artifacts(command_tree& tree, CLI::App& rooms) {
  auto o = std::make_shared<room_artifacts_options>();
  auto& sub = tree.client(rooms, "artifacts",
                          "Fetch what an ended room left: its output, core files, the recipe's artifacts",
                          "maestro room artifacts arena arena-x7k2p\n"
                          "  maestro room artifacts arena arena-x7k2p -f - | tar -tv",
                          [o](const context& ctx) { room_artifacts(ctx, *o); });
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  tree.text(sub, "ROOM", o->room, "ROOM", "Id of the room").required();
  tree.text(sub, "-f,--file", o->file, "FILE",
            "Where the tar archive goes; -: standard output (default: ROOM.tar)");
}

std::shared_ptr<room_entry_options> add_entry(command_tree& tree, CLI::App& rooms, const char* name,
                                              const char* text, const char* example, CLI::App*& sub) {
  auto o = std::make_shared<room_entry_options>();
  o->data_dir = tree.term().environment("MAESTRO_DATADIR").value_or("./data");
  sub = &tree.leaf(rooms, name, text, example, [o, &tree] {
    if (!tree.hooks().enter_room)
      throw failure(exit_usage, "this build runs no rooms");
    return tree.hooks().enter_room(*o, tree.term());
  });
  tree.text(*sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  tree.text(*sub, "ROOM", o->room, "ROOM", "Id of the room").required();
  tree.text(*sub, "-c,--container", o->container, "CONTAINER", "Container of the room (default: the first)");
  tree.text(*sub, "--data-dir", o->data_dir, "FOLDER",
            "Where the node that runs it keeps its data (env MAESTRO_DATADIR)")
      .default_str(o->data_dir);
  return o;
}

void add_exec(command_tree& tree, CLI::App& rooms) {
  CLI::App* sub = nullptr;
  auto o =
      add_entry(tree, rooms, "exec", "Run a command in a room of this machine, as its user and within its limits",
                "maestro room exec arena arena-x7k2p -- ls -l\n"
                "  maestro room exec arena arena-x7k2p -t -- sh",
                sub);
  sub->add_flag("-t,--tty", o->has_terminal, "Give it a terminal");
  tree.texts(*sub, "COMMAND", o->words, "COMMAND", "Program and arguments, behind --").required();
}

void add_attach(command_tree& tree, CLI::App& rooms) {
  CLI::App* sub = nullptr;
  auto o = add_entry(tree, rooms, "attach",
                     "Write to the standard input of a game server of this machine, and see its output",
                     "maestro room attach arena arena-x7k2p\n"
                     "  echo status | maestro room attach arena arena-x7k2p",
                     sub);
  o->linger = std::chrono::seconds{1};
  tree.period(*sub, "--linger", o->linger, duration{}, std::chrono::hours{1},
              "Show output for so long after the input's end");
}

void add_describe(command_tree& tree, CLI::App& rooms) {
  struct options {
    std::string scheduler;
    std::vector<std::string> ids;
  };
  auto o = std::make_shared<options>();
  auto& sub = tree.client(rooms, "describe", "Show all there is to know: containers, ports, what happened and why",
                          "maestro room describe arena arena-x7k2p",
                          [o](const context& ctx) { describe_rooms(ctx, o->scheduler, o->ids); });
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  tree.texts(sub, "ROOM", o->ids, "ROOM", "Ids of the rooms").required();
}

void add_allocate(command_tree& tree, CLI::App& rooms) {
  auto o = std::make_shared<allocate_options>();
  auto& sub = tree.client(rooms, "allocate", "Take a ready room for a match, as a matchmaker does",
                          "maestro room allocate arena", [o, &tree](const context& ctx) {
                            o->server = tree.door_address(o->server, default_rooms_port);
                            allocate_room(ctx, *o);
                          });
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  sub.add_option("--slots", o->slots, "Take so many places for matches, in a room that may have others")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  tree.door(sub, "--rooms-server", o->server, "MAESTRO_ROOMS_SERVER", default_rooms_port, "Rooms API to talk to");
}

void add_adopt(command_tree& tree, CLI::App& rooms) {
  struct options {
    std::string scheduler;
    std::vector<std::string> ids;
  };
  auto o = std::make_shared<options>();
  auto& sub = tree.client(rooms, "adopt",
                          "Make rooms of strangers: game servers that live and that the journal does not know",
                          "maestro room list arena --strangers\n"
                          "  maestro room adopt arena arena-x7k2p",
                          [o](const context& ctx) { adopt_strangers(ctx, o->scheduler, o->ids); });
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  tree.texts(sub, "STRANGER", o->ids, "STRANGER", "Ids of the strangers").required();
}

void add_end(command_tree& tree, CLI::App& rooms) {
  auto o = std::make_shared<end_rooms_options>();
  auto& sub = tree.client(rooms, "end", "End rooms, which their scheduler replaces, or strangers",
                          "maestro room end arena arena-x7k2p", [o](const context& ctx) { end_rooms(ctx, *o); });
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  tree.texts(sub, "ROOM", o->rooms, "ROOM", "Ids of the rooms").required();
  sub.add_flag("-y,--yes", o->yes, "Do not ask, even if players are in them");
  add_wait_options(tree, sub, o->wait, true);
}

} // namespace

void add_room_commands(command_tree& tree) {
  auto& rooms = tree.group("room", "rooms", "Schedulers and rooms", "Look at game rooms, take one, end one");
  add_list(tree, rooms);
  add_get(tree, rooms);
  add_describe(tree, rooms);
  add_timeline(tree, rooms);
  add_allocate(tree, rooms);
  add_end(tree, rooms);
  add_adopt(tree, rooms);
  add_logs(tree, rooms);
  add_artifacts(tree, rooms);
  add_exec(tree, rooms);
  add_attach(tree, rooms);
}

} // namespace maestro::cli
