// What an operator is told of a scheduler's rooms: golden/rooms_explanation.txt is a transcript. A line without an indent is
// said to a pool (`recipe`, `room`, or a question), what follows is the answer, and what an operation would choose: the
// test demands that both are the same rooms in the same order. MAESTRO_WRITE_GOLDEN=1 writes it anew.
#include "actors/rules/explanation.hpp"
#include "actors/rules/room_removal.hpp"
#include "test/rules/golden.hpp"
#include "test/rules/pool_world.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>

namespace maestro::rules {
namespace {

using namespace std::chrono_literals;

room_status status_named(const std::string& word) {
  for (std::size_t i = 0; i < room_status_count; ++i)
    if (to_string(static_cast<room_status>(i)) == word)
      return static_cast<room_status>(i);
  throw std::invalid_argument("no such status: " + word);
}

/// A pool, what its health controller remembers, and how long its rooms are silent.
struct fleet {
  fleet() {
    world.scheduler.spec.version = "v2.0.0";
    world.scheduler.max_surge = "1";
  }

  pool_health count() {
    pool_health health;
    auto view = world.view();
    for (auto& room : world.table.rooms())
      count_room(health, room, last_sign(room.id), view.make_of(room), view.settings_of(room), view.clock);
    return health;
  }
  rooms_explanation explain(const explain_rooms& asked) {
    auto view = world.view();
    explanation told(view, asked, count(), memory);
    for (auto& room : world.table.rooms())
      told.offer(view, room, last_sign(room.id));
    return told.take();
  }
  /// The rooms that an operation which removes by number would begin with.
  std::vector<room_id> chosen(std::int64_t amount, removal_cause cause, std::int64_t limit) {
    auto view = world.view();
    auto order = chosen_rooms(view, {{}, {}, amount, cause}, limit);
    for (auto& room : world.table.rooms())
      if (concerns(view, cause, room))
        order.offer(room, last_sign(room.id));
    std::vector<room_id> ids;
    for (auto& row : order.take())
      ids.push_back(row.id);
    return ids;
  }
  timestamp last_sign(const room_id& id) const {
    auto found = silence.find(id);
    return world.now - (found == silence.end() ? duration{1s} : found->second);
  }

  pool_world world;
  look_memory memory;
  std::map<room_id, duration> silence;
};

class conversation {
public:
  std::string say(const std::string& line) {
    std::istringstream in(line);
    std::string word;
    in >> word;
    told_.clear();
    std::vector<std::string> rest;
    for (std::string more; in >> more;)
      rest.push_back(more);
    if (word == "fleet")
      fleet_ = std::make_unique<fleet>();
    else if (word == "recipe")
      change_recipe(rest);
    else if (word == "room")
      place(rest);
    else if (word == "now" || word == "remove" || word == "rooms")
      ask(word, rest);
    return told_;
  }

private:
  static std::pair<std::string, std::string> split(const std::string& word) {
    auto at = word.find('=');
    return {word.substr(0, at), at == std::string::npos ? "" : word.substr(at + 1)};
  }

  /// False: it is no time limit.
  static bool change_limit(scheduler& recipe, const std::string& key, duration limit) {
    if (key != "initialization" && key != "ping")
      return false;
    if (!recipe.spec.health)
      recipe.spec.health.emplace();
    auto& limits = recipe.spec.health->timeouts;
    (key == "ping" ? limits.ping : limits.initialization) = limit;
    return true;
  }

  void change_recipe(const std::vector<std::string>& words) {
    auto& recipe = fleet_->world.scheduler;
    for (auto& one : words) {
      auto [key, value] = split(one);
      auto number = value.empty() ? 0 : std::atoi(value.c_str());
      if (change_limit(recipe, key, std::chrono::seconds{number}))
        continue;
      if (key != "replicas" && key != "surge" && !recipe.autoscaling)
        recipe.autoscaling = autoscaling{true, 0, -1, 0, {"fixedBuffer", {}, fixed_buffer_policy{0}}};
      if (key == "replicas")
        recipe.rooms_replicas = number;
      else if (key == "surge")
        recipe.max_surge = value;
      else if (key == "buffer")
        recipe.autoscaling->policy.fixed_buffer = fixed_buffer_policy{number};
      else if (key == "occupancy")
        recipe.autoscaling->policy = {"roomOccupancy", room_occupancy_policy{std::stod(value), 0.99}, {}};
      else if (key == "min")
        recipe.autoscaling->min = number;
      else if (key == "max")
        recipe.autoscaling->max = number;
      else if (key == "cooldown")
        recipe.autoscaling->cooldown = number;
      else if (key == "downscaled")
        recipe.last_downscale_at = fleet_->world.now - std::chrono::seconds{number};
      else if (key == "turned-away")
        fleet_->memory.wanted_at = fleet_->world.now - 1s;
      else if (key == "backoff")
        fleet_->memory.backoff = {2, fleet_->world.now - 1s, fleet_->world.now + std::chrono::seconds{number}, ""};
    }
  }

