#include "nodes/cli/command_line.hpp"

#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/printable.hpp"
#include "runtime/runtime_configs.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

namespace maestro::cli {

namespace {

constexpr const char* default_server = "http://127.0.0.1:8080";

constexpr const char* main_footer = R"(Examples:
  maestro node --data-dir ./data                 start a node: state under ./data, doors on 8080, 8070, 8081
  maestro scheduler create -f arena.yaml --wait  create a scheduler and wait for it
  maestro room list arena --watch                see its rooms change
  maestro scheduler list -o json                 the server's answer, for scripts

Exit codes:
  0  done                       4  scheduler, operation or room not found
  1  refused, or ended in error 5  not in time (--wait-timeout)
  2  wrong usage or bad file    6  the operation ended canceled or evicted
  3  no server, or no answer

Environment:
  MAESTRO_SERVER  the Management API, default http://127.0.0.1:8080
  NO_COLOR        no colours when set

`maestro COMMAND --help` tells more about each command.)";

/// Where all parsed values live while the commands run.
struct arguments {
  std::string server;
  std::string output = "table";
  double request_timeout = 10;

  create_options create;
  std::vector<std::string> vars;
  list_schedulers_options schedulers;
  list_operations_options operations;
  list_rooms_options rooms;
  room_logs_options logs;
  wait_options wait;
  double wait_timeout = 300;
  double watch_for = 0;
  double interval = 0.5;

  std::string scheduler, version, operation, room;
  node_options node;
  simulate_options simulate;
  journal_options journal;
};

duration seconds_of(double s) {
  return std::chrono::duration_cast<duration>(std::chrono::duration<double>(s));
}

variables parse_vars(const std::vector<std::string>& given) {
  variables vars;
  for (auto& text : given) {
    auto equal = text.find('=');
    if (equal == 0 || equal == std::string::npos)
      throw failure(exit_usage, fmt::format("--var \"{}\": expected NAME=VALUE", text));
    vars[text.substr(0, equal)] = text.substr(equal + 1);
  }
  return vars;
}

/// Builds the tree of commands; each leaf stores what to do in `chosen`.
class command_tree {
public:
  command_tree(CLI::App& app, arguments& args, const command_hooks& hooks, terminal& term)
      : app_(app), args_(args), hooks_(hooks), term_(term) {
    app_.add_option("--server", args_.server, "Management API to talk to (env MAESTRO_SERVER)")
        ->default_str(args_.server);
    add_node();
    add_schedulers();
    add_operations();
    add_rooms();
    add_simulate();
    add_config();
    add_journal();
    add_version();
  }

  int run() const { return chosen_(); }

private:
  using client_action = std::function<void(const context&)>;

  static CLI::App* group(CLI::App& parent, const std::string& name, const std::string& alias,
                         const std::string& text) {
    auto* sub = parent.add_subcommand(name, text);
    sub->alias(alias);
    sub->require_subcommand(1);
    sub->footer(fmt::format("`maestro {} COMMAND --help` tells more, with examples.", name));
    return sub;
  }

  CLI::App* client(CLI::App* parent, const std::string& name, const std::string& text, const std::string& example,
                   client_action action) {
    auto* sub = parent->add_subcommand(name, text);
    sub->footer("Example:\n  " + example);
    sub->add_option("--server", args_.server, "Management API to talk to (env MAESTRO_SERVER)")
        ->default_str(args_.server);
    sub->add_option("-o,--output", args_.output, "table, wide, json or yaml")
        ->check(CLI::IsMember({"table", "wide", "json", "yaml"}))
        ->default_str("table");
    sub->add_option("--request-timeout", args_.request_timeout, "Seconds one request may take")
        ->check(CLI::Range(0.1, 3600.0))
        ->default_str("10");
    sub->final_callback([this, action = std::move(action)] {
      chosen_ = [this, action] {
        action(make_context());
        return int{exit_ok};
      };
    });
    return sub;
  }

  context make_context() const {
    static const std::map<std::string, output_format> formats{{"table", output_format::human},
                                                              {"wide", output_format::wide},
                                                              {"json", output_format::as_json},
                                                              {"yaml", output_format::as_yaml}};
    auto output = formats.at(args_.output);
    bool is_for_people = output == output_format::human || output == output_format::wide;
    try {
      return context{term_,
                     api_client{parse_server_url(args_.server), seconds_of(args_.request_timeout), is_for_people},
                     output};
    } catch (const std::invalid_argument& e) {
      throw failure(exit_usage, e.what());
    }
  }

  wait_options wait() const {
    auto wait = args_.wait;
    wait.wait = wait.wait || wait.rooms_ready;
    wait.limit = seconds_of(args_.wait_timeout);
    return wait;
  }

