// A dedicated game server that lives with Maestro: it binds the host port it was given, plays matches, tells the
// Rooms API how it is, and leaves in good order on SIGTERM. The switches at the end of its options make it
// misbehave, for tests of those who run it.
#include "deploy/examples/arena/options.hpp"
#include "deploy/examples/arena/protocol.hpp"
#include "deploy/examples/arena/rooms_api.hpp"
#include "deploy/examples/arena/server.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <thread>

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

volatile std::sig_atomic_t asked_to_stop = 0;

struct switches {
  std::int64_t ping_interval_ms = 2000;
  std::int64_t warm_up_ms = 0;
  std::int64_t crash_after = 0;
  std::int64_t exit_after = 0;
  std::int64_t exit_code = 0;
  bool ignore_sigterm = false;
  bool no_ping = false;
};

bool read_configuration(int argc, char** argv, arena::server_config& config, switches& s) {
  std::int64_t port = 0;
  auto given = arena::environment("MAESTRO_PORT_GAME");
  if (!given.empty() && (!arena::to_number(given, port) || port < 1 || port > 65535)) {
    std::fprintf(stderr, "MAESTRO_PORT_GAME \"%s\": expected a number from 1 to 65535\n", given.c_str());
    return false;
  }
  auto interval = arena::environment("ARENA_PING_INTERVAL_MS");
  if (!interval.empty() && (!arena::to_number(interval, s.ping_interval_ms) || s.ping_interval_ms < 10)) {
    std::fprintf(stderr, "ARENA_PING_INTERVAL_MS \"%s\": expected a number from 10\n", interval.c_str());
    return false;
  }
  arena::options o{"arena_server: a small dedicated UDP game server (protocol: protocol.hpp)"};
  o.text("--bind", config.bind_host, "address to listen on (0.0.0.0)");
  o.number("--port", port, 0, 65535, "UDP port; MAESTRO_PORT_GAME when not given");
  o.number("--players", config.players_needed, 1, arena::players_limit, "players that start a match");
  o.number("--match-ms", config.match_ms, arena::tick_ms, 86'400'000, "length of a match");
  o.number("--drain-ms", config.drain_ms, 0, 86'400'000, "time a match gets to end after SIGTERM");
  o.number("--warm-up-ms", s.warm_up_ms, 0, 3'600'000, "time before it is ready, as if it loaded a map");
  o.number("--ping-interval-ms", s.ping_interval_ms, 10, 3'600'000, "between pings; env ARENA_PING_INTERVAL_MS");
  o.number("--crash-after", s.crash_after, 0, 86'400, "test: crash by SIGSEGV after so many seconds");
  o.number("--exit-after", s.exit_after, 0, 86'400, "test: exit after so many seconds");
  o.number("--exit-code", s.exit_code, 0, 255, "test: code of --exit-after");
  o.flag("--ignore-sigterm", s.ignore_sigterm, "test: only SIGKILL ends it");
  o.flag("--no-ping", s.no_ping, "test: never tells the Rooms API anything");
  o.parse(argc, argv);
  config.port = static_cast<int>(port);
  if (port == 0)
    std::fprintf(stderr, "no port: set MAESTRO_PORT_GAME or give --port\n");
  return port != 0;
}

std::unique_ptr<arena::pinger> make_pinger(const switches& s) {
  auto own = arena::environment("MAESTRO_ROOMS_API");
  auto apis = arena::parse_api_addresses(arena::environment("MAESTRO_ROOMS_APIS", own)); // its own first
  auto scheduler = arena::environment("MAESTRO_SCHEDULER_NAME"), room = arena::environment("MAESTRO_ROOM_ID");
  if (s.no_ping || apis.empty() || scheduler.empty() || room.empty()) {
    std::printf("playing without Maestro: %s\n",
                s.no_ping ? "--no-ping"
                          : "MAESTRO_ROOMS_API, MAESTRO_SCHEDULER_NAME and MAESTRO_ROOM_ID say where it is");
    return nullptr;
  }
  return std::make_unique<arena::pinger>(apis, "/scheduler/" + scheduler + "/rooms/" + room + "/ping",
                                         std::chrono::milliseconds{s.ping_interval_ms});
}

} // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  arena::server_config config;
  switches s;
  if (!read_configuration(argc, argv, config, s))
    return 2;
  config.server_number = std::random_device{}() | std::uint64_t{std::random_device{}()} << 32;
  std::signal(SIGPIPE, SIG_IGN);
  if (!s.ignore_sigterm) {
    std::signal(SIGTERM, [](int) { asked_to_stop = 1; });
    std::signal(SIGINT, [](int) { asked_to_stop = 1; });
  } else {
    std::signal(SIGTERM, SIG_IGN);
  }

  for (auto warm = steady::now() + std::chrono::milliseconds{s.warm_up_ms}; steady::now() < warm;) {
    if (asked_to_stop != 0)
      return 0;
    std::this_thread::sleep_for(10ms);
  }
  auto pinger = make_pinger(s);
  arena::server server{config, [&](const std::string& status, int matches) {
                         if (pinger)
                           pinger->tell({status, matches});
                       }};
  if (!server.open()) {
    std::fprintf(stderr, "cannot bind UDP %s:%d: it is taken, or not ours\n", config.bind_host.c_str(),
                 config.port);
    return 1;
  }
  std::printf("arena on UDP %s:%d, %lld players, %lld ms a match\n", config.bind_host.c_str(), config.port,
              static_cast<long long>(config.players_needed), static_cast<long long>(config.match_ms));
  auto born = steady::now();
  while (server.turn()) {
    if (asked_to_stop != 0)
      server.close();
    if (s.crash_after > 0 && steady::now() - born >= std::chrono::seconds{s.crash_after})
      std::raise(SIGSEGV);
    if (s.exit_after > 0 && steady::now() - born >= std::chrono::seconds{s.exit_after})
      std::_Exit(static_cast<int>(s.exit_code));
  }
  if (pinger)
    pinger->finish(500ms);
  std::printf("arena closed\n");
  return 0;
}
