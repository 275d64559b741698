#include "nodes/simulation/simulated_cluster.hpp"

#include "actors/rules/cluster_table.hpp"
#include "actors/rules/journal_trim.hpp"
#include "messages/cluster_codec.hpp"
#include "messages/shared_journal_codec.hpp"
#include "nodes/simulation/simulated_trouble.hpp"
#include "nodes/simulation/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::simulation {

using namespace std::chrono_literals;

namespace {

constexpr auto lease = 10s;
constexpr auto keep_interval = 1s;
constexpr auto replacement_interval = 120s; ///< until the other disks have everything twice again

} // namespace

simulated_cluster::simulated_cluster(surroundings around, std::size_t machines, timestamp start,
                                     broken_rule broken)
    : around_(std::move(around)), network_(std::make_shared<simulated_network>(around_.random)), now_(start) {
  network_->advance(now_);
  if (broken == broken_rule::no_fence)
    agreement_->ignore_conditions(owner_key(scheduler_name()));
  matchmakers_->loss_probability = matchmakers_->error_probability = 0.05;
  machines_.resize(machines);
  for (std::size_t i = 0; i < machines; ++i) {
    auto& one = machines_[i];
    one.place.agreement = agreement_;
    one.place.network = network_;
    one.place.self.name = node_name(fmt::format("n{}", i + 1));
    one.place.self.node_id = fmt::format("n{}-id", i + 1);
    one.place.self.address = fmt::format("n{}:1", i + 1);
    one.place.self.format = rules::peer_format;
    one.place.self.takes_keys = true;
    one.place.self.takes_lots = true;
    one.place.self.roles = {rules::owner_role, rules::host_role};
    one.place.trouble->acknowledges_early = broken == broken_rule::acknowledge_early;
    one.place.trouble->claims_copies = broken == broken_rule::trim_early;
    if (broken == broken_rule::lose_nobody)
      one.place.settings.host_lost_after = 24h;
    one.disk->broken = broken;
    one.world_config = world_of_trouble();
    one.world_config.host = fmt::format("10.0.0.{}", i + 1);
    one.world = std::make_shared<simulated_world>(one.world_config, around_.random());
    if (broken == broken_rule::obey_old_epoch)
      one.world->obey_all_epochs();
    if (i > 0 && chance(0.3))
      one.starts_at = now_ + draw_time(60s); // it joins later
    else
      start_node(one);
  }
}

// -- processes ---------------------------------------------------------------------------------------------------

void simulated_cluster::start_node(machine& one) {
  around_.trace("start " + one.place.self.name.str());
  one.place.self.started_at = now_;
  one.starts_at = never;
  one.reached_at = now_;
  one.node = std::make_unique<simulated_node>(now_, one.wall_ahead, around_.random(), around_.settings, one.disk,
                                              one.world, matchmakers_, around_.random, &one.place);
  for (auto holder : one.place.holders)
    agreement_->set_reachable(holder, !one.place.trouble->is_cut);
}

void simulated_cluster::end_node(machine& one, duration until_start) {
  if (!one.node)
    return;
  around_.trace(fmt::format("end {} for {} ms", one.place.self.name.str(), until_start / 1ms));
  note_trouble();
  around_.forget(*one.node);
  one.node.reset();
  network_->set_frozen(one.place.self.address, false);
  one.wakes_at = never;
  one.starts_at = now_ + until_start;
  one.disk->lose_unsynced();
  one.disk->has_crashed = false;
  one.disk->crash_after_syncs = 0;
  one.disk->fail_next_sync = false;
  around_.ended(one);
}

void simulated_cluster::freeze(machine& one) {
  if (one.is_away())
    return;
  auto time = draw_time(chance(0.5) ? 3s : 30s);
  around_.trace(fmt::format("freeze {} for {} ms", one.place.self.name.str(), time / 1ms));
  one.wakes_at = now_ + time;
  network_->set_frozen(one.place.self.address, true);
}

void simulated_cluster::wake(machine& one) {
  around_.trace("wake " + one.place.self.name.str());
  one.wakes_at = never;
  network_->set_frozen(one.place.self.address, false);
  one.node->system().advance(now_ - one.node->system().now());
}

