// Golden tables of what a room pool decides: test/rules/golden/*.txt are transcripts that an operator can read. A
// line that starts with `>` is said to the pool, the lines below are what it decides; the test says the same again
// and compares. After a change that is meant: MAESTRO_WRITE_GOLDEN=1 room_rules_test, and read the diff.
#include "actors/rules/instance_review.hpp"
#include "actors/rules/removal_order.hpp"
#include "actors/rules/room_creation.hpp"
#include "actors/rules/room_observation.hpp"
#include "actors/rules/room_removal.hpp"
#include "test/rules/pool_world.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>

namespace maestro::rules {
namespace {

namespace fs = std::filesystem;
using words = std::vector<std::string>;

template <class Enum>
Enum named(const std::string& word, int count) {
  for (int i = 0; i < count; ++i)
    if (to_string(static_cast<Enum>(i)) == word)
      return static_cast<Enum>(i);
  throw std::invalid_argument("no such word: " + word);
}
room_status status_named(const std::string& word) {
  return named<room_status>(word, room_status_count);
}
ping_status ping_named(const std::string& word) {
  return named<ping_status>(word, 5);
}
instance_status instance_named(const std::string& word) {
  return named<instance_status>(word, 5);
}
removal_cause cause_named(const std::string& word) {
  return named<removal_cause>(word, 10);
}

/// Says one line at a time to a pool_world and writes down what comes of it.
class script {
public:
  std::string say(const std::string& line) {
    std::istringstream in(line);
    words said;
    for (std::string word; in >> word;)
      said.push_back(word);
    answer_.clear();
    handlers_.at(said.at(0))(said);
    return answer_;
  }

private:
  void print(const std::string& line) { answer_ += line + "\n"; }
  static std::string rest(const words& said, std::size_t from) {
    std::string text;
    for (auto i = from; i < said.size(); ++i)
      text += (i > from ? " " : "") + said[i];
    return text;
  }

  template <class Reply>
  static std::string to_line(const Reply& reply) {
    if constexpr (std::is_same_v<Reply, ping_result>)
      return reply.success ? "success" : "no success";
    else if constexpr (std::is_same_v<Reply, allocated_room>)
      return reply.id.str() + " at " + reply.host;
    else if constexpr (std::is_same_v<Reply, removal_verdict>)
      return to_string(reply);
    else if constexpr (std::is_same_v<Reply, rooms_intended>)
      return fmt::format("{} asked for{}", reply.open, reply.last_error.empty() ? "" : ": " + reply.last_error);
  }

  template <class Reply>
  void decide(const pool_decision<Reply>& decided) {
    for (auto& effect : decided.at_once)
      print("  at once   " + rules::to_line(effect));
    for (auto& event : decided.events)
      print("  journal   " + rules::to_line(event));
    if (!decided.reply)
      print("  reply     error: " + decided.reply.error().text);
    else if constexpr (!std::is_same_v<Reply, done>)
      print("  reply     " + to_line(*decided.reply));
    for (auto& effect : decided.effects)
      print("  then      " + rules::to_line(effect));
    for (auto& effect : decided.if_refused)
      print("  refused   " + rules::to_line(effect));
    bool is_nothing =
        decided.events.empty() && decided.effects.empty() && decided.at_once.empty() && decided.reply;
    if (std::is_same_v<Reply, done> && is_nothing)
      print("  nothing");
    carry_out(decided);
  }

  // As pool_world does, but intents are said aloud when they are decided.
  template <class Reply>
  void carry_out(pool_decision<Reply> decided) {
    std::vector<pool_effect> intents;
    auto is_intent = [](auto& effect) {
      return std::holds_alternative<end_room>(effect) || std::holds_alternative<look_at_instance>(effect) ||
             std::holds_alternative<draw_ports_again>(effect);
    };
    std::copy_if(decided.effects.begin(), decided.effects.end(), std::back_inserter(intents), is_intent);
    std::erase_if(decided.effects, is_intent);
    world_.carry_out(decided);
    for (auto& intent : intents)
      next(intent);
  }
  void next(const pool_effect& intent) {
    if (auto* end = std::get_if<end_room>(&intent))
      decide(decide_end(world_.view(), *end));
    if (auto* look = std::get_if<look_at_instance>(&intent))
      decide(decide_instance(world_.view(), look->seen));
    if (auto* draw = std::get_if<draw_ports_again>(&intent))
      decide(decide_port_redraw(world_.view(), *draw, world_.random));
  }

  // room arena-a ready ping=ready instance=ready ports=7000 age=60 allocated=10 removal=scale_down exited
  // matches=1
  void place(const words& said) {
    room_record room;
    room.id = room_id{said.at(1)};
    room.version = "v1.0.0";
    room.placed_on = world_.node;
    room.status = status_named(said.at(2));
    room.created_at = room.status_since = world_.now - std::chrono::minutes(1);
    for (std::size_t i = 3; i < said.size(); ++i) {
      auto equals = said[i].find('=');
      fields_.at(said[i].substr(0, equals))(room, equals == std::string::npos ? "" : said[i].substr(equals + 1));
    }
    world_.place(room);
  }

