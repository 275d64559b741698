// A node to be killed: runs a process host on the directory given as argument, makes one room for each further
// argument `<id>=<shell script>`, prints `ready` when all of them are, and waits for its end. With `--storm` it
// prints `ready` at once and makes and removes rooms without a pause until it is killed.
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

} // namespace

int main(int argc, char** argv) {
  process_host_config config;
  config.data_dir = argv[1];
  event_log log;
  host_life life{config, log};
  if (argc > 2 && std::string{argv[2]} == "--storm")
    storm(life);
  for (int i = 2; i < argc; ++i) {
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
  auto all_ready = [argc](const std::vector<instance_event>& events) {
    int ready = 0;
    for (auto& event : events)
      ready += event.what.status == instance_status::ready;
    return ready >= argc - 2;
  };
  std::puts(log.wait_for(all_ready) ? "ready" : "not ready");
  std::fflush(stdout);
  for (;;)
    ::pause();
}