simulated_node* simulated_cluster::any_door() {
  for (int i = 0; i < 5; ++i)
    if (auto& one = any(); !one.is_away())
      return one.node.get();
  return nullptr;
}

simulated_node* simulated_cluster::door_of(const simulated_world& world) {
  for (auto& one : machines_)
    if (one.world.get() == &world && !one.is_away())
      return one.node.get();
  return any_door();
}

// -- time --------------------------------------------------------------------------------------------------------

void simulated_cluster::advance(duration by, std::uint64_t messages) {
  now_ += by;
  end_troubles();
  remove_lost();
  network_->advance(now_);
  for (auto& one : machines_)
    if (!one.is_away()) {
      one.node->system().advance(by);
      one.node->clock().keep();
    }
  keep_leases();
  work(messages);
  if (is_troubled())
    note_trouble();
}

void simulated_cluster::work(std::uint64_t messages) {
  std::vector<machine*> busy;
  for (auto& one : machines_)
    if (!one.is_away())
      busy.push_back(&one);
  while (messages > 0 && !busy.empty()) {
    auto at = busy.begin() + static_cast<std::ptrdiff_t>(draw(busy.size()));
    auto& one = **at;
    node_at_work = one.place.self.name.str();
    if (!one.node->system().step(around_.random)) {
      busy.erase(at);
      continue;
    }
    --messages;
    ++messages_;
    if (one.disk->has_crashed) {
      end_node(one, draw_time(5s));
      busy.erase(std::find(busy.begin(), busy.end(), &one));
    }
  }
}

// A lease ends when the store has not heard of its node for as long; who keeps it notices by its own clock. That of an earlier life
// nobody keeps: it ends whatever the present one does, and takes along what late words of that life write with it.
void simulated_cluster::keep_leases() {
  for (auto& one : machines_) {
    bool reaches = !one.is_away() && !one.place.trouble->is_cut && store_back_at_ == never;
    if (reaches || one.place.holders.empty())
      one.reached_at = now_;
    else if (store_back_at_ == never && now_ - one.reached_at > lease) {
      agreement_->end_lease(one.place.holders.front());
      one.reached_at = now_;
    }
    auto& former = one.place.former;
    if (std::exchange(one.former_lives, former.size()) != former.size() || store_back_at_ != never)
      one.former_until = now_ + lease;
    if (now_ < one.former_until)
      continue;
    for (auto holder : former)
      agreement_->end_lease(holder);
    one.former_until = now_ + lease;
  }
}

// -- troubles ----------------------------------------------------------------------------------------------------

bool simulated_cluster::is_troubled() const {
  return !cuts_.empty() || store_back_at_ != never || store_calm_at_ != never ||
         std::any_of(machines_.begin(), machines_.end(), [](auto& one) { return one.is_away(); });
}

void simulated_cluster::add_trouble() {
  note_trouble();
  switch (draw(14)) {
  case 0:
  case 1: end_node(any(), draw_time(chance(0.5) ? 2s : 40s)); break;
  case 2: any().disk->crash_after_syncs = 1 + draw(20); break;
  case 3: freeze(any()); break;
  case 4: { // one way between two
    auto& from = any();
    auto& to = any();
    if (&from != &to)
      add_cut(from.place.self.address, to.place.self.address, draw_time(20s));
    break;
  }
  case 5: isolate(any()); break;
  case 6: add_cut(any().place.self.address, {}, draw_time(chance(0.5) ? 4s : 30s)); break;
  case 7:
    if (store_back_at_ == never) {
      auto time = draw_time(chance(0.5) ? 3s : 20s);
      around_.trace(fmt::format("the store is away for {} ms", time / 1ms));
      store_back_at_ = now_ + time;
      agreement_->set_reachable(false);
    }
    break;
  case 8: disturb_store(); break;
  case 9: { // by a second up to some hours, forward or back
    auto by = std::chrono::milliseconds{(1 << draw(24)) + static_cast<std::int64_t>(draw(1000))};
    auto& one = any();
    one.wall_ahead += draw(2) == 0 ? duration{by} : -duration{by};
    around_.trace(
        fmt::format("the wall clock of {} is {} ms ahead", one.place.self.name.str(), one.wall_ahead / 1ms));
    break;
  }
  case 10: reboot(any(), draw_time(40s)); break;
  case 11: replace(any()); break;
  case 12: revoke_leases(); break;
  case 13: set_back(any()); break;
  }
}