  void add_wait(CLI::App* sub, bool with_flag) {
    if (with_flag)
      sub->add_flag("--wait", args_.wait.wait, "Wait until the operation ended; its end decides the exit code");
    sub->add_option("--wait-timeout", args_.wait_timeout, "Seconds to wait before giving up")
        ->check(CLI::Range(0.0, 86400.0))
        ->default_str("300");
  }

  void add_scheduler_argument(CLI::App* sub, std::string& target) {
    sub->add_option("scheduler", target, "Name of the scheduler")->required();
  }

  void add_node();
  void add_schedulers();
  void add_operations();
  void add_rooms();
  void add_simulate();
  void add_config();
  void add_journal();
  void add_version();

  CLI::App& app_;
  arguments& args_;
  const command_hooks& hooks_;
  terminal& term_;
  std::function<int()> chosen_;
};

void command_tree::add_node() {
  auto* sub = app_.add_subcommand("node", "Run a node in the foreground until SIGINT or SIGTERM");
  auto& node = args_.node;
  sub->footer(
      "Rooms are processes of their own and outlive the node; the next node on the same data dir adopts them."
      "\n\nExample:\n  maestro node --data-dir /var/lib/maestro --bind 0.0.0.0");
  sub->add_option("--config", node.config_file, "Configuration file (YAML)");
  sub->add_option("--data-dir", node.data_dir, "Where state, room folders and logs live");
  sub->add_option("--management-port", node.management_port, "Port of the Management API");
  sub->add_option("--rooms-port", node.rooms_port, "Port of the Rooms API");
  sub->add_option("--internal-port", node.internal_port, "Port of health, readiness and metrics");
  sub->add_option("--bind", node.bind_address, "Address to listen on");
  sub->add_option("--roles", node.roles, "Roles of this node, separated by commas (default: all)")->delimiter(',');
  std::vector<std::string> runtimes(runtime_names.begin(), runtime_names.end());
  sub->add_option("--runtime", node.runtime, "Where rooms run")->check(CLI::IsMember(runtimes));
  sub->final_callback([this] {
    chosen_ = [this] {
      if (!hooks_.node)
        throw failure(exit_usage, "this build runs no node");
      return hooks_.node(args_.node);
    };
  });
}

void command_tree::add_schedulers() {
  auto* schedulers = group(app_, "scheduler", "schedulers", "Create, show and delete schedulers");
  auto* create = client(schedulers, "create", "Create a scheduler from a recipe",
                        "maestro scheduler create -f deploy/examples/arena.yaml --wait\n"
                        "  sed s/arena/arena2/ arena.yaml | maestro scheduler create -f -",
                        [this](const context& ctx) {
                          args_.create.vars = parse_vars(args_.vars);
                          args_.create.wait = wait();
                          create_scheduler(ctx, args_.create);
                        });
  create->add_option("-f,--file", args_.create.file, "Recipe in YAML or JSON; - reads standard input")->required();
  create->add_option("--var", args_.vars, "NAME=VALUE: replaces ${NAME} in the recipe's texts (repeatable)")
      ->allow_extra_args(false);
  create->add_flag("--wait-rooms", args_.wait.rooms_ready, "Also wait until the wanted rooms are ready");
  add_wait(create, true);

  auto* list =
      client(schedulers, "list", "List schedulers and their room counts", "maestro scheduler list -o wide",
             [this](const context& ctx) { list_schedulers(ctx, args_.schedulers); });
  list->alias("ls");
  list->add_option("--game", args_.schedulers.game, "Only schedulers of that game");

  auto* get = client(schedulers, "get", "Show one scheduler and its recipe",
                     "maestro scheduler get arena -o yaml > arena.yaml",
                     [this](const context& ctx) { get_scheduler(ctx, args_.scheduler, args_.version); });
  add_scheduler_argument(get, args_.scheduler);
  get->add_option("--version", args_.version, "A stored version instead of the active one, e.g. v1.0.0");

  auto* versions =
      client(schedulers, "versions", "List the stored versions of a scheduler", "maestro scheduler versions arena",
             [this](const context& ctx) { list_versions(ctx, args_.scheduler); });
  add_scheduler_argument(versions, args_.scheduler);

  auto* remove =
      client(schedulers, "delete", "Delete a scheduler and end its rooms", "maestro scheduler delete arena --wait",
             [this](const context& ctx) { delete_scheduler(ctx, args_.scheduler, wait()); });
  remove->alias("rm");
  add_scheduler_argument(remove, args_.scheduler);
  add_wait(remove, true);
}

void command_tree::add_operations() {
  auto* operations = group(app_, "operation", "operations", "Follow and cancel what is done to schedulers");
  auto* list = client(operations, "list", "List operations: active, pending, then final ones",
                      "maestro operation list arena --stage final --page 2",
                      [this](const context& ctx) { list_operations(ctx, args_.operations); });
  list->alias("ls");
  add_scheduler_argument(list, args_.operations.scheduler);
  list->add_option("--stage", args_.operations.stage, "Only that stage")
      ->check(CLI::IsMember({"pending", "active", "final"}));
  list->add_option("--page", args_.operations.page, "Page of the final ones")->check(CLI::Range(1u, 1000000000u));
  list->add_option("--per-page", args_.operations.page_size, "Final ones on a page")->check(CLI::Range(1u, 100u));

  auto with_id = [this](CLI::App* sub, bool required) {
    add_scheduler_argument(sub, args_.scheduler);
    auto* id = sub->add_option("operation", args_.operation, "Id of the operation");
    if (required)
      id->required();
  };
  with_id(client(operations, "get", "Show one operation and its history", "maestro operation get arena 0b9e…",
                 [this](const context& ctx) { get_operation(ctx, args_.scheduler, args_.operation); }),
          true);
  with_id(client(operations, "timeline", "Show what happened to an operation, and when",
                 "maestro operation timeline arena 0b9e…",
                 [this](const context& ctx) { operation_timeline(ctx, args_.scheduler, args_.operation); }),
          true);
  with_id(client(operations, "cancel", "Cancel an operation that is not final",
                 "maestro operation cancel arena 0b9e…",
                 [this](const context& ctx) { cancel_operation(ctx, args_.scheduler, args_.operation); }),
          true);
  auto* watch = client(operations, "watch", "Follow an operation until it ends (without an id: the newest)",
                       "maestro operation watch arena && echo finished", [this](const context& ctx) {
                         watch_operation(ctx, args_.scheduler, args_.operation, wait());
                       });
  with_id(watch, false);
  add_wait(watch, false);
}

void command_tree::add_rooms() {
  auto* rooms = group(app_, "room", "rooms", "Look at game rooms");
  auto* list = client(rooms, "list", "List the rooms of a scheduler", "maestro room list arena --watch",
                      [this](const context& ctx) {
                        args_.rooms.poll = seconds_of(args_.interval);
                        args_.rooms.watch_for = seconds_of(args_.watch_for);
                        list_rooms(ctx, args_.rooms);
                      });
  list->alias("ls");
  add_scheduler_argument(list, args_.rooms.scheduler);
  list->add_option("--status", args_.rooms.status, "Only rooms of that status, e.g. ready");
  list->add_flag("-w,--watch", args_.rooms.watch, "Keep showing the rooms as they change, until interrupted");
  list->add_flag("--await", args_.rooms.await, "With --watch: wait for a scheduler that does not exist yet");
  list->add_option("--interval", args_.interval, "Seconds between two looks when watching")
      ->check(CLI::Range(0.01, 3600.0))
      ->default_str("0.5");
  list->add_option("--for", args_.watch_for, "Watch for so many seconds only")->check(CLI::Range(0.0, 86400.0));

  auto with_room = [this](CLI::App* sub, std::string& scheduler, std::string& room) {
    add_scheduler_argument(sub, scheduler);
    sub->add_option("room", room, "Id of the room")->required();
  };
  with_room(client(rooms, "get", "Show one room", "maestro room get arena arena-x7k2p",
                   [this](const context& ctx) { get_room(ctx, args_.scheduler, args_.room); }),
            args_.scheduler, args_.room);
  with_room(client(rooms, "timeline", "Show what happened to a room, and when, also after it ended",
                   "maestro room timeline arena arena-x7k2p",
                   [this](const context& ctx) { room_timeline(ctx, args_.scheduler, args_.room); }),
            args_.scheduler, args_.room);
  auto* logs =
      client(rooms, "logs", "Print what a room's game server wrote", "maestro room logs arena arena-x7k2p",
             [this](const context& ctx) { room_logs(ctx, args_.logs); });
  with_room(logs, args_.logs.scheduler, args_.logs.room);
  logs->add_option("-c,--container", args_.logs.container, "Container of the room (default: the first)");
  logs->add_option("--tail", args_.logs.tail_bytes, "At most so many bytes from the end");
}

void command_tree::add_simulate() {
  auto* sub = app_.add_subcommand("simulate", "Run whole nodes under virtual time with faults; a seed is a run");
  auto& simulate = args_.simulate;
  sub->footer("The same seed does the same, step by step. Exit code 1: an invariant was broken.\n\n"
              "Example:\n  maestro simulate --seed=42 --runs=100");
  sub->add_option("--seed", simulate.seed, "Seed of the first run")->default_str("1");
  sub->add_option("--runs", simulate.runs, "Number of runs with consecutive seeds")
      ->check(CLI::Range(1u, 1000000000u))
      ->default_str("1");
  sub->add_option("--steps", simulate.steps, "Steps of one run (0: the default)")->default_str("0");
  sub->add_option("--break", simulate.broken_rule, "Break a rule on purpose, to see that it is noticed")
      ->check(CLI::IsMember({"skip-sync", "reply-early", "forget-intent"}));
  sub->add_flag("-v,--verbose", simulate.verbose, "Print every step");
  sub->final_callback([this] {
    chosen_ = [this] {
      if (!hooks_.simulate)
        throw failure(exit_usage, "this build has no simulation");
      return hooks_.simulate(args_.simulate);
    };
  });
}

void command_tree::add_config() {
  auto* sub = app_.add_subcommand("config", "Print the sample configuration: every key, its meaning and default");
  sub->footer("Example:\n  maestro config > maestro.yaml");
  sub->final_callback([this] {
    chosen_ = [this] {
      if (!hooks_.sample_config)
        throw failure(exit_usage, "this build has no configuration");
      term_.out << hooks_.sample_config();
      return int{exit_ok};
    };
  });
}

void command_tree::add_journal() {
  auto* journal = app_.add_subcommand("journal", "Look at, or repair, the journal of a node that is stopped");
  journal->require_subcommand(1);
  auto add = [&](const char* name, const char* text, const char* example, bool repair) {
    auto* sub = journal->add_subcommand(name, text);
    sub->footer(std::string("Example:\n  ") + example);
    sub->add_option("folder", args_.journal.folder, "Folder of the journal: `journal` in the data dir")
        ->required();
    sub->final_callback([this, repair] {
      args_.journal.repair = repair;
      chosen_ = [this] {
        if (!hooks_.journal)
          throw failure(exit_usage, "this build has no journal");
        return hooks_.journal(args_.journal, term_);
      };
    });
    return sub;
  };
  add("inspect", "Show its logs and streams, where it is damaged and what a repair would lose; changes nothing",
      "maestro journal inspect ./data/journal", false);
  add("repair", "Cut its log where it is damaged; a copy of what is cut is kept beside the folder",
      "maestro journal repair ./data/journal --yes", true)
      ->add_flag("--yes", args_.journal.yes, "Do it, and lose what `inspect` lists; without, only say it");
}

void command_tree::add_version() {
  auto* sub = app_.add_subcommand("version", "Print the version");
  sub->add_option("-o,--output", args_.output, "table or json")->check(CLI::IsMember({"table", "json"}));
  sub->final_callback([this] {
    chosen_ = [this] {
      if (args_.output == "json")
        term_.out << json{{"version", MAESTRO_VERSION}}.dump() << "\n";
      else
        term_.out << "maestro " << MAESTRO_VERSION << "\n";
      return int{exit_ok};
    };
  });
}

/// CLI11 wants to throw its way out of help and errors; here both become text and a code.
std::optional<int> parse_arguments(CLI::App& app, std::vector<std::string> given, terminal& term) {
  std::reverse(given.begin(), given.end());
  try {
    app.parse(std::move(given));
    return std::nullopt;
  } catch (const CLI::ParseError& e) {
    auto code = app.exit(e, term.out, term.err);
    return code == 0 ? exit_ok : exit_usage;
  }
}

} // namespace

