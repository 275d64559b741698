// What operations say of themselves, in the original's words.
#include "actors/rules/operation_history.hpp"

#include <gtest/gtest.h>

namespace maestro::rules {
namespace {

using namespace std::chrono_literals;

constexpr timestamp noon{std::chrono::seconds{1'750'000'000}};

std::vector<std::string> lines(const operation& op) {
  std::vector<std::string> all;
  for (auto& event : op.history)
    all.push_back(event.event);
  return all;
}

operation running(operation_definition definition) {
  return started(created(operation_id{"id"}, scheduler_name{"s"}, std::move(definition), noon), noon + 1s);
}

operation_outcome outcome_of(const operation& op, operation_status status, std::vector<std::string> history = {}) {
  return {op.id, status, op.definition, std::move(history), {}, {}};
}

TEST(OperationHistory, APlainSuccessSaysThreeThings) {
  auto op = running(add_rooms_operation{1});
  auto final = ended(op, outcome_of(op, operation_status::finished), noon + 2s);
  EXPECT_EQ(lines(final), (std::vector<std::string>{"Created", "Starting operation", "Operation finished"}));
  EXPECT_EQ(final.started_at, noon + 1s);
  EXPECT_EQ(final.ended_at, noon + 2s);
}

TEST(OperationHistory, AFailureTellsItsReason) {
  auto op = running(add_rooms_operation{1});
  op.step = rooms_answered{1};
  auto final = ended(op, outcome_of(op, operation_status::error, {"no ports"}), noon);
  EXPECT_EQ(lines(final), (std::vector<std::string>{"Created", "Starting operation", "no ports",
                                                    "operation execution failed", "Operation finished"}));
  EXPECT_FALSE(final.step) << "the end has no step";
}

TEST(OperationHistory, ARollbackIsToldWhenOneRan) {
  auto op = running(create_scheduler_operation{});
  auto outcome = outcome_of(op, operation_status::error, {"no ports"});
  outcome.rollback = rollback_result::succeeded;
  auto final = ended(op, outcome, noon);
  EXPECT_EQ(lines(final), (std::vector<std::string>{"Created", "Starting operation", "no ports",
                                                    "operation execution failed", "Starting operation rollback",
                                                    "Operation rollback flow execution finished with success",
                                                    "Operation finished"}));
}

TEST(OperationHistory, ARollbackThatFailedSaysWhy) {
  auto op = running(create_scheduler_operation{});
  auto outcome = outcome_of(op, operation_status::canceled);
  outcome.rollback = rollback_result::failed;
  outcome.rollback_failure = "disk full";
  EXPECT_EQ(lines(ended(op, outcome, noon)),
            (std::vector<std::string>{
                "Created", "Starting operation", "context canceled", "Starting operation rollback",
                "Operation rollback flow execution failed, reason: disk full", "Operation finished"}));
}

TEST(OperationHistory, ACanceledRunSaysSo) {
  auto op = running(add_rooms_operation{1});
  auto final = ended(op, outcome_of(op, operation_status::canceled), noon);
  EXPECT_EQ(final.status, operation_status::canceled);
  EXPECT_EQ(lines(final)[2], "context canceled");
}

TEST(OperationHistory, FollowUpsAreNamedWithTheirIds) {
  operation_id id{"u"};
  EXPECT_EQ(follow_up_line(add_rooms_operation{3}, id), "created operation (id: u) to add 3 rooms.");
  EXPECT_EQ(follow_up_line(remove_rooms_operation{{}, 2, removal_cause::scale_down}, id),
            "created operation (id: u) to remove 2 rooms.");
  EXPECT_EQ(follow_up_line(remove_rooms_operation{{room_id{"a"}}, 0, removal_cause::expired_room}, id),
            "created operation (id: u) to remove 1 expired rooms.");
}

TEST(OperationHistory, RunsThatTookNoActionAreFoundButNotListed) {
  actor_settings settings;
  auto idle = to_keep(running(health_controller_operation{false}), settings);
  EXPECT_FALSE(idle.listed);
  EXPECT_EQ(idle.expires_at, noon + 24h);
  auto busy = to_keep(running(health_controller_operation{true}), settings);
  EXPECT_TRUE(busy.listed);
  EXPECT_FALSE(to_keep(running(storage_clean_up_operation{}), settings).listed);
  auto deletion = to_keep(running(delete_scheduler_operation{}), settings);
  EXPECT_TRUE(deletion.listed);
  EXPECT_EQ(deletion.expires_at, never);
}

TEST(OperationHistory, ALeaseIsRenewedEachTtl) {
  EXPECT_EQ(lease_until(noon, 5s, noon), noon + 5s);
  EXPECT_EQ(lease_until(noon, 5s, noon + 4999ms), noon + 5s);
  EXPECT_EQ(lease_until(noon, 5s, noon + 5s), noon + 10s);
  EXPECT_EQ(lease_until(noon, 5s, noon + 62s), noon + 65s);
  EXPECT_EQ(lease_until(noon, 5s, noon - 1s), noon + 5s) << "a clock set back";
}

} // namespace
} // namespace maestro::rules
