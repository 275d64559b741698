#include "actors/rules/degradation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace maestro::rules {

namespace {

std::string rooms_text(std::int64_t count) {
  return fmt::format("{} room{}", count, count == 1 ? "" : "s");
}

void add(std::string& text, const std::string& what, std::string_view why) {
  text += (text.empty() ? "" : "; ") + what;
  if (!why.empty())
    text.append(": ").append(why);
}

std::string seconds_text(duration time) {
  return fmt::format("{} s", std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

bool is_recent(timestamp at, duration time, const clock_reading& clock) {
  return at != never && lasted(at, clock) < time;
}

/// What happened, whichever room it was of: hosts begin with `room NAME: `.
std::string_view trouble_in(std::string_view reason) {
  auto end = reason.starts_with("room ") ? reason.find(": ") : std::string_view::npos;
  return end == std::string_view::npos ? reason : reason.substr(end + 2);
}

} // namespace

duration patience_with_new_rooms(const actor_settings& settings) {
  return std::min<duration>(std::chrono::seconds{30}, settings.room_initialization_timeout / 4);
}

void count_trouble(pool_health& health, const room_record& room, const actor_settings& settings,
                   const clock_reading& clock) {
  if (room.validation || room.removal != removal_cause::none)
    return;
  if (room.status == room_status::error) {
    ++health.in_error;
    if (health.error_reason.empty())
      health.error_reason = room.status_reason;
    return;
  }
  auto waits = lasted(room.status_since, clock);
  bool is_down = room.status == room_status::pending || room.status == room_status::unready;
  if (!is_down || waits < patience_with_new_rooms(settings))
    return;
  ++health.late;
  if (waits <= health.latest)
    return;
  health.latest = waits;
  health.late_reason = !room.status_reason.empty()           ? room.status_reason
                       : !room.silence.empty()               ? room.silence
                       : room.status == room_status::unready ? "no ping says ready"
                                                             : "their instances do not start";
}

scheduler_condition condition_of(const scheduler_condition& before, duration since_before, std::int64_t wanted,
                                 const pool_health& health, const replacement_backoff& backoff,
                                 const actor_settings& settings, const clock_reading& clock) {
  scheduler_condition now;
  now.wanted = wanted;
  if (health.in_error > 0)
    add(now.reason, rooms_text(health.in_error) + " in error", health.error_reason);
  bool is_short = health.up < wanted;
  if (!is_short)
    return now;
  bool cannot_be_made = !health.creation_problem.empty() && health.available < wanted;
  auto valid = still_valid(backoff, clock);
  auto memory = settings.room_initialization_timeout + patience_with_new_rooms(settings);
  if (valid.streak > 0 && is_recent(valid.last_step, memory, clock)) {
    now.failures = valid.streak;
    now.next_try = valid.not_before > clock.now ? valid.not_before : never;
    if (!cannot_be_made || trouble_in(valid.why) != trouble_in(health.creation_problem))
      add(now.reason, "rooms end early", valid.why);
  }
  if (health.late > 0)
    add(now.reason, fmt::format("{} not up after {}", rooms_text(health.late), seconds_text(health.latest)),
        health.late_reason);
  if (cannot_be_made)
    add(now.reason, "rooms cannot be made", health.creation_problem);
  if (now.reason.empty() && since_before < memory)
    now.reason = before.reason;
  return now;
}

scheduler_condition shown(const scheduler_condition& judged, const room_counts& counts, timestamp now) {
  using enum room_status;
  auto up = counts.of(ready) + counts.of(allocated) + counts.of(active) + counts.of(occupied);
  if (judged.reason.empty() || (up >= judged.wanted && counts.of(error) == 0))
    return {};
  auto one = judged;
  if (one.next_try <= now)
    one.next_try = never;
  return one;
}

} // namespace maestro::rules