  void place(const std::vector<std::string>& words) {
    auto& world = fleet_->world;
    room_record room;
    room.id = room_id{words.at(0)};
    room.status = status_named(words.at(1));
    room.version = "v2.0.0";
    room.ping = ping_status::ready;
    room.instance = instance_status::ready;
    room.created_at = room.status_since = world.now - 60s;
    for (std::size_t i = 2; i < words.size(); ++i) {
      auto [key, value] = split(words[i]);
      if (key == "silent")
        fleet_->silence[room.id] = std::chrono::seconds{std::atoi(value.c_str())};
      else if (key == "drains")
        room.drain = removal_cause::scale_down, room.drain_since = world.now - 30s;
      else if (key == "removed")
        room.removal = removal_cause::scale_down;
      else if (key == "validation")
        room.validation = true;
      else if (key == "age")
        room.created_at = room.status_since = world.now - std::chrono::seconds{std::atoi(value.c_str())};
      else
        room.version = words[i];
    }
    room.running_matches = room.status == room_status::occupied || room.status == room_status::active;
    world.place(room);
  }

  void ask(const std::string& word, const std::vector<std::string>& words) {
    explain_rooms asked;
    asked.question = word == "now"      ? plan_question::now
                     : word == "remove" ? plan_question::remove
                                        : plan_question::rooms;
    for (auto& one : words) {
      auto [key, value] = split(one);
      if (key == "limit")
        asked.limit = static_cast<std::uint32_t>(std::atoi(value.c_str()));
      else
        asked.number = std::atoi(one.c_str());
    }
    auto told = fleet_->explain(asked);
    print(told);
    auto& change = told.change;
    bool is_by_number = word == "remove" || (change.remove + change.drain > 0 && !names_drained(told));
    auto amount = is_by_number ? change.remove + change.drain + change.drains : 0;
    auto chosen = fleet_->chosen(amount, change.cause, asked.limit);
    for (std::size_t i = 0; i < std::min<std::size_t>(chosen.size(), asked.limit); ++i)
      EXPECT_EQ(told.rooms.at(i).id, chosen[i]) << "shown is another room than an operation would take";
  }

  bool names_drained(const rooms_explanation& told) const {
    return std::any_of(told.rooms.begin(), told.rooms.end(), [&](auto& row) {
      auto* room = fleet_->world.table.find(row.id);
      return row.action == planned_action::remove && room != nullptr && room->drain != removal_cause::none;
    });
  }

  void print(const rooms_explanation& told) {
    auto& there = told.there;
    auto& change = told.change;
    say_line("wanted {}", told.wanted);
    for (auto& step : told.steps)
      say_line("  {} {}: {}", to_string(step.reason), step.rooms, step.text);
    say_line("there {} counted, {} up, {} draining, {} replaced, {} silent{}, {} ending, {} validating",
             there.counted, there.up, there.draining, there.replaced, there.silent,
             there.are_silent_spared ? " spared" : "", there.ending, there.validating);
    say_line("add {}, remove {}, drain {}, drains {}, spare {}, expired {}, {}{}", change.add, change.remove,
             change.drain, change.drains, change.spare, change.expired, to_string(change.cause),
             change.waits_for == plan_wait::none ? "" : ", waits for " + to_string(change.waits_for));
    if (change.look_again_at != never)
      say_line("held back for {} s",
               std::chrono::duration_cast<std::chrono::seconds>(change.look_again_at - told.at).count());
    for (auto& room : told.rooms)
      say_line("{} {} {}: {}, {} since {} s", room.id.str(), to_string(room.status), room.version,
               to_string(room.action), to_string(room.reason),
               std::chrono::duration_cast<std::chrono::seconds>(told.at - room.since).count());
    if (told.total > told.rooms.size())
      say_line("{} in all", told.total);
  }

  template <class... Args>
  void say_line(fmt::format_string<Args...> format, Args&&... args) {
    told_ += "  " + fmt::format(format, std::forward<Args>(args)...) + "\n";
  }

  std::unique_ptr<fleet> fleet_ = std::make_unique<fleet>();
  std::string told_;
};

TEST(RoomsExplanation, IsWhatALookWouldDoAndWhy) {
  conversation talk;
  expect_transcript(std::string(MAESTRO_GOLDEN) + "/rooms_explanation.txt",
                    [&](const std::string& line) { return talk.say(line); });
}

// A fleet of players that is too big: each operation drains so many, and those that drain already are none of them.
TEST(RoomsExplanation, OperationsDrainEveryRoomTooManyThoughEachHasItsLimit) {
  fleet crowd;
  for (int i = 0; i < 9; ++i) {
    room_record room;
    room.id = room_id{fmt::format("r{}", i)};
    room.version = "v2.0.0";
    room.status = room_status::occupied;
    room.status_since = crowd.world.now - 60s;
    crowd.world.place(room);
  }
  crowd.world.scheduler.rooms_replicas = 2;
  crowd.world.settings.remove_limit = 3;
  std::vector<std::int64_t> drained;
  for (int look = 0; look < 5; ++look) {
    auto plan = plan_rooms(crowd.world.scheduler, crowd.count(), {false, false, {}, crowd.world.now});
    if (plan.remove == 0)
      break;
    std::int64_t began = 0;
    for (auto& id : crowd.chosen(plan.remove, plan.cause, crowd.world.settings.remove_limit)) {
      auto decided = decide_removal(
          crowd.world.view(), {id, plan.cause, operation_id{std::to_string(look)}, 0, true, crowd.last_sign(id)});
      began += decided.events.empty() ? 0 : 1;
      crowd.world.carry_out(decided);
    }
    drained.push_back(began);
  }
  EXPECT_EQ(drained, (std::vector<std::int64_t>{3, 3, 1})) << "seven are too many, and then nothing is left to do";
}

} // namespace
} // namespace maestro::rules