  static instance seen(const words& said) {
    instance one;
    one.id = room_id{said.at(1)};
    one.status = instance_named(said.at(2));
    one.host = "10.0.0.1";
    one.exited = said.size() > 3 && said[3] == "exited";
    one.description = rest(said, one.exited ? 4 : 3);
    return one;
  }

  static std::optional<failure> refusal(const words& said) {
    if (said.at(2) == "ok")
      return {};
    if (said[2] == "port_in_use")
      return failure{ec::port_in_use, "port is taken"};
    if (said[2] == "not_found")
      return failure{ec::not_found, "no such instance"};
    if (said[2] == "silence")
      return failure{ec::deadline_exceeded, "the runtime did not answer in time"};
    return failure{ec::internal, rest(said, 2)};
  }

  // review id:status[:version[:port]] …
  void review(const words& said) {
    std::vector<instance> list;
    for (std::size_t i = 1; i < said.size(); ++i) {
      std::vector<std::string> parts;
      std::istringstream rest(said[i]);
      for (std::string part; std::getline(rest, part, ':');)
        parts.push_back(part);
      list.push_back(seen({"seen", parts.at(0), parts.at(1)}));
      list.back().version = parts.size() > 2 ? parts[2] : "v1.0.0";
      if (parts.size() > 3)
        list.back().ports = {{"game", "udp", std::stoi(parts[3])}};
    }
    std::sort(list.begin(), list.end(), [](auto& left, auto& right) { return left.id < right.id; });
    review_.begin(world_.now);
    review_.take({list});
    pool_decision<done> decided;
    while (review_.is_running())
      for (auto& effect : review_.next(world_.view(), 1))
        decided.effects.push_back(effect);
    decide(decided);
  }

  // What the runtime reports by itself.
  void hear(const words& said) {
    instance_event event{instance_event_type::updated, seen(said)};
    pool_decision<done> decided;
    bool is_strange = review_.hear(world_.view(), event, decided.effects);
    decide(is_strange ? decided : decide_arrival(world_.view(), event));
  }
  void adopt(const words& said) {
    room_id id{said.at(1)};
    auto decided = decide_adoption(world_.view(), {world_.scheduler.name, id}, review_.strangers().find(id));
    if (decided.reply)
      review_.adopt(id);
    decide(decided);
  }
  void list_strangers() {
    for (auto& one : review_.strangers().list().items)
      print(fmt::format("  {} {} {}", one.what.id.str(), to_string(one.what.status), one.what.version));
  }

  void free_ones() {
    print(fmt::format("  {} free{}", world_.free.size(),
                      world_.free.empty() ? "" : ", first " + world_.free.first(world_.versions)->id.str()));
  }

  void ask(const std::function<pool_decision<done>()>& how) { decide(how()); }

  pool_world world_;
  instance_review review_;
  std::string answer_;

  using setter = std::function<void(room_record&, const std::string&)>;
  const std::map<std::string, setter> fields_{
      {"ping", [](auto& room, auto& word) { room.ping = ping_named(word); }},
      {"instance", [](auto& room, auto& word) { room.instance = instance_named(word); }},
      {"removal", [](auto& room, auto& word) { room.removal = cause_named(word); }},
      {"matches", [](auto& room, auto& word) { room.running_matches = std::stol(word); }},
      {"host", [](auto& room, auto& word) { room.host = word; }},
      {"ports",
       [](auto& room, auto& word) {
         room.ports = {{"game", "udp", std::stoi(word)}};
       }},
      {"version", [](auto& room, auto& word) { room.version = word; }},
      {"exited", [](auto& room, auto&) { room.instance_exited = true; }},
      {"held", [](auto& room, auto& word) { room.held_slots = static_cast<std::uint8_t>(std::stoi(word)); }},
      {"drain", [](auto& room, auto& word) { room.drain = cause_named(word); }},
      {"validation", [](auto& room, auto&) { room.validation = true; }},
      {"creating", [this](auto& room, auto&) { world_.creating.insert(room.id); }},
      {"allocated",
       [this](auto& room, auto& word) { room.allocated_at = world_.now - std::chrono::seconds(std::stol(word)); }},
  };

