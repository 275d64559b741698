#include "runtime/process/shim_protocol.hpp"

#include <array>
#include <charconv>

namespace maestro::process {

namespace {

void put(std::string& out, std::string_view key, std::string_view value) {
  out.append(key).push_back('\0');
  out.append(value).push_back('\0');
}

void put(std::string& out, std::string_view key, std::uint64_t value) {
  put(out, key, std::to_string(value));
}

constexpr std::array<std::string_view, 5> phase_names{"starting", "running", "waiting", "stopping", "ended"};
constexpr std::array<std::string_view, 4> ending_names{"none", "exited", "signaled", "not_started"};
constexpr std::array<std::string_view, 7> stage_names{"none",      "fork",   "cgroup", "user",
                                                      "directory", "bounds", "exec"};

/// Reads words of one line; `ok` turns false at the first that is not what was asked for.
class words {
public:
  explicit words(std::string_view line) : rest_(line) {}

  std::string_view next() {
    auto end = std::min(rest_.find(' '), rest_.size());
    auto word = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ok = ok && !word.empty();
    return word;
  }

  template <class Number>
  void number(Number& value) {
    auto word = next();
    auto [at, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    ok = ok && error == std::errc{} && at == word.data() + word.size();
  }

  void flag(bool& value) {
    int number_value = 0;
    number(number_value);
    value = number_value != 0;
  }

  template <class Enum, std::size_t N>
  void name(Enum& value, const std::array<std::string_view, N>& names) {
    auto word = next();
    for (std::size_t i = 0; i < N; ++i)
      if (names[i] == word) {
        value = static_cast<Enum>(i);
        return;
      }
    ok = false;
  }

  bool is_over() const { return rest_.empty(); }

  bool ok = true;

private:
  std::string_view rest_;
};

bool parse_line(std::string_view line, shim_state& state) {
  words in{line};
  auto kind = in.next();
  if (kind == "shim") {
    in.number(state.pid);
    in.number(state.start_time);
  } else if (kind == "room") {
    in.name(state.phase, phase_names);
    in.number(state.culprit);
    in.flag(state.asked);
    in.flag(state.forced);
  } else if (kind == "container") {
    std::size_t index = 0;
    container_state c;
    in.number(index);
    in.name(c.phase, phase_names);
    in.number(c.pid);
    in.number(c.restarts);
    in.name(c.ending, ending_names);
    in.number(c.code);
    in.flag(c.out_of_memory);
    in.name(c.stage, stage_names);
    in.number(c.error);
    in.number(c.backoff_ms);
    if (!in.is_over())
      in.number(c.start_time);
    in.ok = in.ok && index == state.containers.size();
    state.containers.push_back(c);
  } else {
    return false;
  }
  return in.ok;
}

} // namespace

std::string encode_plan(const room_plan& plan) {
  std::string out;
  put(out, "grace_ms", static_cast<std::uint64_t>(plan.grace_ms));
  put(out, "log_bytes", plan.log_bytes);
  put(out, "log_files", plan.log_files);
  put(out, "backoff_min_ms", static_cast<std::uint64_t>(plan.backoff_min_ms));
  put(out, "backoff_max_ms", static_cast<std::uint64_t>(plan.backoff_max_ms));
  put(out, "backoff_reset_ms", static_cast<std::uint64_t>(plan.backoff_reset_ms));
  put(out, "restart_policy", plan.restart_policy);
  put(out, "nofile", plan.nofile);
  if (plan.user) {
    put(out, "uid", plan.user->uid);
    put(out, "gid", plan.user->gid);
    for (auto group : plan.user->groups)
      put(out, "group", group);
  }
  for (auto& path : plan.cgroups)
    put(out, "cgroup", path);
  if (!plan.oom_file.empty())
    put(out, "oom_file", plan.oom_file);
  if (!plan.members.empty())
    put(out, "members", plan.members);
  if (!plan.own_cgroup.empty())
    put(out, "own_cgroup", plan.own_cgroup);
  put(out, "nproc", plan.bounds.processes);
  put(out, "fsize", plan.bounds.file_bytes);
  put(out, "core", plan.bounds.core_bytes);
  put(out, "oom_score", std::to_string(plan.bounds.oom_score));
  for (auto& container : plan.containers) {
    put(out, "container", container.name);
    if (!container.input.empty())
      put(out, "input", container.input);
    for (auto& pattern : container.joined)
      put(out, "joined", pattern);
    for (auto& pattern : container.left)
      put(out, "left", pattern);
    for (auto& argument : container.command)
      put(out, "arg", argument);
    for (auto& variable : container.environment)
      put(out, "env", variable);
  }
  return out.append("end").append(1, '\0');
}

std::optional<shim_state> parse_state(std::string_view text) {
  constexpr std::string_view head = "maestro-shim 1\n";
  constexpr std::string_view tail = "end\n";
  if (!text.starts_with(head) || !text.ends_with(tail))
    return std::nullopt;
  text.remove_prefix(head.size());
  text.remove_suffix(tail.size());
  shim_state state;
  while (!text.empty()) {
    auto end = text.find('\n');
    if (end == std::string_view::npos || !parse_line(text.substr(0, end), state))
      return std::nullopt;
    text.remove_prefix(end + 1);
  }
  return state.pid > 0 ? std::optional{state} : std::nullopt;
}

std::optional<std::int64_t> parse_players(std::string_view text) {
  if (!text.ends_with('\n'))
    return std::nullopt;
  text.remove_suffix(1);
  std::int64_t first = 0, second = 0;
  words in{text};
  in.number(first);
  in.number(second);
  return in.ok && first == second ? std::optional{first} : std::nullopt;
}

} // namespace maestro::process
