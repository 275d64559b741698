#include "runtime/simulated/simulated_world.hpp"

#include "messages/commands.hpp"
#include "runtime/seen_epochs.hpp"
#include "runtime/simulated/simulated_lives.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <queue>
#include <random>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace maestro {

using namespace simulated;

namespace {

std::uint64_t port_key(const host_port& port) {
  std::uint64_t protocol = port.protocol == "tcp" ? 0 : port.protocol == "udp" ? 1 : 2;
  return static_cast<std::uint64_t>(port.port) << 2 | protocol;
}

std::string port_text(const host_port& port) {
  return fmt::format("host port {}/{} (\"{}\")", port.port, port.protocol, port.name);
}

} // namespace

struct simulated_world::implementation {
  implementation(simulated_host_config c, std::uint64_t seed) : config(std::move(c)), dice(seed) {}

  simulated_host_config config;
  std::mt19937_64 dice;
  lives_table lives;
  std::vector<slot> free;
  lives_by_id places{id_of_life{&lives}};
  std::set<slot, by_scheduler_and_id> order{by_scheduler_and_id{&lives}};
  std::unordered_map<std::uint64_t, room_id> leases;
  std::priority_queue<planned_step, std::vector<planned_step>, std::greater<>> plan;
  std::vector<instance_event> untold;
  seen_epochs epochs;
  std::unordered_set<scheduler_name> listed;  ///< to the host of now, as a whole
  std::unordered_set<scheduler_name> leaving; ///< removed; forgotten with their last instance
  std::uint64_t created = 0;
  std::uint64_t steps = 0;
  std::uint64_t generations = 0;
  timestamp time = never;
  timestamp out_of_descriptors_until = never;
  std::function<void()> listener;
  obeyed obeyed_listener;
  bool obeys_all = false;
  mutable std::mutex guard;

  bool chance(double probability) { return std::uniform_real_distribution<double>(0, 1)(dice) < probability; }

  duration draw(const delay_range& range) {
    return duration{std::uniform_int_distribution<std::int64_t>(range.min.count(), range.max.count())(dice)};
  }

  void schedule(const life& it, step what, timestamp due) {
    plan.push({due, ++steps, it.generation, it.where, what});
  }

  life* find(const room_id& id) {
    auto* found = places.find(id);
    return found == nullptr ? nullptr : &lives[found->where];
  }

  auto first_of(const scheduler_name& scheduler, const room_id& after) const {
    return order.upper_bound(list_place{&scheduler, &after});
  }
  bool is_of(const auto& member, const scheduler_name& scheduler) const {
    return member != order.end() && lives[*member].what.scheduler == scheduler;
  }

  life& make_room_for(const create_instance& wish) {
    slot where = static_cast<slot>(lives.size());
    if (free.empty()) {
      lives.emplace_back();
    } else {
      where = free.back();
      free.pop_back();
    }
    auto& it = lives[where];
    it = life{};
    it.where = where;
    it.what.id = wish.id;
    it.what.scheduler = wish.scheduler;
    places.insert({where});
    order.insert(where);
    return it;
  }

  std::optional<failure> refusal(const create_instance& wish) {
    if (places.size() >= config.max_instances)
      return failure{ec::resource_exhausted,
                     fmt::format("room {}: the host holds {} instances, its limit", wish.id.str(), places.size())};
    for (auto& port : wish.ports)
      if (auto lease = leases.find(port_key(port)); lease != leases.end())
        return failure{ec::port_in_use,
                       fmt::format("{} is leased to room {}", port_text(port), lease->second.str())};
    if (!wish.ports.empty() && chance(config.port_conflict_probability))
      return failure{ec::port_in_use, fmt::format("{} is in use by another process", port_text(wish.ports[0]))};
    if (chance(config.create_failure_probability))
      return failure{ec::unavailable, fmt::format("room {}: the simulated runtime refused it", wish.id.str())};
    return std::nullopt;
  }

  void plan_death(life& it, timestamp alive_from) {
    if (!chance(config.death_probability))
      return;
    if (!config.exits.empty())
      it.exit = config.exits[dice() % config.exits.size()];
    schedule(it, step::die, alive_from + draw(config.time_to_death));
  }