  using handler = std::function<void(const words&)>;
  const std::map<std::string, handler> handlers_{
      {"room", [this](auto& said) { place(said); }},
      {"matches", [this](auto& said) { world_.scheduler.max_matches = std::stoi(said.at(1)); }},
      {"limit", [this](auto& said) { world_.settings.rooms_limit = std::stol(said.at(1)); }},
      {"later", [this](auto& said) { world_.now += std::chrono::seconds(std::stol(said.at(1))); }},
      {"version",
       [this](auto& said) {
         world_.scheduler.spec.version = said.at(1);
         world_.scheduler.max_matches = said.size() > 2 ? std::stoi(said[2]) : 1;
         world_.view();
       }},
      {"created",
       [this](auto& said) {
         print(fmt::format("  {} created in all", world_.table.created_by(operation_id{said.at(1)})));
       }},
      {"node", [this](auto& said) { world_.node = said.at(1); }},
      {"no_scheduler", [this](auto&) { world_.has_scheduler = false; }},
      {"ping",
       [this](auto& said) {
         observe_ping ping{room_id{said.at(1)}, ping_named(said.at(2)), said.size() > 3 ? std::stol(said[3]) : 0};
         decide(decide_ping(world_.view(), ping));
       }},
      {"instance", [this](auto& said) { decide(decide_instance(world_.view(), seen(said))); }},
      {"updated",
       [this](auto& said) {
         decide(decide_arrival(world_.view(), {instance_event_type::updated, seen(said)}));
       }},
      {"deleted",
       [this](auto& said) {
         decide(decide_arrival(world_.view(), {instance_event_type::deleted, seen(said)}));
       }},
      {"hear", [this](auto& said) { hear(said); }},
      {"strangers", [this](auto&) { list_strangers(); }},
      {"adopt", [this](auto& said) { adopt(said); }},
      {"end_stranger",
       [this](auto& said) {
         room_id id{said.at(1)};
         decide(decide_stranger_end(world_.view(), {world_.scheduler.name, id}, review_.strangers().find(id)));
       }},
      {"allocate",
       [this](auto& said) {
         allocate_room command{world_.scheduler.name, {}};
         if (said.size() > 1)
           command.deadline = world_.now.time_since_epoch() + std::chrono::seconds(std::stol(said[1]));
         decide(decide_allocation(world_.view(), world_.free, command));
       }},
      {"request",
       [this](auto& said) {
         allocate_room command{world_.scheduler.name, {}, std::stoi(said.at(2)), request_key(said.at(1))};
         decide(decide_allocation(world_.view(), world_.free, command));
       }},
      {"slots",
       [this](auto& said) {
         allocate_room command{world_.scheduler.name, {}, std::stoi(said.at(1))};
         decide(decide_allocation(world_.view(), world_.free, command));
       }},
      {"free", [this](auto&) { free_ones(); }},
      {"create",
       [this](auto& said) {
         create_rooms command{operation_id{said.at(1)}, std::stol(said.at(2)), said.size() > 3 ? said[3] : ""};
         decide(decide_creation(world_.view(), command, 1, world_.random));
       }},
      {"host_created",
       [this](auto& said) {
         decide(decide_creation_answer({room_id{said.at(1)}, 1, {}}, refusal(said)));
       }},
      {"remove",
       [this](auto& said) {
         bool is_chosen = said.size() > 3 && said[3] == "chosen";
         decide(decide_removal(world_.view(),
                               {room_id{said.at(1)}, cause_named(said.at(2)), operation_id{"op"}, 1, is_chosen}));
       }},
      {"host_ended",
       [this](auto& said) {
         decide(decide_end_answer({room_id{said.at(1)}, removal_cause::scale_down, 1}, refusal(said)));
       }},
      {"review", [this](auto& said) { review(said); }},
  };
};

/// The transcript anew: comments, empty lines and what was said stay, what was decided is decided again.
std::string retell(const std::string& transcript) {
  auto pool = std::make_optional<script>();
  std::string told;
  std::istringstream in(transcript);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with("#"))
      told += line + "\n";
    if (line == "# ---")
      pool.emplace();
    if (line.starts_with("> "))
      told += line + "\n" + pool->say(line.substr(2));
  }
  return told;
}

std::string read(const fs::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class RoomDecisions : public ::testing::TestWithParam<std::string> {};

TEST_P(RoomDecisions, AreAsTheTranscriptTells) {
  auto path = fs::path(MAESTRO_GOLDEN) / (GetParam() + ".txt");
  auto written = read(path);
  ASSERT_NE(written.find("> "), std::string::npos) << path << " says nothing";
  auto told = retell(written);
  if (std::getenv("MAESTRO_WRITE_GOLDEN") != nullptr)
    std::ofstream(path) << told;
  EXPECT_EQ(told, written);
}

INSTANTIATE_TEST_SUITE_P(Golden, RoomDecisions,
                         ::testing::Values("room_ping", "room_instance", "room_allocation", "room_creation",
                                           "room_removal", "instance_review", "strangers"),
                         [](auto& one) { return one.param; });

} // namespace
} // namespace maestro::rules