int run_command_line(const std::vector<std::string>& given, const command_hooks& hooks, terminal& term) {
  CLI::App app{"Maestro runs and keeps game rooms: dedicated game servers with one recipe for each scheduler.",
               "maestro"};
  app.footer(main_footer);
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "Print this help and exit");
  arguments args;
  args.server = term.environment("MAESTRO_SERVER").value_or(default_server);
  command_tree tree{app, args, hooks, term};
  if (auto ended = parse_arguments(app, given, term))
    return *ended;

  auto report = [&](int code, const std::string& text) {
    term.out.flush();
    term.err << "maestro: " << printable_lines(text) << std::endl;
    return code;
  };
  try {
    auto code = tree.run();
    term.out.flush();
    return code;
  } catch (const failure& e) {
    return report(e.code, e.what());
  } catch (const recipe_error& e) {
    return report(exit_usage, e.what());
  } catch (const unreachable& e) {
    return report(exit_unreachable, fmt::format("{}\nIs a node running there? (--server or MAESTRO_SERVER chooses "
                                                "another; `maestro node` starts one)",
                                                e.what()));
  } catch (const std::exception& e) {
    return report(exit_refused, fmt::format("the answer makes no sense: {}", e.what()));
  }
}

int run_command_line(int argc, char** argv, const command_hooks& hooks) {
  auto term = process_terminal();
  return run_command_line(std::vector<std::string>(argv + 1, argv + argc), hooks, term);
}

} // namespace maestro::cli