  void release_ports(const instance& what) {
    for (auto& port : what.ports)
      if (auto lease = leases.find(port_key(port)); lease != leases.end() && lease->second == what.id)
        leases.erase(lease);
  }

  void begin_removal(life& it, const std::string& cause, timestamp now) {
    if (it.what.status == instance_status::terminating && !it.what.exited)
      return;
    it.generation = ++generations;
    if (!it.what.exited) {
      it.what.status = instance_status::terminating;
      it.what.description = cause;
      untold.push_back({it.appeared ? instance_event_type::updated : instance_event_type::added, it.what});
      it.appeared = true;
    }
    schedule(it, step::vanish, it.what.exited ? now : now + draw(config.delete_delay));
  }

  void take(const planned_step& next, std::vector<instance_event>& told) {
    auto* it = &lives[next.where];
    if (it->generation != next.generation)
      return;
    switch (next.what) {
    case step::appear:
      it->appeared = true;
      told.push_back({instance_event_type::added, it->what});
      if (!it->never_ready)
        schedule(*it, step::become_ready, next.due + draw(config.ready_delay));
      break;
    case step::become_ready:
      it->what.status = instance_status::ready;
      it->what.description.clear();
      told.push_back({instance_event_type::updated, it->what});
      break;
    case step::die:
      it->generation = ++generations;
      if (it->comes_again() && it->what.status != instance_status::terminating)
        return wait_for_restart(*it, next.due, told);
      it->what.exited = true;
      it->what.status = it->exit.is_error ? instance_status::error : instance_status::terminating;
      it->what.description = it->exit.description;
      release_ports(it->what);
      told.push_back({it->appeared ? instance_event_type::updated : instance_event_type::added, it->what});
      it->appeared = true;
      break;
    case step::begin_again:
      it->what.status = instance_status::pending;
      it->what.description = "restarting";
      it->restarted_at = next.due;
      told.push_back({instance_event_type::updated, it->what});
      schedule(*it, step::become_ready, next.due + draw(config.ready_delay));
      plan_death(*it, next.due);
      break;
    case step::vanish: vanish(*it, told); break;
    }
  }

  void wait_for_restart(life& it, timestamp died_at, std::vector<instance_event>& told) {
    it.players = 0;
    it.what.status = instance_status::error;
    it.what.description = "CrashLoopBackOff: " + it.exit.description;
    told.push_back({it.appeared ? instance_event_type::updated : instance_event_type::added, it.what});
    it.appeared = true;
    schedule(it, step::begin_again, died_at + draw(config.restart_delay));
  }

  void vanish(life& it, std::vector<instance_event>& told) {
    it.what.exited = true;
    release_ports(it.what);
    told.push_back({instance_event_type::deleted, it.what});
    auto where = it.where;
    auto scheduler = it.what.scheduler;
    places.extract(it.what.id);
    order.erase(where);
    it = life{};
    free.push_back(where);
    if (leaving.contains(scheduler) && !is_of(first_of(scheduler, {}), scheduler)) {
      leaving.erase(scheduler);
      epochs.forget(scheduler);
    }
  }
};

simulated_world::simulated_world(simulated_host_config config, std::uint64_t seed)
    : impl_(std::make_unique<implementation>(std::move(config), seed)) {}

simulated_world::~simulated_world() = default;

result<done> simulated_world::admit(const scheduler_name& scheduler, owner_epoch epoch) {
  std::lock_guard lock{impl_->guard};
  auto admitted = impl_->epochs.admit(scheduler, epoch);
  if (impl_->obeys_all)
    return done{};
  return admitted;
}

void simulated_world::obey_all_epochs() {
  impl_->obeys_all = true;
}

void simulated_world::set_obeyed(obeyed listener) {
  impl_->obeyed_listener = std::move(listener);
}

void simulated_world::tell_obeyed(const scheduler_name& scheduler, const room_id& room, owner_epoch epoch,
                                  bool is_end) {
  if (impl_->obeyed_listener)
    impl_->obeyed_listener(scheduler, room, epoch, is_end);
}

