#include "actors/metrics.hpp"

#include "actors/metric_family.hpp"
#include "messages/text.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>
#include <set>
#include <shared_mutex>

namespace maestro {

namespace {

using counters = metric_family<prometheus::Counter>;
using gauges = metric_family<prometheus::Gauge>;
using histograms = metric_family<prometheus::Histogram>;
using boundaries = prometheus::Histogram::BucketBoundaries;

const boundaries milliseconds_buckets{5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000};
const boundaries seconds_buckets{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
const boundaries size_buckets{1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

constexpr std::array room_gauges{"pending", "unready", "ready",  "occupied", "terminating",
                                 "error",   "",        "active", "allocated"};
constexpr std::array instance_gauges{"unknown", "pending", "ready", "terminating", "error"};
static_assert(room_gauges.size() == room_status_count);

std::string_view name_of(worker_component component) {
  switch (component) {
  case worker_component::operation_execution: return "operation_execution";
  case worker_component::runtime_watcher: return "runtime_watcher";
  case worker_component::metrics_reporter: return "metrics_reporter";
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

struct metrics::impl {
  impl() {
    for (std::string status : room_gauges)
      rooms.push_back(status.empty() ? nullptr : status_gauge("gru_", "Game rooms", status));
    for (std::string status : instance_gauges)
      instances.push_back(status_gauge("instance_", "Game room instances", status));
    build_info.with("", {MAESTRO_VERSION}, [](auto& x) { x.Set(1); });
  }

  prometheus::Registry registry;
  std::vector<const prometheus::Collectable*> families; ///< in order of declaration
  const std::vector<std::string> by_game{"game", "scheduler"};

  counters counter(const char* name, std::string help, std::vector<std::string> labels) {
    return {shown(prometheus::BuildCounter().Name(name).Help(help + " (counter)").Register(registry)),
            std::move(labels)};
  }
  gauges gauge(const std::string& name, std::string help, std::vector<std::string> labels) {
    return {shown(prometheus::BuildGauge().Name(name).Help(help + " (gauge)").Register(registry)),
            std::move(labels)};
  }
  histograms histogram(const char* name, std::string help, std::vector<std::string> labels, boundaries buckets) {
    return {shown(prometheus::BuildHistogram().Name(name).Help(std::move(help)).Register(registry)),
            std::move(labels), std::move(buckets)};
  }
  template <class Family>
  Family& shown(Family& family) {
    families.push_back(&family);
    return family;
  }
  gauges by_game_gauge(const char* what, std::string help) {
    return gauge(std::string("maestro_worker_") + what, std::move(help), by_game);
  }

  histograms executed =
      histogram("maestro_worker_operation_execution_latency", "Time from start to end of an operation (latency)",
                {"game", "scheduler", "operation", "success"}, milliseconds_buckets);
  histograms rolled_back = histogram("maestro_worker_operation_rollback_latency",
                                     "Time from start to end of an operation's rollback (latency)",
                                     {"game", "scheduler", "operation", "success"}, milliseconds_buckets);
  counters add_failed = counter("maestro_worker_add_rooms_operation_execution_failed_total",
                                "Rooms that an add_rooms operation could not create", {"scheduler", "operation"});
  counters remove_failed =
      counter("maestro_worker_remove_rooms_operation_deletion_failed_total_total",
              "Rooms that a remove_rooms operation could not delete", {"scheduler", "operation"});
  gauges desired = by_game_gauge("desired_rooms", "Rooms the scheduler wants");
  gauges current = by_game_gauge("current_rooms", "Rooms the scheduler has available");
  gauges timed_out = by_game_gauge("rooms_with_termination_timeout", "Rooms whose removal exceeded its deadline");
  gauges proper = by_game_gauge("rooms_properly_terminated", "Rooms whose removal is in time");
  gauges running = by_game_gauge("running_matches", "Matches that run in the scheduler's rooms");
  gauges max_matches = by_game_gauge("max_matches", "Matches that one room takes at most");
  gauges ready_target = by_game_gauge("ready_target", "Share of ready rooms that autoscaling aims at");
  gauges fixed_buffer = by_game_gauge("fixed_buffer", "Ready rooms that autoscaling keeps in reserve");
  std::vector<std::unique_ptr<gauges>> rooms, instances; ///< by enum value; terminated has none
  counters instance_events = counter("maestro_watcher_number_of_events_processed_total",
                                     "Runtime events processed", {"scheduler", "instanceEventType", "success"});
  gauges workers = gauge("maestro_current_workers", "Workers alive", {"scheduler", "maestro_component"});
  counters ping_failed = counter("maestro_api_ping_handler_update_room_failures_total",
                                 "Pings whose change could not be applied", {"scheduler"});
  counters room_told = counter("maestro_api_success_room_event_forwarding_total",
                               "Room events that matchmakers took", {"game", "scheduler", "code"});
  counters room_untold =
      counter("maestro_api_failed_room_event_forwarding_total",
              "Calls with room events that matchmakers did not take", {"game", "scheduler", "code"});
  counters player_told = counter("maestro_api_success_player_event_forwarding_total",
                                 "Player events that matchmakers took", {"game", "scheduler", "code"});
  counters player_untold =
      counter("maestro_api_failed_player_event_forwarding_total",
              "Calls with player events that matchmakers did not take", {"game", "scheduler", "code"});
  counters ping_untold = counter("maestro_api_failed_ping_forwarding_total",
                                 "Calls with pings that matchmakers did not take", {"scheduler"});
  histograms matchmaker_took =
      histogram("maestro_worker_grpc_request_latency", "Duration of calls at matchmakers (latency)",
                {"service", "method", "code"}, milliseconds_buckets);
  counters dropped = counter("maestro_api_events_dropped_total", "Events and pings that a matchmaker was not told",
                             {"scheduler", "forwarder", "kind"});
  gauges queue_length = gauge("maestro_api_forwarder_queue_length", "Events and pings that wait for a matchmaker",
                              {"scheduler", "forwarder"});
  gauges queue_lag = gauge("maestro_api_forwarder_lag_seconds", "How long the oldest of them has waited",
                           {"scheduler", "forwarder"});
  histograms http_took = histogram("http_request_duration_seconds", "Duration of HTTP requests (latency)",
                                   {"service", "handler", "method", "code"}, seconds_buckets);
  histograms http_size = histogram("http_response_size_bytes", "Size of HTTP responses (bytes)",
                                   {"service", "handler", "method", "code"}, size_buckets);
  gauges http_inflight = gauge("http_requests_inflight", "HTTP requests being handled", {"service", "handler"});

  gauges build_info = gauge("maestro_build_info", "What runs here: always 1", {"version"});

  std::mutex process_mutex;
  std::function<process_usage()> read_process;
  counters process_cpu = counter("process_cpu_seconds_total", "User and system CPU time spent, in seconds", {});
  gauges process_start = gauge("process_start_time_seconds", "Start of the process, in unix seconds", {});
  gauges process_resident = gauge("process_resident_memory_bytes", "Resident memory in bytes", {});
  gauges process_virtual = gauge("process_virtual_memory_bytes", "Virtual memory in bytes", {});
  gauges process_open = gauge("process_open_fds", "Open file descriptors", {});
  gauges process_limit = gauge("process_max_fds", "Open file descriptors allowed", {});

  // -- who has series of its own: the first ones that come, as long as they live
  std::size_t own_max = 1000;
  std::shared_mutex own_mutex;
  std::set<std::string, std::less<>> own;

  bool has_own(const std::string& scheduler) {
    {
      std::shared_lock lock(own_mutex);
      if (own.contains(scheduler))
        return true;
      if (own.size() >= own_max)
        return false;
    }
    std::unique_lock lock(own_mutex);
    return own.contains(scheduler) || (own.size() < own_max && own.insert(scheduler).second);
  }

  /// The labels under which a scheduler is counted, and whose end they go with.
  struct seat {
    std::string_view owner, game, scheduler;
  };
  seat seat_of(std::string_view game, const scheduler_name& scheduler) {
    if (has_own(scheduler.value))
      return {scheduler.value, game, scheduler.value};
    return {"", "other", "other"};
  }

  // -- the report under way: what the schedulers without series of their own have together
  std::mutex others_mutex;
  room_counts others;
  std::int64_t others_matches_max = 0;
  bool has_others = false;

  void add_to_others(const scheduler& recipe, const room_counts& counts) {
    std::scoped_lock lock(others_mutex);
    has_others = true;
    for (std::size_t i = 0; i < counts.rooms.size() && i < others.rooms.size(); ++i)
      others.rooms[i] += counts.rooms[i];
    for (std::size_t i = 0; i < counts.instances.size() && i < others.instances.size(); ++i)
      others.instances[i] += counts.instances[i];
    others.running_matches += counts.running_matches;
    others_matches_max = std::max<std::int64_t>(others_matches_max, recipe.max_matches);
  }

  void show(const seat& at, const room_counts& counts, double matches_max) {
    for (std::size_t i = 0; i < rooms.size() && i < counts.rooms.size(); ++i)
      if (rooms[i])
        set(*rooms[i], at, static_cast<double>(counts.rooms[i]));
    for (std::size_t i = 0; i < instances.size() && i < counts.instances.size(); ++i)
      set(*instances[i], at, static_cast<double>(counts.instances[i]));
    set(running, at, static_cast<double>(counts.running_matches));
    set(max_matches, at, matches_max);
  }

  std::unique_ptr<gauges> status_gauge(const std::string& prefix, const std::string& what,
                                       const std::string& status) {
    auto& family = prometheus::BuildGauge()
                       .Name("maestro_worker_" + prefix + status)
                       .Help(what + " that are " + status + " (gauge)")
                       .Register(registry);
    return std::make_unique<gauges>(shown(family), by_game);
  }

  template <class Visit>
  void each_scheduler_family(Visit visit) {
    for (auto* family : {&add_failed, &remove_failed, &instance_events, &ping_failed, &room_told, &room_untold,
                         &player_told, &player_untold, &ping_untold, &dropped})
      visit(*family);
    for (auto* family : {&desired, &current, &timed_out, &proper, &running, &max_matches, &ready_target,
                         &fixed_buffer, &workers, &queue_length, &queue_lag})
      visit(*family);
    for (auto* family : {&executed, &rolled_back})
      visit(*family);
    for (auto* group : {&rooms, &instances})
      for (auto& family : *group)
        if (family)
          visit(*family);
  }

  void set(gauges& family, const seat& at, double value) {
    family.with(at.owner, {at.game, at.scheduler}, [value](auto& gauge) { gauge.Set(value); });
  }

  void show_process() {
    std::scoped_lock lock(process_mutex);
    if (!read_process)
      return;
    auto usage = read_process();
    process_cpu.with("", {}, [&](auto& x) { x.Increment(std::max(0.0, usage.cpu_seconds - x.Value())); });
    auto show = [](gauges& family, double value) { family.with("", {}, [value](auto& x) { x.Set(value); }); };
    show(process_start, usage.start_time_seconds);
    show(process_resident, usage.resident_bytes);
    show(process_virtual, usage.virtual_bytes);
    show(process_open, usage.open_fds);
    show(process_limit, usage.max_fds);
  }
};

metrics::metrics() : impl_(std::make_unique<impl>()) {}
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

void metrics::end_report() {
  std::scoped_lock lock(impl_->others_mutex);
  if (!impl_->has_others)
    return;
  impl_->show({"", "other", "other"}, impl_->others, static_cast<double>(impl_->others_matches_max));
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
  impl_->dropped.with(at.owner, {at.scheduler, at.owner.empty() ? "other" : forwarder, kind},
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
