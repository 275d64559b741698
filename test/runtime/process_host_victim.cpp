// A node to be killed: runs a process host on the directory given as argument, makes one room for each further
// argument `<id>=<shell script>`, prints `ready` when all of them are, and waits for its end. With `--bare` before
// them its rooms have neither groups nor users. With `--storm` it prints `ready` at once and makes and removes rooms
// without a pause until it is killed.
#include "test/runtime/process_host_fixture.hpp"

#include <cstdio>
#include <cstdlib>

using namespace maestro;

namespace {

[[noreturn]] void storm(host_life& life) {
  std::puts("ready");
  std::fflush(stdout);
  for (int i = 0;; ++i) {
    auto script = i % 5 == 0 ? "exit 3" : "exec sleep 1000";
    auto id = "arena-s" + std::to_string(::getpid()) + "-" + std::to_string(i);
    auto wish = ProcessHostTest::make_room(id, {ProcessHostTest::make_container({"sh", "-c", script})});
    life.self->send(life.host, std::move(wish));
    if (i % 2 == 1)
      life.self->send(life.host,
                      delete_instance{room_id{id}, scheduler_name{"arena"}, "storm", std::chrono::seconds{1}});
    if (i % 10 == 9 && !life.ask<instance_list>(life.host, list_instances{}))
      std::abort();
  }
}

/// A room leaves so many orphans and is deleted; `verdict` says what became of a witness. Run as pid 1 of a PID
/// namespace: a signal to everybody then reaches nobody else.
int orphans(process_host_config config, const std::string& count) {
  ::setsid(); // pid 1 leads a group of its own, as an init does
  std::ofstream verdict{config.data_dir + "/verdict"};
  auto witness = ::fork();
  if (witness == 0) {
    ::setsid();
    for (;;)
      ::pause();
  }
  event_log log;
  host_life life{config, log};
  auto script = "i=0; while [ $i -lt " + count + " ]; do (while :; do sleep 1000; done &); i=$((i+1)); done; " +
                "echo made; exec sleep 1000";
  auto wish = ProcessHostTest::make_room("arena-a", {ProcessHostTest::make_container({"sh", "-c", script})});
  wish.containers[0].limits = {};
  auto made = life.ask<done>(life.host, wish);
  auto output = config.data_dir + "/rooms/arena/arena-a/logs/game.log";
  if (!made || !eventually([&] { return slurp(output) == "made\n"; }, 120s)) {
    verdict << "no orphans: " << (made ? slurp(output) : made.error().text) << "\n";
    return 1;
  }
  auto ended =
      life.ask<done>(life.host, delete_instance{room_id{"arena-a"}, scheduler_name{"arena"}, "test", 1ms});
  auto is_deleted = log.wait_for(
      [](const std::vector<instance_event>& all) {
        return !all.empty() && all.back().type == instance_event_type::deleted;
      },
      120s);
  if (!ended || !is_deleted || !ProcessHostTest::process_lives(witness)) {
    verdict << "ended " << bool{ended} << ", deleted " << is_deleted << ", witness lives "
            << ProcessHostTest::process_lives(witness) << "\n";
    return 1;
  }
  verdict << "untouched\n";
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  process_host_config config;
  config.data_dir = argv[1];
  config.host = "127.0.0.1";
  if (argc > 4 && std::string{argv[2]} == "--orphans") {
    config.cgroups = std::string{argv[4]} == "groups";
    config.room_processes = 100'000;
    // The kernel counts a user's processes over all namespaces: no room of a test beside it may be of that user.
    config.user_range = "62200-62299";
    return orphans(config, argv[3]);
  }
  int first = 2;
  if (argc > 3 && std::string{argv[2]} == "--users") {
    config.user_range = argv[3];
    first = 4;
  }
  if (argc > 2 && std::string{argv[2]} == "--bare") {
    config.cgroups = false;
    config.user = ::geteuid() == 0 ? "root" : "";
    first = 3;
  }
  event_log log;
  host_life life{config, log};
  if (argc > 2 && std::string{argv[2]} == "--list") {
    auto all = life.ask<instance_list>(life.host, list_instances{});
    std::printf("%s\n", all ? std::to_string(all->items.size()).c_str() : all.error().text.c_str());
    return 0;
  }
  if (argc > 2 && std::string{argv[2]} == "--storm")
    storm(life);
  for (int i = first; i < argc; ++i) {
    std::string argument = argv[i];
    auto middle = argument.find('=');
    auto script = argument.substr(middle + 1);
    auto wish = ProcessHostTest::make_room(argument.substr(0, middle),
                                           {ProcessHostTest::make_container({"sh", "-c", script})});
    wish.ports = {{"game", "udp", 29100 + i}};
    if (auto made = life.ask<done>(life.host, wish); !made) {
      std::printf("%s\n", made.error().text.c_str());
      return 1;
    }
  }
  auto all_ready = [rooms = argc - first](const std::vector<instance_event>& events) {
    int ready = 0;
    for (auto& event : events)
      ready += event.what.status == instance_status::ready;
    return ready >= rooms;
  };
  std::puts(log.wait_for(all_ready) ? "ready" : "not ready");
  std::fflush(stdout);
  for (;;)
    ::pause();
}