result<done> simulated_world::create(const create_instance& wish, timestamp now) {
  std::lock_guard lock{impl_->guard};
  auto& w = *impl_;
  if (auto* known = w.find(wish.id); known != nullptr && known->what.scheduler != wish.scheduler)
    return failure{ec::already_exists, fmt::format("room {}: the name belongs to a room of scheduler {}",
                                                   wish.id.str(), known->what.scheduler.str())};
  if (w.find(wish.id) != nullptr)
    return done{};
  if (auto no = w.refusal(wish))
    return std::move(*no);
  auto& it = w.make_room_for(wish);
  it.what = {wish.id, wish.scheduler, wish.version, instance_status::pending,
             {},      w.config.host,  wish.ports,   false};
  it.generation = ++w.generations;
  ++w.created;
  it.never_ready = w.chance(w.config.never_ready_probability);
  for (auto& port : wish.ports)
    w.leases.emplace(port_key(port), wish.id);
  auto appears = now + w.draw(w.config.pending_delay);
  w.schedule(it, step::appear, appears);
  it.restart_policy = wish.restart_policy;
  w.plan_death(it, appears);
  if (w.config.unsaid_creation_probability > 0 && w.chance(w.config.unsaid_creation_probability))
    return failure{ec::unavailable,
                   fmt::format("room {}: the answer of the simulated runtime is lost", wish.id.str())};
  return done{};
}

result<done> simulated_world::remove(const delete_instance& wish, timestamp now) {
  std::lock_guard lock{impl_->guard};
  auto* it = impl_->find(wish.id);
  if (it == nullptr || it->what.scheduler != wish.scheduler)
    return failure{ec::not_found, fmt::format("room {} has no instance", wish.id.str())};
  auto& w = *impl_;
  if (w.config.unkept_removal_probability == 0 || !w.chance(w.config.unkept_removal_probability))
    w.begin_removal(*it, wish.cause, now);
  return done{};
}

void simulated_world::remove_all(const scheduler_name& scheduler, timestamp now) {
  std::lock_guard lock{impl_->guard};
  auto& w = *impl_;
  auto member = w.first_of(scheduler, {});
  if (!w.is_of(member, scheduler))
    return w.epochs.forget(scheduler);
  w.leaving.insert(scheduler);
  for (; w.is_of(member, scheduler); ++member)
    w.begin_removal(w.lives[*member], "scheduler removed", now);
}

std::vector<instance_event> simulated_world::advance(timestamp now) {
  std::lock_guard lock{impl_->guard};
  auto& w = *impl_;
  auto told = std::exchange(w.untold, {});
  w.time = std::max(w.time, now);
  while (!w.plan.empty() && w.plan.top().due <= now) {
    auto next = w.plan.top();
    w.plan.pop();
    w.take(next, told);
  }
  return told;
}

std::vector<instance_event> simulated_world::adopt(timestamp now) {
  auto missed = advance(now);
  std::erase_if(missed, [](const instance_event& event) { return event.type != instance_event_type::deleted; });
  std::lock_guard lock{impl_->guard};
  impl_->listed.clear();
  for (auto where : impl_->order)
    if (auto& it = impl_->lives[where]; it.appeared)
      missed.push_back({instance_event_type::added, it.what});
  return missed;
}

std::optional<timestamp> simulated_world::next_due() const {
  std::lock_guard lock{impl_->guard};
  if (!impl_->untold.empty())
    return impl_->time;
  if (impl_->plan.empty())
    return std::nullopt;
  return impl_->plan.top().due;
}

simulated_look simulated_world::look(const room_id& id, timestamp now) {
  using enum simulated_look::kind;
  std::lock_guard lock{impl_->guard};
  auto& w = *impl_;
  if (w.chance(w.config.look_failure_probability))
    return {failed, 0};
  auto* it = w.find(id);
  if (it == nullptr || it->what.exited || it->what.status != instance_status::ready || now < it->silent_until)
    return {is_silent, 0};
  if (w.chance(w.config.silence_probability)) {
    it->silent_until = now + w.draw(w.config.silence_time);
    return {is_silent, 0};
  }
  constexpr std::uint64_t most = 8;
  if (w.config.players_change_probability == 0)
    it->players = 0; // nobody plays any more, whoever did
  else if (w.chance(w.config.players_change_probability))
    it->players = it->players > 0 ? 0 : 1 + static_cast<std::int64_t>(w.dice() % most);
  return {answers, it->players};
}

