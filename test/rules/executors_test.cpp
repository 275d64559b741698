// What each operation asks of others, step by step, as a transcript (executors.txt): an order, then what the
// executor hears; under each the step that it wants next.
#include "actors/operations/executor.hpp"
#include "messages/overloaded.hpp"
#include "test/rules/golden.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <sstream>

namespace maestro::operations {
namespace {

using words = std::vector<std::string>;

constexpr timestamp noon{std::chrono::seconds{1'750'000'000}};

std::string text_of(const question& what) {
  return std::visit(
      overloaded{
          [](const prepare_scheduler& x) { return fmt::format("prepare_scheduler {}", x.name.str()); },
          [](const remove_scheduler& x) { return fmt::format("remove_scheduler {}", x.name.str()); },
          [](const create_rooms& x) {
            return fmt::format("create_rooms {}{}", x.amount, x.is_validation ? " to try out " + x.version : "");
          },
          [](const get_room& x) { return fmt::format("get_room {}", x.room.str()); },
          [](const stop_draining& x) { return fmt::format("stop_draining {}", x.amount); },
          [](const remove_rooms& x) {
            words ids;
            for (auto& id : x.ids)
              ids.push_back(id.str());
            return fmt::format("remove_rooms [{}] and {} more, {}", fmt::join(ids, " "), x.amount,
                               to_string(x.cause));
          },
          [](const count_rooms&) { return std::string("count_rooms"); },
          [](const run_health_check& x) { return fmt::format("run_health_check {}", x.recipe.name.str()); },
          [](const purge_operations& x) { return fmt::format("purge_operations {}", x.scheduler.str()); },
      },
      what);
}

std::string text_of(const std::vector<scheduler_event>& transitions) {
  words all;
  for (auto& one : transitions) {
    if (auto* changed = std::get_if<scheduler_state_changed>(&one))
      all.push_back("scheduler is " + to_string(changed->state));
    else if (auto* added = std::get_if<scheduler_version_added>(&one))
      all.push_back("has version " + added->recipe.spec.version);
    else if (auto* active = std::get_if<active_version_switched>(&one))
      all.push_back("active is " + active->version);
    else
      all.push_back(std::holds_alternative<scheduler_deleted>(one) ? "scheduler deleted" : "scheduler downscaled");
  }
  return fmt::format("{}", fmt::join(all, ", "));
}

std::string text_of(const operation_outcome& outcome) {
  auto text = "  ends     " + to_string(outcome.status) + "\n";
  for (auto& line : outcome.history)
    text += "  line     " + line + "\n";
  for (auto& next : outcome.follow_ups)
    text += "  then     " + definition_name(next.definition) + "\n";
  if (!outcome.transitions.empty())
    text += "  becomes  " + text_of(outcome.transitions) + "\n";
  return text;
}

std::string text_of(const operation_step& reached) {
  return std::visit(overloaded{
                        [](const rooms_answered& x) { return fmt::format("rooms_answered {}", x.total); },
                        [](const rooms_ending&) { return std::string("rooms_ending"); },
                        [](const place_ending&) { return std::string("place_ending"); },
                        [](const validation_waiting& x) {
                          return fmt::format("validation_waiting {} for {}", x.number, x.room.str());
                        },
                        [](const validation_over& x) { return fmt::format("validation_over {}", x.number); },
                    },
                    reached);
}

std::string text_of(const step& wanted) {
  std::string text;
  for (auto& line : wanted.progress)
    text += "  progress " + line + "\n";
  if (wanted.reached)
    text += "  reached  " + text_of(*wanted.reached) + "\n";
  return text + std::visit(overloaded{
                               [](const question& what) { return "  asks     " + text_of(what) + "\n"; },
                               [](const wait_for& wait) {
                                 return fmt::format("  waits    {} ms{}\n",
                                                    wait.time / std::chrono::milliseconds{1},
                                                    wait.yields ? ", others may run" : "");
                               },
                               [](const operation_outcome& outcome) { return text_of(outcome); },
                               [](const rolled_back& undone) {
                                 auto end = undone.failure.empty() ? "done" : undone.failure;
                                 return "  undone   " + end + "\n  becomes  " + text_of(undone.transitions) + "\n";
                               },
                           },
                           wanted.then);
}

// `same`, or the field that differs from the active version: `replicas` or `image`.
scheduler recipe_of(const std::string& difference) {
  scheduler recipe;
  recipe.name = scheduler_name{"s"};
  recipe.spec.containers.emplace_back();
  recipe.spec.version = difference == "same" ? "v1.0.0" : difference == "image" ? "v2.0.0" : "v1.1.0";
  recipe.rooms_replicas = difference == "replicas" ? 2 : 1;
  recipe.spec.containers[0].image = difference == "image" ? "new" : "old";
  return recipe;
}

operation_definition definition_of(const words& said) {
  if (said[1] == "create_scheduler")
    return create_scheduler_operation{};
  if (said[1] == "delete_scheduler")
    return delete_scheduler_operation{};
  if (said[1] == "storage_clean_up")
    return storage_clean_up_operation{};
  if (said[1] == "health_controller")
    return health_controller_operation{};
  if (said[1] == "add_rooms")
    return add_rooms_operation{std::stoll(said[2])};
  if (said[1] == "switch_active_version")
    return switch_active_version_operation{said[2]};
  if (said[1] == "create_new_scheduler_version")
    return create_new_scheduler_version_operation{recipe_of(said[2])};
  remove_rooms_operation wish{{}, std::stoll(said[2]), removal_cause::scale_down};
  for (std::size_t i = 3; i < said.size(); ++i)
    wish.rooms_ids.emplace_back(said[i]);
  return wish;
}

heard heard_of(const words& said, const std::string& rest) {
  if (said[0] == "created")
    return rooms_created{std::stoll(said[1]), said.size() > 2 ? said[2] : ""};
  if (said[0] == "trial")
    return rooms_created{1, "", room_id{said[1]}};
  if (said[0] == "no_trial")
    return rooms_created{0, rest};
  if (said[0] == "is") {
    room_view view;
    view.room.id = room_id{"s-trial"};
    for (auto status : {room_status::pending, room_status::ready, room_status::occupied, room_status::error})
      if (to_string(status) == said[1])
        view.room.status = status;
    view.room.status_reason = said.size() > 2 ? said[2] : "";
    return view;
  }
  if (said[0] == "drains") {
    rooms_removed removed;
    removed.draining = std::stoll(said[1]);
    return removed;
  }
  if (said[0] == "removed") {
    rooms_removed removed;
    for (std::size_t i = 1; i < said.size(); ++i)
      removed.ids.emplace_back(said[i]);
    return removed;
  }
  if (said[0] == "not_removed")
    return rooms_removed{{}, {rest}};
  if (said[0] == "counted") {
    room_counts counts;
    counts.rooms[static_cast<std::size_t>(room_status::terminating)] = std::stoll(said[1]);
    return counts;
  }
  if (said[0] == "planned") {
    health_plan plan;
    plan.why = said.size() > 2 ? "because" : "";
    plan.spares = said[1] == "spare" ? 2 : 0;
    if (said[1] == "more")
      plan.follow_ups.push_back({add_rooms_operation{2}, true});
    if ((plan.downscales = said[1] == "less"))
      plan.follow_ups.push_back({remove_rooms_operation{{}, 1, removal_cause::scale_down}, true});
    return plan;
  }
  if (said[0] == "purged")
    return operations_purged{3};
  if (said[0] == "waited")
    return waited{};
  if (said[0] == "done")
    return done{};
  if (said[0] == "failed")
    return failure{ec::unavailable, rest};
  throw std::invalid_argument(said[0]);
}

struct bench {
  actor_settings settings;
  std::optional<executor> one;
  std::optional<operation_step> came_so_far;
  moment when{noon, false};

  std::string told(const std::string& line) {
    std::istringstream in(line);
    words said;
    for (std::string word; in >> word;)
      said.push_back(word);
    auto rest = line.find(' ') == std::string::npos ? "" : line.substr(line.find(' ') + 1);
    if (said[0] == "order") {
      execute_operation order;
      order.what.id = operation_id{"id"};
      order.what.definition = definition_of(said);
      order.recipe = recipe_of("same");
      if (said.size() > 3 && said[3] == "stored")
        order.target = recipe_of("image");
      order.what.step = std::exchange(came_so_far, std::nullopt);
      one = make_executor(order, settings);
      when.is_canceled = false;
      return text_of(next(*one, begin{}, when));
    }
    if (said[0] == "came_to") {
      came_so_far = said[1] == "waiting"        ? operation_step{validation_waiting{2, room_id{"s-trial"}}}
                    : said[1] == "over"         ? operation_step{validation_over{1}}
                    : said[1] == "rooms_ending" ? operation_step{rooms_ending{}}
                    : said[1] == "place_ending" ? operation_step{place_ending{}}
                                                : operation_step{rooms_answered{std::stoll(said[1])}};
      return "";
    }
    if (said[0] == "cancel") {
      when.is_canceled = true;
      return "";
    }
    if (said[0] == "roll_back") {
      auto undo = roll_back(*one, when);
      return undo ? text_of(*undo) : "  nothing to undo\n";
    }
    if (said[0] == "again") { // hears the same so many times
      std::string last;
      for (int i = 0; i < std::stoi(said[1]); ++i)
        for (std::size_t j = 2; j < said.size(); j += 2)
          last = text_of(next(*one, heard_of({said[j], said[j + 1]}, said[j + 1]), when));
      return last;
    }
    return text_of(next(*one, heard_of(said, rest), when));
  }
};

TEST(Executors, AreAsInTheTranscript) {
  bench one;
  one.settings.add_limit = 100;
  one.settings.add_batch_size = 40;
  one.settings.remove_limit = 50;
  one.settings.room_validation_attempts = 2;
  one.settings.room_validation_timeout = std::chrono::milliseconds{500};
  expect_transcript(MAESTRO_GOLDEN "/executors.txt", [&](const std::string& line) -> std::string {
    return line.starts_with("> ") ? one.told(line.substr(2)) : "";
  });
}

TEST(ExecutorsDeathTest, AnAnswerToNoQuestionStopsTheNode) {
  bench one;
  one.told("order storage_clean_up");
  EXPECT_DEATH(one.told("done"), "heard answer 2 to no question");
}

} // namespace
} // namespace maestro::operations
