// A node to be killed: runs a process host on the directory given as argument, makes one room for each further
// argument `<id>=<shell script>`, prints `ready` when all of them are, and waits for its end.
#include "test/runtime/process_host_fixture.hpp"

#include <cstdio>

using namespace maestro;

int main(int argc, char** argv) {
  process_host_config config;
  config.data_dir = argv[1];
  event_log log;
  host_life life{config, log};
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