void simulated_cluster::change(const node_name& whom, node_change what) {
  auto* door = any_door();
  if (door == nullptr)
    return;
  around_.trace(fmt::format("{} {}", what == node_change::drain ? "drain" : "undrain", whom.str()));
  door->ask<done>(door->directory(), change_node{whom, what}, [this, whom, what](const done&) {
    what == node_change::drain ? (void)draining_.insert(whom) : (void)draining_.erase(whom);
  });
}

void simulated_cluster::drain_or_undrain() {
  if (draining_.empty())
    return change(any().place.self.name, node_change::drain);
  change(*draining_.begin(), node_change::undrain);
}

// A change whose answer was lost may have happened.
void simulated_cluster::undrain_all() {
  for (auto& one : machines_)
    change(one.place.self.name, node_change::undrain);
}

/// From its neighbours, and mostly from the store as well.
void simulated_cluster::isolate(machine& one) {
  auto time = draw_time(20s);
  for (auto& other : machines_)
    if (&other != &one) {
      add_cut(one.place.self.address, other.place.self.address, time);
      add_cut(other.place.self.address, one.place.self.address, time);
    }
  if (chance(0.7))
    add_cut(one.place.self.address, {}, time);
}

void simulated_cluster::reboot(machine& one, duration until_start) {
  if (!one.node)
    return;
  around_.trace("power is cut of " + one.place.self.name.str());
  end_node(one, until_start);
  one.world->kill_all();
}

// The others must have what it had: they are asked to lose no more than one disk at a time, and not the only one that has
// what the store has forgotten (seed 90000115).
bool simulated_cluster::may_lose_disk(const machine& one) const {
  bool is_alone = machines_.size() < 3 || !one.node || now_ - replaced_at_ < replacement_interval;
  return !is_alone && !rules::keeps_alone(one.place.self.name, read_archive(agreement_->read(archive_keys))) &&
         std::all_of(machines_.begin(), machines_.end(), [](auto& other) { return other.node != nullptr; });
}

/// Somebody puts a backup in the place of its disk, or an image of the whole machine.
void simulated_cluster::set_back(machine& one) {
  auto name = one.place.self.name.str();
  if (!one.backup) {
    one.backup = std::make_shared<simulated_disk>(*one.disk);
    return around_.trace(fmt::format("a backup of {}", name));
  }
  if (!may_lose_disk(one))
    return;
  around_.trace(fmt::format("{} is set back", name));
  end_node(one, draw_time(5s));
  replaced_at_ = now_;
  auto lost = std::make_shared<simulated_disk>(*one.disk);
  one.disk->set_back(*std::exchange(one.backup, nullptr));
  around_.set_back(one, std::move(lost));
}

void simulated_cluster::replace(machine& one) {
  if (!may_lose_disk(one))
    return;
  auto name = one.place.self.name.str();
  around_.trace(fmt::format("{} is lost for good", name));
  end_node(one, 24h);
  one.starts_at = never;
  replaced_at_ = now_;
  one.removal_at = now_ + draw_time(40s);
  auto lost = std::make_shared<simulated_disk>(*one.disk);
  one.disk->begin_anew();
  one.backup.reset();
  one.world->begin_anew();
  one.place.self.node_id = fmt::format("{}-id-{}", name, ++one.replacements);
  draining_.erase(one.place.self.name);
  around_.replaced(one, std::move(lost));
}

