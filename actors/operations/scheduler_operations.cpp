// Executors of create_scheduler, delete_scheduler and storage_clean_up (behaviour.md 3.4).
#include "actors/operations/executor.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

namespace maestro {

namespace {

class create_scheduler_executor final : public executor {
public:
  using executor::executor;

  void start() override {
    peers_.self->request(peers_.context->host, caf::infinite, prepare_scheduler{order_.entity.name})
        .then([this](done) { conclude(); }, [this](const caf::error& why) { roll_back(from_caf(why).text); });
  }

private:
  void conclude() {
    if (is_canceled())
      return roll_back({});
    auto& input = std::get<create_scheduler_operation>(outcome_.definition);
    input.entity.state = scheduler_state::in_sync;
    outcome_.transitions.emplace_back(scheduler_state_changed{scheduler_state::in_sync});
    finish(operation_status::finished);
  }

  // The scheduler goes with its failed (or canceled) creation; the operation stays listed under its name.
  void roll_back(const std::string& why) {
    outcome_.transitions.emplace_back(scheduler_deleted{peers_.context->now()});
    if (is_canceled())
      return finish(operation_status::canceled);
    fail(why);
  }
};

// Removes every room with the cause scheduler_deleted, waits until the runtime knows none any more, then ends the
// scheduler. The wait has no end of its own: the runtime kills what outlives its grace period.
class delete_scheduler_executor final : public executor {
public:
  using executor::executor;

  void start() override { remove_all(); }

private:
  static constexpr auto poll_interval = std::chrono::milliseconds{200};
  static constexpr int polls_before_repeat = 50;

  void remove_all() {
    if (is_canceled())
      return finish(operation_status::canceled);
    polls_ = 0;
    remove_rooms command{order_.what.id, {}, 0, removal_cause::scheduler_deleted};
    peers_.self->request(peers_.pool, caf::infinite, command)
        .then([this](const rooms_removed&) { count_left(); },
              [this](const caf::error& why) { fail(from_caf(why).text); });
  }

  void count_left() {
    if (is_canceled())
      return finish(operation_status::canceled);
    peers_.self->request(peers_.pool, caf::infinite, count_rooms{})
        .then([this](const room_counts& counts) { wait_or_conclude(counts); },
              [this](const caf::error& why) { fail(from_caf(why).text); });
  }

  void wait_or_conclude(const room_counts& counts) {
    std::int64_t left = 0;
    for (auto count : counts.rooms)
      left += count;
    if (left == 0)
      return remove_place();
    if (left != left_before_)
      report(fmt::format("waiting for instances to be deleted: {} left", left));
    left_before_ = left;
    auto next = ++polls_ < polls_before_repeat ? &delete_scheduler_executor::count_left
                                               : &delete_scheduler_executor::remove_all;
    peers_.wait(poll_interval, [this, next] { (this->*next)(); });
  }

  void report(const std::string& line) {
    if (auto scheduler = caf::actor_cast<scheduler_actor>(peers_.scheduler))
      peers_.self->request(scheduler, caf::infinite, record_progress{order_.what.id, line})
          .then([](done) {}, [](const caf::error&) {});
  }

  void remove_place() {
    peers_.self->request(peers_.context->host, caf::infinite, remove_scheduler{order_.entity.name})
        .then(
            [this](done) {
              outcome_.transitions.emplace_back(scheduler_deleted{peers_.context->now()});
              finish(operation_status::finished);
            },
            [this](const caf::error& why) { fail(from_caf(why).text); });
  }

  int polls_ = 0;
  std::int64_t left_before_ = -1;
};

class storage_clean_up_executor final : public executor {
public:
  using executor::executor;

  void start() override {
    peers_.self
        ->request(peers_.context->journal, caf::infinite,
                  purge_operations{order_.entity.name, peers_.context->now()})
        .then([this](const operations_purged&) { finish(operation_status::finished); },
              [this](const caf::error& why) { fail(from_caf(why).text); });
  }
};

} // namespace

std::unique_ptr<executor> make_scheduler_executor(const executor_peers& peers, execute_operation order,
                                                  executor::outcome_callback done) {
  auto& definition = order.what.definition;
  if (std::holds_alternative<create_scheduler_operation>(definition))
    return std::make_unique<create_scheduler_executor>(peers, std::move(order), std::move(done));
  if (std::holds_alternative<delete_scheduler_operation>(definition))
    return std::make_unique<delete_scheduler_executor>(peers, std::move(order), std::move(done));
  return std::make_unique<storage_clean_up_executor>(peers, std::move(order), std::move(done));
}

} // namespace maestro