void simulated_world::set_listener(std::function<void()> listener) {
  std::lock_guard lock{impl_->guard};
  impl_->listener = std::move(listener);
}

bool simulated_world::kill(const room_id& id, simulated_exit how) {
  std::function<void()> tell;
  {
    std::lock_guard lock{impl_->guard};
    auto* it = impl_->find(id);
    if (it == nullptr || it->what.exited)
      return false;
    it->exit = std::move(how);
    impl_->schedule(*it, it->what.status == instance_status::terminating ? step::vanish : step::die, impl_->time);
    tell = impl_->listener;
  }
  if (tell)
    tell();
  return true;
}

void simulated_world::kill_all() {
  for (auto& one : instances())
    if (!one.exited)
      kill(one.id);
}

void simulated_world::begin_anew() {
  auto anew = std::make_unique<implementation>(impl_->config, impl_->dice());
  anew->created = impl_->created;
  anew->time = impl_->time;
  anew->obeyed_listener = std::move(impl_->obeyed_listener);
  anew->obeys_all = impl_->obeys_all;
  impl_ = std::move(anew);
}

void simulated_world::reconfigure(simulated_host_config config) {
  std::lock_guard lock{impl_->guard};
  impl_->config = std::move(config);
}

std::vector<instance> simulated_world::instances() const {
  std::lock_guard lock{impl_->guard};
  std::vector<instance> found;
  for (auto where : impl_->order)
    found.push_back(impl_->lives[where].what);
  std::sort(found.begin(), found.end(), [](auto& left, auto& right) { return left.id < right.id; });
  return found;
}

void simulated_world::run_out_of_descriptors(timestamp until) {
  std::lock_guard lock{impl_->guard};
  impl_->out_of_descriptors_until = until;
}

std::optional<failure> simulated_world::trouble(timestamp now) const {
  std::lock_guard lock{impl_->guard};
  if (now >= impl_->out_of_descriptors_until)
    return std::nullopt;
  return failure{ec::resource_exhausted, "the simulated runtime has too many open files"};
}

timestamp simulated_world::restarted_at(const room_id& id) const {
  std::lock_guard lock{impl_->guard};
  auto* it = impl_->find(id);
  return it == nullptr ? never : it->restarted_at;
}

instance_list simulated_world::page(const list_instances& wish) const {
  instance_list page;
  auto is_full = [&] { return wish.limit > 0 && page.items.size() == wish.limit; };
  if (wish.scheduler.empty()) {
    for (auto& one : instances())
      if (wish.after < one.id && (page.is_last = !is_full()))
        page.items.push_back(std::move(one));
    return page;
  }
  std::lock_guard lock{impl_->guard};
  auto& w = *impl_;
  auto member = w.first_of(wish.scheduler, wish.after);
  auto misses = w.listed.contains(wish.scheduler) ? w.config.missed_in_list_probability : 0;
  for (; w.is_of(member, wish.scheduler) && !is_full(); ++member)
    if (auto& it = w.lives[*member]; it.was_missed || misses == 0 || !(it.was_missed = w.chance(misses)))
      page.items.push_back(it.what);
  page.is_last = !w.is_of(member, wish.scheduler);
  if (page.is_last)
    w.listed.insert(wish.scheduler);
  return page;
}

std::optional<instance> simulated_world::find(const room_id& id) const {
  std::lock_guard lock{impl_->guard};
  auto* it = impl_->find(id);
  return it == nullptr ? std::nullopt : std::optional{it->what};
}

std::uint64_t simulated_world::size() const {
  std::lock_guard lock{impl_->guard};
  return impl_->places.size();
}

std::uint64_t simulated_world::created_total() const {
  std::lock_guard lock{impl_->guard};
  return impl_->created;
}

} // namespace maestro