// An operator says so until somebody has heard it; then the new machine is started.
void simulated_cluster::remove_lost() {
  for (auto& one : machines_) {
    if (one.removal_at == never || one.removal_at > now_)
      continue;
    one.removal_at = now_ + 5s;
    auto* door = any_door();
    if (door == nullptr)
      continue;
    around_.trace("remove " + one.place.self.name.str());
    auto go_on = [this, &one] {
      if (std::exchange(one.removal_at, never) == never)
        return;
      around_.removed(one);
      one.starts_at = now_ + draw_time(20s);
    };
    door->ask<done>(
        door->directory(), change_node{one.place.self.name, node_change::remove},
        [go_on](const done&) { go_on(); },
        [go_on, &one](const failure& why) {
          one.removal_refused = why.text;
          if (why.code == ec::not_found) // it had never joined, or the answer to an earlier removal was lost
            go_on();
        });
  }
}

/// As an etcd leader does that stood still, when it goes on.
void simulated_cluster::revoke_leases() {
  around_.trace("the store revokes all leases");
  for (auto& one : machines_)
    if (!one.place.holders.empty())
      agreement_->end_lease(one.place.holders.front());
}

void simulated_cluster::disturb_store() {
  around_.trace("the store loses requests and answers");
  store_calm_at_ = now_ + draw_time(30s);
  for (auto& one : machines_) {
    auto& trouble = *one.place.trouble;
    trouble.lost_requests = 0.02;
    trouble.lost_answers = 0.03;
    trouble.late_requests = 0.02;
    trouble.full_changes = 0.005;
    trouble.lost_changes = 0.05;
    trouble.watch_delay_max = 500ms;
  }
}

void simulated_cluster::add_cut(const std::string& from, const std::string& to, duration time) {
  around_.trace(fmt::format("cut {} from {} for {} ms", from, to.empty() ? "the store" : to, time / 1ms));
  cuts_.push_back({from, to, now_ + time});
  apply_cut(cuts_.back(), true);
}

void simulated_cluster::apply_cut(const cut& one, bool is_cut) {
  if (!one.to.empty())
    return network_->set_cut(one.from, one.to, is_cut);
  for (auto& there : machines_)
    if (there.place.self.address == one.from) {
      there.place.trouble->is_cut = is_cut;
      for (auto holder : there.place.holders)
        agreement_->set_reachable(holder, !is_cut);
    }
}

void simulated_cluster::end_troubles() {
  auto over = std::stable_partition(cuts_.begin(), cuts_.end(), [this](auto& one) { return one.ends_at > now_; });
  std::vector<cut> ended(over, cuts_.end());
  cuts_.erase(over, cuts_.end());
  for (auto& one : ended)
    if (std::none_of(cuts_.begin(), cuts_.end(),
                     [&](auto& other) { return other.from == one.from && other.to == one.to; }))
      apply_cut(one, false);
  if (store_back_at_ != never && store_back_at_ <= now_) {
    store_back_at_ = never;
    agreement_->set_reachable(true);
  }
  if (store_calm_at_ != never && store_calm_at_ <= now_) {
    store_calm_at_ = never;
    for (auto& one : machines_) {
      auto calm = store_trouble{};
      calm.is_cut = one.place.trouble->is_cut;
      calm.acknowledges_early = one.place.trouble->acknowledges_early;
      calm.claims_copies = one.place.trouble->claims_copies;
      *one.place.trouble = calm;
    }
  }
  for (auto& one : machines_) {
    if (!one.node && one.removal_at == never && one.starts_at <= now_)
      start_node(one);
    if (one.wakes_at != never && one.wakes_at <= now_)
      wake(one);
  }
}

void simulated_cluster::heal() {
  for (auto& one : cuts_)
    one.ends_at = now_;
  if (store_back_at_ != never)
    store_back_at_ = now_;
  if (store_calm_at_ != never)
    store_calm_at_ = now_;
  for (auto& one : machines_) {
    if (!one.node && one.removal_at == never)
      one.starts_at = now_;
    if (one.wakes_at != never)
      one.wakes_at = now_;
    one.disk->crash_after_syncs = 0;
    auto calm = world_at_rest();
    calm.host = one.world_config.host;
    one.world->reconfigure(calm);
  }
  end_troubles();
}

} // namespace maestro::simulation
