// Players who never tire: each lane asks Maestro for a room (or plays at a given address), sends a team in, plays
// the match to its end and begins again. The last line counts what happened; the exit code is 1 when a match
// broke, that is when its server fell silent, was replaced by another one, or cut the match short; 3 when it gave
// up.
#include "deploy/examples/arena/match.hpp"
#include "deploy/examples/arena/options.hpp"
#include "deploy/examples/arena/protocol.hpp"
#include "deploy/examples/arena/rooms_api.hpp"
#include "deploy/examples/arena/team.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

volatile std::sig_atomic_t asked_to_stop = 0;

struct configuration {
  std::string rooms_api = arena::environment("MAESTRO_ROOMS_API", "http://127.0.0.1:8070");
  std::string scheduler = "arena";
  std::string address;
  std::int64_t players = 2;
  std::int64_t lanes = 1;
  std::int64_t matches = 0;
  std::int64_t seconds = 0;
  std::int64_t pause_ms = 500;
  std::int64_t silence_ms = 3000;
  std::int64_t give_up = 0;
  bool quiet = false;
};

struct totals {
  std::atomic<std::int64_t> started{0}, played{0}, broken{0}, cut{0}, not_joined{0}, no_room{0}, no_answer{0};
};

struct room {
  std::string id;
  std::string host;
  int port = 0;
};

class bots {
public:
  bots(configuration config, arena::api_address api) : config_(std::move(config)), api_(std::move(api)) {
    if (config_.seconds > 0)
      until_ = steady::now() + std::chrono::seconds{config_.seconds};
  }

  int run() {
    std::vector<std::thread> lanes;
    for (std::int64_t lane = 1; lane <= config_.lanes; ++lane)
      lanes.emplace_back([this, lane] { play(lane); });
    for (auto& lane : lanes)
      lane.join();
    std::printf("matches=%lld broken=%lld cut=%lld not_joined=%lld no_room=%lld no_answer=%lld\n",
                value(totals_.played), value(totals_.broken), value(totals_.cut), value(totals_.not_joined),
                value(totals_.no_room), value(totals_.no_answer));
    if (totals_.broken > 0 || totals_.cut > 0)
      return 1;
    return gave_up_ ? 3 : 0;
  }

private:
  static long long value(const std::atomic<std::int64_t>& n) { return n.load(); }
  bool over() const { return asked_to_stop != 0 || gave_up_ || (config_.seconds > 0 && steady::now() >= until_); }

  /// Takes one of the matches that are still to be played.
  bool take_turn() { return config_.matches == 0 || totals_.started++ < config_.matches; }

  void rest(std::chrono::milliseconds time) const {
    for (auto end = steady::now() + time; steady::now() < end && !over();)
      std::this_thread::sleep_for(20ms);
  }

  std::optional<room> find_room() {
    if (!config_.address.empty()) {
      auto given = arena::parse_api_address(config_.address);
      return room{config_.address, given->host, std::atoi(given->port.c_str())};
    }
    auto reply =
        arena::http_call(api_, "POST", "/scheduler/" + config_.scheduler + "/rooms/allocate", "{}", 5000ms);
    if (!reply) {
      ++totals_.no_answer;
      return std::nullopt;
    }
    auto answer = nlohmann::json::parse(reply->body, nullptr, false);
    if (reply->status != 200 || !answer.is_object() || !answer.value("success", false) ||
        answer["ports"].empty()) {
      ++totals_.no_room;
      return std::nullopt;
    }
    return room{answer.value("roomId", ""), answer.value("host", ""), answer["ports"][0].value("port", 0)};
  }

  /// A lane that only meets closed doors ends the whole run, where a bound for that is given.
  void count_failure(std::int64_t& in_a_row) {
    if (++in_a_row == config_.give_up)
      gave_up_ = true;
  }

  void say(std::int64_t lane, const room& r, const arena::team_result& result) {
    if (config_.quiet)
      return;
    std::lock_guard lock{output_};
    std::printf("lane %lld  %s  match %lld: %s%s\n", static_cast<long long>(lane), r.id.c_str(),
                static_cast<long long>(result.match), result.text.c_str(), result.scores.c_str());
  }

  void play(std::int64_t lane) {
    std::int64_t failures = 0;
    while (!over() && take_turn()) {
      std::optional<room> r;
      while (!r && !over()) {
        r = find_room();
        if (!r) {
          count_failure(failures);
          rest(std::chrono::milliseconds{config_.pause_ms});
        }
      }
      if (!r)
        return;
      arena::team team{r->host, r->port, static_cast<int>(config_.players), "bot" + std::to_string(lane),
                       std::chrono::milliseconds{config_.silence_ms}};
      auto result = team.play([] { return asked_to_stop != 0; });
      say(lane, *r, result);
      switch (result.how) {
      case arena::team_end::played:
        ++totals_.played;
        failures = 0;
        break;
      case arena::team_end::broken: ++totals_.broken; break;
      case arena::team_end::cut: ++totals_.cut; break;
      case arena::team_end::not_joined:
        ++totals_.not_joined;
        --totals_.started;
        count_failure(failures);
        break;
      case arena::team_end::stopped: return;
      }
      rest(std::chrono::milliseconds{config_.pause_ms});
    }
  }

  configuration config_;
  arena::api_address api_;
  steady::time_point until_{};
  totals totals_;
  std::atomic<bool> gave_up_{false};
  std::mutex output_;
};

} // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  configuration c;
  arena::options o{"arena_bot: plays matches on arena servers, found through Maestro's Rooms API"};
  o.text("--rooms-api", c.rooms_api, "Rooms API (env MAESTRO_ROOMS_API, http://127.0.0.1:8070)");
  o.text("--scheduler", c.scheduler, "scheduler to allocate rooms from (arena)");
  o.text("--address", c.address, "play at HOST:PORT instead of allocating");
  o.number("--players", c.players, 1, arena::players_limit, "players in a team");
  o.number("--lanes", c.lanes, 1, 256, "matches at the same time");
  o.number("--matches", c.matches, 0, 1'000'000'000, "stop after so many matches, 0 = never");
  o.number("--seconds", c.seconds, 0, 86'400, "start no match after so many seconds, 0 = no limit");
  o.number("--pause-ms", c.pause_ms, 0, 3'600'000, "pause between matches");
  o.number("--silence-ms", c.silence_ms, 100, 3'600'000, "silence that counts as a broken match");
  o.number("--give-up", c.give_up, 0, 1'000'000, "end after so many failures in a row, 0 = never");
  o.flag("--quiet", c.quiet, "only the last line");
  o.parse(argc, argv);
  auto api = arena::parse_api_address(c.rooms_api);
  if (!api || (!c.address.empty() && !arena::parse_api_address(c.address))) {
    std::fprintf(stderr, "--rooms-api \"%s\", --address \"%s\": expected HOST:PORT\n", c.rooms_api.c_str(),
                 c.address.c_str());
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGTERM, [](int) { asked_to_stop = 1; });
  std::signal(SIGINT, [](int) { asked_to_stop = 1; });
  return bots{c, *api}.run();
}
