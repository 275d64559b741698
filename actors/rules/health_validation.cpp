#include "actors/rules/health_validation.hpp"

#include "actors/rules/room_health_rules.hpp"
#include "messages/byte_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace maestro::rules {

namespace {

using namespace std::chrono_literals;
using std::string;

constexpr std::array<std::string_view, 9> probes{"quake3", "a2s",  "minecraft", "http",   "tcp",
                                                 "udp",    "exec", "log",       "process"};
constexpr duration shortest_interval = 100ms;
constexpr duration longest_interval = 10min;
constexpr duration longest_delay = 1h;
constexpr duration shortest_timeout = 1s;
constexpr std::int32_t most_failures = 100;
constexpr std::size_t longest_path = 1024;
constexpr std::size_t longest_pattern = 256;
constexpr std::size_t most_patterns = 8;
constexpr std::size_t most_words = 64;
constexpr std::size_t longest_command = 4096;
constexpr std::size_t shown_bytes = 64;

string text_of(duration time) {
  auto seconds = std::chrono::duration<double>(time).count();
  return fmt::format("{}s", seconds);
}

/// As much of a text as an error should repeat, without what would break its line.
string shown(std::string_view text) {
  string safe{text.substr(0, shown_bytes)};
  std::replace_if(
      safe.begin(), safe.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
  return fmt::format("\"{}\"{}", safe, text.size() > shown_bytes ? "…" : "");
}

bool is_printable(std::string_view text, char first) {
  return std::all_of(text.begin(), text.end(), [first](char c) { return c >= first && c < 0x7f; });
}

class health_check {
public:
  health_check(const scheduler_spec& spec, string where)
      : spec_(spec), health_(*spec.health), where_(std::move(where)) {}

  std::vector<violation> run() {
    check_probe();
    check_port();
    check_container();
    check_path();
    check_command();
    check_pattern();
    check_bytes();
    check_lines();
    check_times();
    check_players();
    check_timeouts();
    return std::move(found_);
  }

private:
  void refuse(const string& field, const string& why) {
    auto name = field.substr(field.rfind('.') + 1); // npos + 1 is 0
    found_.push_back({where_ + "." + field, name, "", name + " " + why});
  }
  void within(const string& field, duration value, duration least, duration most) {
    if (value < least || value > most)
      refuse(field, fmt::format("must be {} to {}, not {}", text_of(least), text_of(most), text_of(value)));
  }
  /// False, and noted where there is one: the probe has no use for it.
  bool has_use(const string& field, bool is_given, bool is_of_use) {
    if (is_given && !is_of_use)
      refuse(field, health_.probe.empty() ? "has no meaning without Probe"
                                          : fmt::format("has no meaning for the probe {}", health_.probe));
    return is_of_use;
  }

  void check_probe() {
    if (health_.probe.empty()) {
      if (health_.timeouts == room_timeouts{})
        refuse("Probe", "is a required field, unless Timeouts are given");
      return;
    }
    if (std::find(probes.begin(), probes.end(), health_.probe) == probes.end())
      refuse("Probe", fmt::format("must be one of the following options: {}, not {}", fmt::join(probes, ", "),
                                  shown(health_.probe)));
  }
  bool is_known() const { return std::find(probes.begin(), probes.end(), health_.probe) != probes.end(); }

  void check_port() {
    std::string_view protocol = protocol_of(health_.probe);
    if (!has_use("Port", is_known_or_empty() && !health_.port.empty(), !protocol.empty()))
      return;
    if (health_.port.empty())
      refuse("Port", fmt::format("is a required field of the probe {}", health_.probe));
    else if (!probed_port(spec_, health_))
      refuse("Port",
             fmt::format("must be the name of a {} port of {}, not {}", protocol,
                         health_.container.empty() ? "the containers" : "its container", shown(health_.port)));
  }
  bool is_known_or_empty() const { return health_.probe.empty() || is_known(); }

  void check_container() {
    bool is_of_use =
        health_.probe == "log" || *protocol_of(health_.probe) != '\0' || output_counts_players(health_);
    if (!has_use("Container", is_known_or_empty() && !health_.container.empty(), is_of_use) ||
        health_.container.empty())
      return;
    bool is_there = std::any_of(spec_.containers.begin(), spec_.containers.end(),
                                [&](auto& box) { return box.name == health_.container; });
    if (!is_there)
      refuse("Container", fmt::format("must be the name of a container, not {}", shown(health_.container)));
  }

  void check_path() {
    if (!has_use("Path", is_known_or_empty() && !health_.path.empty(), health_.probe == "http"))
      return;
    if (!health_.path.starts_with('/') || !is_printable(health_.path, '!'))
      refuse("Path", fmt::format("must begin with / and hold visible ASCII only, not {}", shown(health_.path)));
    else if (health_.path.size() > longest_path)
      refuse("Path", fmt::format("must have at most {} bytes, not {}", longest_path, health_.path.size()));
  }

  void check_command() {
    if (!has_use("Command", is_known_or_empty() && !health_.command.empty(), health_.probe == "exec"))
      return;
    std::size_t bytes = 0;
    bool has_nul = false;
    for (auto& word : health_.command) {
      bytes += word.size();
      has_nul = has_nul || word.find('\0') != string::npos;
    }
    if (health_.command.empty() || health_.command.front().empty())
      refuse("Command", "is a required field of the probe exec");
    else if (health_.command.size() > most_words)
      refuse("Command", fmt::format("must have at most {} words, not {}", most_words, health_.command.size()));
    else if (bytes > longest_command)
      refuse("Command", fmt::format("must have at most {} bytes, not {}", longest_command, bytes));
    else if (has_nul)
      refuse("Command", "must hold no NUL byte");
  }

  void check_pattern() {
    if (!has_use("Pattern", is_known_or_empty() && !health_.pattern.empty(), health_.probe == "log"))
      return;
    if (health_.pattern.empty())
      refuse("Pattern", "is a required field of the probe log");
    else
      check_line("Pattern", health_.pattern);
  }
  void check_line(const string& field, const string& pattern) {
    auto is_control = [](char c) { return c == '\n' || c == '\r' || c == '\0'; };
    if (pattern.size() > longest_pattern)
      refuse(field, fmt::format("must have at most {} bytes, not {}", longest_pattern, pattern.size()));
    else if (std::any_of(pattern.begin(), pattern.end(), is_control))
      refuse(field, fmt::format("must be within one line, not {}", shown(pattern)));
  }

  void check_lines() {
    bool is_of_use = is_known() && !answer_counts_players(health_);
    bool has_joined = has_use("Joined", is_known_or_empty() && !health_.joined.empty(), is_of_use);
    bool has_left = has_use("Left", is_known_or_empty() && !health_.left.empty(), is_of_use);
    if (!has_joined || !has_left)
      return;
    if (health_.joined.empty() != health_.left.empty())
      refuse(health_.joined.empty() ? "Joined" : "Left",
             fmt::format("is a required field with {}", health_.joined.empty() ? "Left" : "Joined"));
    check_patterns("Joined", health_.joined);
    check_patterns("Left", health_.left);
    for (auto& pattern : health_.left)
      if (std::find(health_.joined.begin(), health_.joined.end(), pattern) != health_.joined.end())
        refuse("Left", fmt::format("must not say what Joined says: {}", shown(pattern)));
  }
  void check_patterns(const string& field, const std::vector<string>& patterns) {
    if (patterns.size() > most_patterns)
      refuse(field, fmt::format("must have at most {} patterns, not {}", most_patterns, patterns.size()));
    for (auto& pattern : patterns) {
      if (pattern.find_first_not_of("^*?+ ") == string::npos)
        refuse(field, fmt::format("must say something that not every line holds, not {}", shown(pattern)));
      check_line(field, pattern);
    }
  }

  void check_bytes() {
    bool is_of_use = health_.probe == "udp" || health_.probe == "tcp";
    if (has_use("Send", is_known_or_empty() && !health_.send.empty(), is_of_use)) {
      auto bytes = parse_bytes(health_.send, most_query_bytes);
      if (health_.send.empty() && health_.probe == "udp")
        refuse("Send", "is a required field of the probe udp");
      else if (!bytes || bytes->has_any())
        refuse("Send", fmt::format("must be hexadecimal digits of at most {} bytes, as 00ff or 00*508, not {}",
                                   most_query_bytes, shown(health_.send)));
    }
    if (has_use("Expect", is_known_or_empty() && !health_.expect.empty(), is_of_use) &&
        !parse_bytes(health_.expect, most_query_bytes))
      refuse("Expect", fmt::format("must be hexadecimal digits of at most {} bytes, as 00ff or 00??, not {}",
                                   most_query_bytes, shown(health_.expect)));
    constexpr auto most = static_cast<std::int32_t>(most_query_bytes);
    if (has_use("PlayersAt", is_known_or_empty() && health_.players_at != 0, is_of_use) &&
        (health_.players_at < 0 || health_.players_at > most))
      refuse("PlayersAt", fmt::format("must be 1 to {}, not {}", most, health_.players_at));
  }

  void check_times() {
    bool is_asked = is_known();
    if (has_use("Interval", is_known_or_empty() && health_.interval != duration{}, is_asked))
      within("Interval", health_.interval, shortest_interval, longest_interval);
    if (has_use("Failures", is_known_or_empty() && health_.failures != 0, is_asked) &&
        (health_.failures < 1 || health_.failures > most_failures))
      refuse("Failures", fmt::format("must be 1 to {}, not {}", most_failures, health_.failures));
    if (has_use("InitialDelay", is_known_or_empty() && health_.initial_delay != duration{}, is_asked))
      within("InitialDelay", health_.initial_delay, duration{}, longest_delay);
  }

  void check_players() {
    bool is_of_use = counts_players(health_);
    if (!has_use("Players", is_known_or_empty() && !health_.players.empty(), is_of_use))
      return;
    if (health_.players != "occupied" && health_.players != "matches")
      refuse("Players", fmt::format("must be one of the following options: occupied, matches, not {}",
                                    shown(health_.players)));
  }

  void check_timeout(const string& field, duration value) {
    if (value != duration{})
      within("Timeouts." + field, value, shortest_timeout, longest_grace_period);
  }
  void check_timeouts() {
    check_timeout("Initialization", health_.timeouts.initialization);
    check_timeout("Ping", health_.timeouts.ping);
    check_timeout("Allocation", health_.timeouts.allocation);
    check_timeout("Deletion", health_.timeouts.deletion);
  }

  const scheduler_spec& spec_;
  const health_recipe& health_;
  string where_;
  std::vector<violation> found_;
};

} // namespace

std::vector<violation> health_violations(const scheduler_spec& spec, const std::string& where) {
  if (!spec.health)
    return {};
  return health_check(spec, where).run();
}

} // namespace maestro::rules
