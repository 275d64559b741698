// What a scheduler decides, as a transcript (scheduler_decisions.txt): each `>` line is a command, the lines under
// it are the decision, which then becomes true. Below it, what holds
// for any sequence of commands.
#include "actors/rules/scheduler_decisions.hpp"
#include "messages/overloaded.hpp"
#include "test/rules/golden.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <sstream>

namespace maestro::rules {
namespace {

using namespace std::chrono_literals;
using words = std::vector<std::string>;

constexpr timestamp noon{std::chrono::seconds{1'750'000'000}};

operation_definition definition_of(const std::string& word, std::int64_t amount) {
  if (word == "add_rooms")
    return add_rooms_operation{amount};
  if (word == "remove_rooms")
    return remove_rooms_operation{{}, amount, removal_cause::scale_down};
  if (word == "health_controller")
    return health_controller_operation{};
  if (word == "storage_clean_up")
    return storage_clean_up_operation{};
  if (word == "delete_scheduler")
    return delete_scheduler_operation{};
  throw std::invalid_argument(word);
}

std::string text_of(const scheduler_event& event) {
  return std::visit(
      overloaded{
          [](const scheduler_created& x) {
            return fmt::format("scheduler_created {} {}", x.recipe.spec.version, to_string(x.recipe.state));
          },
          [](const scheduler_state_changed& x) {
            return fmt::format("scheduler_state_changed {}", to_string(x.state));
          },
          [](const scheduler_downscaled&) { return std::string("scheduler_downscaled"); },
          [](const operation_enqueued& x) {
            return fmt::format("operation_enqueued {} {}{}", x.what.id.str(), definition_name(x.what.definition),
                               x.priority ? " at the head" : "");
          },
          [](const operation_started& x) { return fmt::format("operation_started {}", x.id.str()); },
          [](const operation_progressed& x) {
            return fmt::format("operation_progressed {} '{}'", x.id.str(), x.line.event);
          },
          [](const operation_ended& x) {
            return fmt::format("operation_ended {} {}", x.id.str(), to_string(x.status));
          },
          [](const scheduler_deleted&) { return std::string("scheduler_deleted"); },
          [](const scheduler_version_added& x) { return "scheduler_version_added " + x.recipe.spec.version; },
          [](const active_version_switched& x) { return "active_version_switched " + x.version; },
          [](const scheduler_version_dropped& x) { return "scheduler_version_dropped " + x.version; },
          [](const operation_stepped& x) {
            auto* came = std::get_if<rooms_answered>(&x.step);
            return fmt::format("operation_stepped {} {}", x.id.str(), came != nullptr ? came->total : -1);
          },
      },
      event);
}

std::string text_of(scheduler_note note) {
  switch (note) {
  case scheduler_note::creating: return "creating";
  case scheduler_note::operation_ended: return "operation_ended";
  case scheduler_note::end_refused: return "end_refused";
  }
  return "invalid";
}

std::string text_of(const scheduler_effect& effect) {
  return std::visit(
      overloaded{
          [](const tell_changed&) { return std::string("tell_changed"); },
          [](const tell_gone&) { return std::string("tell_gone"); },
          [](const tell_pool&) { return std::string("tell_pool"); },
          [](const open_peers&) { return std::string("open_peers"); },
          [](const run_operation& x) {
            return fmt::format("run {}{}", x.id.str(), x.is_resumed ? " resumed" : "");
          },
          [](const cancel_run& x) { return fmt::format("cancel_run {}", x.id.str()); },
          [](const await_end& x) { return fmt::format("await_end {}", x.id.str()); },
          [](const ask_final& x) { return fmt::format("ask_final {}", x.wish.id.str()); },
          [](const answer_waiting& x) {
            return fmt::format("answer_waiting {} {}", x.id.str(), to_string(x.status));
          },
          [](const refuse_waiting& x) { return fmt::format("refuse_waiting {}", x.id.str()); },
          [](const look_now&) { return std::string("look_now"); },
          [](const count_end& x) {
            return fmt::format("count_end {} {}{}", x.game, x.ended.id.str(),
                               x.rollback == rollback_result::none ? "" : " rolled back");
          },
          [](const log_note& x) { return fmt::format("log {} {}", text_of(x.what), x.about.id.str()); },
          [](const halt&) { return std::string("halt"); },
      },
      effect);
}

std::string text_of(const scheduler& x) {
  return fmt::format("{} {} {}", x.name.str(), x.spec.version, to_string(x.state));
}
std::string text_of(const operation_id& x) {
  return x.str();
}
std::string text_of(const done&) {
  return "done";
}
std::string text_of(const no_reply&) {
  return "";
}

template <class List>
std::string texts_of(const List& list) {
  words all;
  for (auto& one : list)
    all.push_back(text_of(one));
  return fmt::format("{}", fmt::join(all, ", "));
}

std::string kept(const std::vector<finished_operation>& finished) {
  words all;
  for (auto& one : finished)
    all.push_back(fmt::format("{} {}{}", one.what.id.str(), one.listed ? "listed" : "unlisted",
                              one.expires_at == never ? "" : " expires"));
  return fmt::format("{}", fmt::join(all, ", "));
}

template <class Reply>
std::string text_of(const scheduler_decision<Reply>& wanted) {
  auto reply = wanted.answers_later ? std::string("later")
               : wanted.reply
                   ? text_of(*wanted.reply)
                   : fmt::format("{}: {}", to_string(wanted.reply.error().code), wanted.reply.error().text);
  std::string text;
  auto line = [&](const char* what, const std::string& of) {
    if (!of.empty())
      text += fmt::format("  {:<9}{}\n", what, of);
  };
  line("journal", texts_of(wanted.events));
  line("keep", kept(wanted.finished));
  line("drop", wanted.drops_finished ? "what ended before" : "");
  line("before", texts_of(wanted.before_reply));
  line("reply", reply);
  line("effects", texts_of(wanted.effects));
  line("refused", texts_of(wanted.if_refused));
  return text.empty() ? "  nothing\n" : text;
}

/// A scheduler without its actors: what is decided becomes true at once.
struct desk {
  actor_settings settings;
  scheduler_table table;
  timestamp now = noon;
  int ids = 0;
  bool is_halted = false;
  expiry_window expiries{};
  ended_operation last_end{};
  bool starts_at_once = false; ///< the worker is free
  std::int32_t replicas = 0;

  occasion when() {
    now += 1s;
    return {scheduler_name{"s"}, settings, now,     [this] { return operation_id{fmt::format("#{}", ++ids)}; },
            is_halted,           expiries, last_end};
  }

  template <class Command>
  auto decided(const Command& command) {
    auto wanted = decide(table, command, when());
    bool does_nothing = wanted.events.empty() && wanted.before_reply.empty() && wanted.effects.empty();
    EXPECT_TRUE(wanted.reply || does_nothing) << "what is refused changes nothing";
    if (starts_at_once && !wanted.events.empty())
      add_start(wanted.events, wanted.effects, table, now);
    for (auto& event : wanted.events)
      table.apply(event);
    expiries = after_ends(expiries, wanted.events, now);
    for (auto& event : wanted.events)
      if (auto* ended = std::get_if<operation_ended>(&event))
        last_end = {ended->id, ended->status};
    return wanted;
  }

  scheduler recipe() const {
    scheduler recipe;
    recipe.rooms_replicas = replicas;
    recipe.name = scheduler_name{"s"};
    recipe.game = "game";
    return recipe;
  }

  operation_outcome outcome(const std::string& id, const std::string& status) const {
    operation_outcome end;
    end.id = operation_id{id};
    end.status = status == "finished"   ? operation_status::finished
                 : status == "canceled" ? operation_status::canceled
                                        : operation_status::error;
    if (auto* running = table.find_active(end.id))
      end.definition = running->definition;
    return end;
  }

  std::string told(const words& said) {
    auto has = [&](const char* word) { return std::find(said.begin(), said.end(), word) != said.end(); };
    auto number = said.size() > 2 && std::isdigit(said[2][0]) ? std::stoll(said[2]) : 0;
    auto named = std::find(said.begin(), said.end(), "request");
    auto key = named == said.end() ? request_key() : request_key(*std::next(named));
    if (said[0] == "create")
      return text_of(decided(create_scheduler{recipe(), first_epoch, key, has("there")}));
    if (said[0] == "switch")
      return text_of(decided(switch_active_version{scheduler_name{"s"}, said[1], {}, key}));
    if (said[0] == "end_room")
      return text_of(decided(request_room_end{scheduler_name{"s"}, room_id{said[1]}, key, has("gone")}));
    if (said[0] == "enqueue")
      return text_of(
          decided(enqueue_operation{definition_of(said[1], number), has("priority"), has("unless_queued")}));
    if (said[0] == "delete")
      return text_of(decided(delete_scheduler{scheduler_name{"s"}, key}));
    if (said[0] == "cancel")
      return text_of(decided(cancel_operation{scheduler_name{"s"}, operation_id{said[1]}, key}));
    if (said[0] == "progress")
      return text_of(decided(record_progress{operation_id{said[1]}, said[2], {}}));
    if (said[0] == "step")
      return text_of(decided(record_progress{operation_id{said[1]}, "", rooms_answered{number}}));
    if (said[0] == "recover")
      return text_of(decided(recover_scheduler{!has("silently")}));
    if (said[0] == "clean_up")
      return text_of(decided(clean_up{}));
    if (said[0] == "go_on")
      return text_of(decided(go_on{}));
    if (said[0] != "conclude")
      throw std::invalid_argument(said[0]);
    auto end = outcome(said[1], said[2]);
    if (has("in_sync"))
      end.transitions.emplace_back(scheduler_state_changed{scheduler_phase::in_sync});
    if (has("deleted"))
      end.transitions.emplace_back(scheduler_deleted{now});
    if (has("rolled_back"))
      end.rollback = rollback_result::succeeded;
    if (has("follow_up"))
      end.follow_ups.push_back({add_rooms_operation{3}, true});
    return text_of(decided(end));
  }

  std::string step_of(const std::string& id) const {
    auto* running = table.find_active(operation_id{id});
    return running == nullptr || !running->step ? "none"
                                                : std::to_string(std::get<rooms_answered>(*running->step).total);
  }
};

words split(const std::string& line) {
  std::istringstream in(line);
  words all;
  for (std::string word; in >> word;)
    all.push_back(word);
  return all;
}

TEST(SchedulerDecisions, AreAsInTheTranscript) {
  desk one;
  expect_transcript(MAESTRO_GOLDEN "/scheduler_decisions.txt", [&](const std::string& line) -> std::string {
    if (line.starts_with("#"))
      one = desk{};
    else if (line.starts_with("limit "))
      one.settings.operations_queue_limit = std::stoll(line.substr(6));
    else if (line == "the worker is free" || line == "the worker is busy")
      one.starts_at_once = line.ends_with("free");
    else if (line == "rooms are wanted")
      one.replicas = 3;
    else if (line == "halted")
      one.is_halted = true;
    else if (line == "a day later")
      one.now += 24h;
    return line.starts_with("> ") ? one.told(split(line.substr(2))) : "";
  });
}

TEST(SchedulerDecisions, AStepStaysWithTheOperationThatRuns) {
  desk one;
  one.told({"create"});
  one.told({"step", "#1", "40"});
  EXPECT_EQ(one.step_of("#1"), "none") << "it does not run yet";
  one.told({"go_on"});
  one.told({"step", "#1", "40"});
  one.told({"step", "#1", "80"});
  EXPECT_EQ(one.step_of("#1"), "80");
}

// -- for any sequence of commands ------------------------------------------------------------------------------

/// One random command; ids are drawn from what there is or ever was.
std::string any_command(const desk& at) {
  static const words shapes{"create",
                            "enqueue add_rooms 3 priority",
                            "enqueue remove_rooms 2",
                            "enqueue health_controller unless_queued",
                            "enqueue storage_clean_up unless_queued",
                            "delete",
                            "go_on",
                            "cancel ID",
                            "progress ID line",
                            "conclude ID finished",
                            "conclude ID finished follow_up",
                            "conclude ID error",
                            "conclude ID canceled",
                            "conclude ID finished deleted"};
  auto shape = *rc::gen::elementOf(shapes);
  auto id = fmt::format("#{}", *rc::gen::inRange(1, at.ids + 2));
  if (auto found = shape.find("ID"); found != std::string::npos)
    shape.replace(found, 2, id);
  return shape;
}

TEST(SchedulerDecisions, ACanceledSwitchLeavesNoSchedulerCreating) {
  desk one;
  scheduler recipe;
  recipe.name = scheduler_name{"s"};
  recipe.state = scheduler_phase::creating;
  operation switching;
  switching.id = operation_id{"switching"};
  switching.scheduler = recipe.name;
  switching.definition = switch_active_version_operation{"v2.0.0"};
  one.table.apply(scheduler_created{recipe});
  one.table.apply(operation_enqueued{switching, false});
  EXPECT_NE(one.told({"cancel", "switching"}).find("scheduler_state_changed in-sync"), std::string::npos);
  EXPECT_EQ(one.table.recipe().state, scheduler_phase::in_sync);
}

TEST(SchedulerDecisions, ADeletionThatIsRefusedLeavesTheVersionThatIsMadeAlone) {
  desk one;
  scheduler recipe;
  recipe.name = scheduler_name{"s"};
  operation making;
  making.id = operation_id{"making"};
  making.scheduler = recipe.name;
  making.definition = create_new_scheduler_version_operation{recipe};
  one.table.apply(scheduler_created{recipe});
  one.table.apply(operation_enqueued{making, false});
  one.table.apply(operation_started{making.id, noon});
  one.settings.operations_queue_limit = 1;
  one.told({"enqueue", "add_rooms", "1"});
  auto refused = one.decided(delete_scheduler{scheduler_name{"s"}});
  ASSERT_FALSE(refused.reply);
  EXPECT_EQ(refused.reply.error().code, ec::resource_exhausted);
  EXPECT_TRUE(refused.effects.empty());
  one.settings.operations_queue_limit = 2;
  auto accepted = one.decided(delete_scheduler{scheduler_name{"s"}});
  ASSERT_EQ(accepted.effects.size(), 1u);
  EXPECT_EQ(std::get<cancel_run>(accepted.effects[0]).id.str(), "making");
}

struct queue_view {
  std::set<std::string> ids;
  explicit queue_view(const scheduler_table& table) {
    for (auto* list : {&table.pending(), &table.active()})
      for (auto& one : *list)
        ids.insert(one.id.str());
  }
};

RC_GTEST_PROP(SchedulerDecisions, AtMostOneOperationRunsAndNoneIsLost, ()) {
  desk one;
  one.settings.operations_queue_limit = 5;
  for (int i = 0; i < 60; ++i) {
    auto before = queue_view(one.table).ids;
    auto command = split(any_command(one));
    if (command[0] == "go_on" && !one.table.active().empty())
      continue; // the writer asks only when nothing runs; what is active then was interrupted
    auto said = one.told(command);
    RC_ASSERT(one.table.active().size() <= 1u);
    RC_ASSERT(one.table.pending().size() <= 6u); // one follow-up may exceed the bound of commands
    auto after = queue_view(one.table).ids;
    for (auto& id : before)
      if (!after.contains(id) && one.table.exists())
        RC_ASSERT(said.find("operation_ended " + id) != std::string::npos);
    if (!one.table.exists())
      RC_ASSERT(after.empty());
  }
}

RC_GTEST_PROP(SchedulerDecisions, ATellingOfTheDirectoryIsTheTruth, ()) {
  desk one;
  for (int i = 0; i < 40; ++i) {
    auto said = one.told(split(any_command(one)));
    if (said.find("tell_changed") != std::string::npos)
      RC_ASSERT(one.table.exists());
    if (said.find("tell_gone") != std::string::npos)
      RC_ASSERT(!one.table.exists());
  }
}

} // namespace
} // namespace maestro::rules
