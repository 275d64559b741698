// Executors of add_rooms, remove_rooms and health_controller (behaviour.md 3.8 and 5.1).
#include "actors/operations/executor.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace maestro {

namespace {

// Batches one after another; each asks for the cumulative number, so a resumed operation goes on where it was.
class add_rooms_executor final : public executor {
public:
  using executor::executor;

  void start() override {
    wanted_ = std::get<add_rooms_operation>(order_.what.definition).amount;
    target_ = std::min(wanted_, peers_.context->limits.add_limit);
    next_batch();
  }

private:
  void next_batch() {
    if (is_canceled())
      return finish(operation_status::canceled);
    if (asked_ >= target_)
      return conclude();
    asked_ = std::min(asked_ + peers_.context->limits.add_batch_size, target_);
    peers_.self->request(peers_.pool, caf::infinite, create_rooms{order_.what.id, asked_})
        .then(
            [this](const rooms_created& batch) {
              succeeded_ += batch.succeeded;
              failed_ += batch.failed;
              if (!batch.last_error.empty())
                last_error_ = batch.last_error;
              next_batch();
            },
            [this](const caf::error& why) { fail(from_caf(why).text); });
  }

  void conclude() {
    if (failed_ > succeeded_)
      return fail(fmt::format("more rooms failed than succeeded, errors: {} and successes: {} of amount: {}: {}",
                              failed_, succeeded_, wanted_, last_error_));
    outcome_.history.push_back(fmt::format("added {} rooms", wanted_));
    if (failed_ > 0)
      outcome_.history.push_back(fmt::format("{} rooms failed: {}", failed_, last_error_));
    finish(operation_status::finished);
  }

  std::int64_t wanted_ = 0;
  std::int64_t target_ = 0;
  std::int64_t asked_ = 0;
  std::int64_t succeeded_ = 0;
  std::int64_t failed_ = 0;
  std::string last_error_;
};

class remove_rooms_executor final : public executor {
public:
  using executor::executor;

  void start() override {
    auto& asked = std::get<remove_rooms_operation>(order_.what.definition);
    remove_rooms command{order_.what.id, asked.rooms_ids, 0, asked.reason};
    command.amount = std::min(asked.amount, peers_.context->limits.remove_limit);
    peers_.self->request(peers_.pool, caf::infinite, command)
        .then([this](const rooms_removed& removed) { conclude(removed); },
              [this](const caf::error& why) { fail(from_caf(why).text); });
  }

private:
  void conclude(const rooms_removed& removed) {
    auto& asked = std::get<remove_rooms_operation>(order_.what.definition);
    auto& lines = outcome_.history;
    if (!asked.rooms_ids.empty()) {
      std::vector<std::string> ids;
      for (auto& id : removed.ids)
        ids.push_back(id.str());
      lines.push_back(fmt::format("removed rooms: [{}]", fmt::join(ids, " ")));
    } else {
      lines.push_back(fmt::format("removed {} rooms", removed.ids.size()));
    }
    lines.insert(lines.end(), removed.failures.begin(), removed.failures.end());
    finish(removed.failures.empty() ? operation_status::finished : operation_status::error);
  }
};

class health_executor final : public executor {
public:
  using executor::executor;

  void start() override {
    peers_.self->request(peers_.health, caf::infinite, run_health_check{order_.entity})
        .then([this](const health_plan& plan) { conclude(plan); },
              [this](const caf::error& why) { fail(from_caf(why).text); });
  }

private:
  void conclude(const health_plan& plan) {
    outcome_.follow_ups = plan.follow_ups;
    outcome_.definition = health_controller_operation{!plan.follow_ups.empty()};
    if (plan.downscales)
      outcome_.transitions.emplace_back(scheduler_downscaled{peers_.context->now()});
    finish(operation_status::finished);
  }
};

} // namespace

std::unique_ptr<executor> make_room_executor(const executor_peers& peers, execute_operation order,
                                             executor::outcome_callback done) {
  auto& definition = order.what.definition;
  if (std::holds_alternative<add_rooms_operation>(definition))
    return std::make_unique<add_rooms_executor>(peers, std::move(order), std::move(done));
  if (std::holds_alternative<remove_rooms_operation>(definition))
    return std::make_unique<remove_rooms_executor>(peers, std::move(order), std::move(done));
  return std::make_unique<health_executor>(peers, std::move(order), std::move(done));
}

} // namespace maestro
