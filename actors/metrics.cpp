#include "actors/metrics.hpp"

#include "actors/metric_table.hpp"
#include "messages/text.hpp"

#include <prometheus/text_serializer.h>

#include <charconv>

namespace maestro {

namespace {

std::string_view name_of(worker_component component) {
  switch (component) {
  case worker_component::operation_execution: return "operation_execution";
  case worker_component::runtime_watcher: return "runtime_watcher";
  case worker_component::metrics_reporter: return "metrics_reporter";
  }
  return "invalid";
}

std::string_view name_of(allocation_outcome outcome) {
  switch (outcome) {
  case allocation_outcome::allocated: return "allocated";
  case allocation_outcome::no_ready_room: return "no_ready_room";
  case allocation_outcome::unknown_scheduler: return "unknown_scheduler";
  case allocation_outcome::too_late: return "too_late";
  case allocation_outcome::too_many_waiting: return "too_many_waiting";
  case allocation_outcome::not_durable: return "not_durable";
  }
  return "invalid";
}

std::string_view name_of(bool success) {
  return success ? "true" : "false";
}

double in_milliseconds(duration took) {
  return std::chrono::duration<double, std::milli>(took).count();
}

} // namespace

struct metrics::impl : metric_table {};

// Of what is rare and asked about by its growth a series stands at zero from the start.
metrics::metrics() : impl_(std::make_unique<impl>()) {
  for (auto* kind : {"step", "pause"})
    impl_->clock_irregularities.with("", {kind}, [](auto&) {});
}
metrics::~metrics() = default;

namespace {
constexpr auto count_one = [](prometheus::Counter& counter) { counter.Increment(); };
}

void metrics::bound_schedulers(std::int64_t own_series_max) {
  std::unique_lock lock(impl_->own_mutex);
  impl_->own_max = static_cast<std::size_t>(std::max<std::int64_t>(own_series_max, 0));
}

void metrics::operation_executed(std::string_view game, const scheduler_name& scheduler,
                                 std::string_view operation, bool success, duration took) {
  auto at = impl_->seat_of(game, scheduler);
  impl_->executed.with(at.owner, {at.game, at.scheduler, operation, name_of(success)},
                       [took](auto& x) { x.Observe(in_milliseconds(took)); });
}

void metrics::operation_rolled_back(std::string_view game, const scheduler_name& scheduler,
                                    std::string_view operation, bool success, duration took) {
  auto at = impl_->seat_of(game, scheduler);
  impl_->rolled_back.with(at.owner, {at.game, at.scheduler, operation, name_of(success)},
                          [took](auto& x) { x.Observe(in_milliseconds(took)); });
}

void metrics::add_rooms_failed(const scheduler_name& scheduler) {
  auto at = impl_->seat_of({}, scheduler);
  impl_->add_failed.with(at.owner, {at.scheduler, "add_rooms"}, count_one);
}

void metrics::remove_rooms_failed(const scheduler_name& scheduler) {
  auto at = impl_->seat_of({}, scheduler);
  impl_->remove_failed.with(at.owner, {at.scheduler, "remove_rooms"}, count_one);
}

void metrics::set_rooms_wanted(std::string_view game, const scheduler_name& scheduler, std::int64_t desired,
                               std::int64_t current) {
  auto at = impl_->seat_of(game, scheduler);
  if (at.owner.empty())
    return;
  impl_->set(impl_->desired, at, static_cast<double>(desired));
  impl_->set(impl_->current, at, static_cast<double>(current));
}

void metrics::set_terminations(std::string_view game, const scheduler_name& scheduler, std::int64_t timed_out,
                               std::int64_t proper) {
  auto at = impl_->seat_of(game, scheduler);
  if (at.owner.empty())
    return;
  impl_->set(impl_->timed_out, at, static_cast<double>(timed_out));
  impl_->set(impl_->proper, at, static_cast<double>(proper));
}

void metrics::begin_report() {
  std::scoped_lock lock(impl_->others_mutex);
  impl_->others = {};
  impl_->others_matches_max = 0;
}

void metrics::report_rooms(const scheduler& recipe, const room_counts& counts) {
  auto at = impl_->seat_of(recipe.game, recipe.name);
  if (at.owner.empty())
    return impl_->add_to_others(recipe, counts);
  impl_->show(at, counts, recipe.max_matches);
  if (recipe.autoscaling && recipe.autoscaling->policy.room_occupancy)
    impl_->set(impl_->ready_target, at, recipe.autoscaling->policy.room_occupancy->ready_target);
  if (recipe.autoscaling && recipe.autoscaling->policy.fixed_buffer)
    impl_->set(impl_->fixed_buffer, at, recipe.autoscaling->policy.fixed_buffer->amount);
}

void metrics::set_degraded(std::string_view game, const scheduler_name& scheduler, bool is_degraded) {
  auto at = impl_->seat_of(game, scheduler);
  if (!at.owner.empty())
    impl_->set(impl_->degraded, at, is_degraded ? 1 : 0);
}

void metrics::end_report() {
  std::scoped_lock lock(impl_->others_mutex);
  if (!impl_->has_others)
    return;
  impl_->show({"", impl::rest, impl::rest}, impl_->others, static_cast<double>(impl_->others_matches_max));
}

void metrics::instance_event_processed(const scheduler_name& scheduler, instance_event_type type, bool success) {
  auto at = impl_->seat_of({}, scheduler);
  impl_->instance_events.with(at.owner, {at.scheduler, to_string(type), name_of(success)}, count_one);
}

void metrics::set_current_workers(const scheduler_name& scheduler, worker_component component,
                                  std::int64_t count) {
  if (!impl_->has_own(scheduler.value))
    return;
  impl_->workers.with(scheduler.value, {scheduler.value, name_of(component)},
                      [count](auto& x) { x.Set(static_cast<double>(count)); });
}

void metrics::ping_update_failed(const scheduler_name& scheduler) {
  auto at = impl_->seat_of({}, scheduler);
  impl_->ping_failed.with(at.owner, {at.scheduler}, count_one);
}

void metrics::room_silenced(const scheduler_name& scheduler) {
  auto at = impl_->seat_of({}, scheduler);
  impl_->silenced.with(at.owner, {at.scheduler}, count_one);
}

void metrics::allocation_answered(const scheduler_name& scheduler, allocation_outcome outcome, duration took) {
  bool is_known = outcome != allocation_outcome::unknown_scheduler;
  auto at = is_known ? impl_->seat_of({}, scheduler) : impl::seat{"", impl::rest, impl::rest};
  impl_->allocations.with(at.owner, {at.scheduler, name_of(outcome)}, count_one);
  impl_->allocation_took.with("", {name_of(outcome)}, [took](auto& x) { x.Observe(in_milliseconds(took)); });
}

void metrics::room_left_status(const scheduler_name& scheduler, room_status status, duration stayed) {
  auto at = impl_->seat_of({}, scheduler);
  impl_->stays.with(at.owner, {at.scheduler, to_string(status)}, [stayed](auto& x) {
    x.Observe(std::max(0.0, std::chrono::duration<double>(stayed).count()));
  });
}

void metrics::journal_committed(duration took, std::size_t bytes) {
  impl_->commit_took.with("", {}, [took](auto& x) { x.Observe(in_milliseconds(took)); });
  impl_->commit_size.with("", {}, [bytes](auto& x) { x.Observe(static_cast<double>(bytes)); });
}

void metrics::set_cluster(const cluster_standing& now) {
  auto show = [](auto& family, std::string_view label, std::int64_t value) {
    family.with("", {label}, [value](auto& x) { x.Set(static_cast<double>(value)); });
  };
  show(impl_->cluster_nodes, "ready", now.ready);
  show(impl_->cluster_nodes, "draining", now.draining);
  show(impl_->cluster_nodes, "unreachable", now.unreachable);
  show(impl_->cluster_nodes, "gone", now.gone);
  show(impl_->cluster_schedulers, "serving", now.serving);
  show(impl_->cluster_schedulers, "moving", now.moving);
  impl::show(impl_->store_up, now.store_answers ? 1 : 0);
}

void metrics::schedulers_taken_over(std::size_t count) {
  impl_->takeovers.with("", {}, [count](auto& x) { x.Increment(static_cast<double>(count)); });
}

void metrics::scheduler_moved(duration took) {
  impl_->handover_took.with("", {}, [took](auto& x) { x.Observe(std::chrono::duration<double>(took).count()); });
}

void metrics::shared_journal_committed(duration took) {
  impl_->cluster_commit_took.with("", {}, [took](auto& x) { x.Observe(in_milliseconds(took)); });
}

void metrics::writes_deposed(std::size_t count) {
  impl_->deposed_writes.with("", {}, [count](auto& x) { x.Increment(static_cast<double>(count)); });
}

void metrics::set_shared_journal(std::size_t in_store, std::size_t to_copy_bytes) {
  impl::show(impl_->journal_in_store, static_cast<double>(in_store));
  impl::show(impl_->copy_waiting, static_cast<double>(to_copy_bytes));
}

void metrics::clock_stepped() {
  impl_->clock_irregularities.with("", {"step"}, count_one);
}

void metrics::clock_paused() {
  impl_->clock_irregularities.with("", {"pause"}, count_one);
}

void metrics::set_ready(bool is_ready) {
  impl::show(impl_->ready, is_ready ? 1 : 0);
}

void metrics::room_event_forwarded(std::string_view game, const scheduler_name& scheduler, std::string_view code) {
  auto at = impl_->seat_of(game, scheduler);
  auto& family = code == "OK" ? impl_->room_told : impl_->room_untold;
  family.with(at.owner, {at.game, at.scheduler, code}, count_one);
}

void metrics::player_event_forwarded(std::string_view game, const scheduler_name& scheduler,
                                     std::string_view code) {
  auto at = impl_->seat_of(game, scheduler);
  auto& family = code == "OK" ? impl_->player_told : impl_->player_untold;
  family.with(at.owner, {at.game, at.scheduler, code}, count_one);
}

void metrics::ping_forwarding_failed(const scheduler_name& scheduler) {
  auto at = impl_->seat_of({}, scheduler);
  impl_->ping_untold.with(at.owner, {at.scheduler}, count_one);
}

void metrics::matchmaker_called(std::string_view method, std::string_view code, duration took) {
  impl_->matchmaker_took.with("", {"GRPCForwarder", method, code},
                              [took](auto& x) { x.Observe(in_milliseconds(took)); });
}

void metrics::events_dropped(const scheduler_name& scheduler, std::string_view forwarder, std::string_view kind,
                             std::uint64_t count) {
  auto at = impl_->seat_of({}, scheduler);
  impl_->dropped.with(at.owner, {at.scheduler, at.owner.empty() ? impl::rest : forwarder, kind},
                      [count](auto& x) { x.Increment(static_cast<double>(count)); });
}

void metrics::set_forwarder_queue(const scheduler_name& scheduler, std::string_view forwarder,
                                  std::uint64_t length, duration lag) {
  if (!impl_->has_own(scheduler.value))
    return;
  std::initializer_list<std::string_view> labels{scheduler.value, forwarder};
  impl_->queue_length.with(scheduler.value, labels, [length](auto& x) { x.Set(static_cast<double>(length)); });
  impl_->queue_lag.with(scheduler.value, labels,
                        [lag](auto& x) { x.Set(std::chrono::duration<double>(lag).count()); });
}

void metrics::http_started(std::string_view service, std::string_view handler) {
  impl_->http_inflight.with("", {service, handler}, [](auto& x) { x.Increment(); });
}

void metrics::http_finished(const http_exchange& what) {
  char digits[12];
  auto end = std::to_chars(digits, digits + sizeof digits, what.code).ptr;
  std::string_view code(digits, static_cast<std::size_t>(end - digits));
  auto method = known_http_method(what.method);
  impl_->http_inflight.with("", {what.service, what.handler}, [](auto& x) { x.Decrement(); });
  impl_->http_took.with("", {what.service, what.handler, method, code},
                        [&](auto& x) { x.Observe(std::chrono::duration<double>(what.took).count()); });
  impl_->http_size.with("", {what.service, what.handler, method, code},
                        [&](auto& x) { x.Observe(static_cast<double>(what.response_bytes)); });
}

void metrics::forget_scheduler(const scheduler_name& scheduler) {
  if (scheduler.empty())
    return;
  {
    std::unique_lock lock(impl_->own_mutex);
    if (impl_->own.erase(scheduler.value) == 0)
      return;
  }
  impl_->each_scheduler_family([&](auto& family) { family.forget(scheduler.value); });
}

std::vector<scheduler_name> metrics::schedulers() const {
  std::shared_lock lock(impl_->own_mutex);
  std::vector<scheduler_name> all;
  for (auto& name : impl_->own)
    all.emplace_back(name);
  return all;
}

void metrics::watch_process(std::function<process_usage()> read) {
  std::scoped_lock lock(impl_->process_mutex);
  impl_->read_process = std::move(read);
}

void metrics::watch_journal(std::function<journal_usage()> read) {
  std::scoped_lock lock(impl_->process_mutex);
  impl_->read_journal = std::move(read);
}

std::string metrics::render() const {
  std::string text;
  for (std::size_t i = 0; render_family(i, text);)
    ++i;
  return text;
}

bool metrics::render_family(std::size_t number, std::string& to) const {
  if (number >= impl_->families.size())
    return false;
  if (number == 0)
    impl_->show_process();
  to += prometheus::TextSerializer().Serialize(impl_->families[number]->Collect());
  return true;
}

} // namespace maestro
