#include "nodes/simulation/cluster_simulation.hpp"

#include "messages/epoch_era.hpp"
#include "nodes/simulation/cluster_truth.hpp"
#include "nodes/simulation/simulated_clients.hpp"
#include "nodes/simulation/simulated_cluster.hpp"
#include "nodes/simulation/simulated_recipes.hpp"
#include "nodes/simulation/simulated_trouble.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace maestro::simulation {

namespace {

using namespace std::chrono_literals;

/// What a scheduler's rooms are by then has no trace of a machine that was out of sight.
constexpr auto well_again_after = 90s;
/// From the moment on when a machine is lost: its schedulers have owners, and these have had the rooms made and begun.
constexpr auto replaced_within = 30s;
/// What an operation wrote last is on all disks by then.
constexpr int slices_of_rest = 50;

class cluster_run {
public:
  explicit cluster_run(const simulation_options& options)
      : options_(options), random_(options.seed),
        truth_([this](auto& invariant, auto& text) { checks_.note(invariant, text); }),
        checks_(truth_.disk(), settings_.room_ping_timeout),
        cluster_(cluster_surroundings(), options.nodes, start_of_time, options.broken), clients_(client_view()) {
    cluster_.agreement()->set_observer([this](const change_store& change, std::int64_t revision) {
      truth_.observe(change, revision);
      checks_.read_new_events();
    });
    for (auto& one : cluster_.machines()) {
      truth_.add_machine(one.place.self.name.str(), one.disk);
      watch(one);
    }
  }

  simulation_report run() {
    while (report_.steps < options_.steps && checks_.violations().empty())
      step();
    if (checks_.violations().empty())
      settle();
    report_.violations = checks_.violations();
    report_.records = truth_.disk().records_synced;
    report_.messages = cluster_.messages();
    report_.owners = truth_.owners_seen();
    for (auto& one : cluster_.machines()) {
      report_.rooms_created += one.world->created_total();
      report_.syncs += one.disk->syncs;
    }
    report_.digest = checks_.digest();
    return report_;
  }

private:
  std::uint64_t draw(std::uint64_t below) { return random_() % below; }
  void trace(const std::string& line) {
    if (options_.trace)
      options_.trace(fmt::format("{:>6} {:>10.3f}s {}", report_.steps,
                                 std::chrono::duration<double>(cluster_.now() - start_of_time).count(), line));
  }

  simulated_cluster::surroundings cluster_surroundings() {
    return {random_,
            settings_,
            [this](const std::string& line) { trace(line); },
            [this](const simulated_node& node) { clients_.forget(node); },
            [this](simulated_cluster::machine& one) {
              ++report_.crashes;
              checks_.check_replay(*one.disk);
            },
            [this](simulated_cluster::machine& one, std::shared_ptr<simulated_disk> lost) {
              auto name = one.place.self.name.str();
              truth_.lose_machine(name, std::move(lost));
              std::erase_if(obeyed_, [&](auto& entry) { return entry.first.first == name; });
            },
            [this](simulated_cluster::machine& one, std::shared_ptr<simulated_disk> lost) {
              truth_.lose_machine(one.place.self.name.str(), std::move(lost));
            },
            [this](simulated_cluster::machine& one) { truth_.forget_lost(one.place.self.name.str()); }};
  }

  client_surroundings client_view() {
    std::vector<std::shared_ptr<simulated_world>> worlds;
    for (auto& one : cluster_.machines())
      worlds.push_back(one.world);
    auto names = scheduler_names();
    std::erase_if(names, [](auto& name) { return is_asked(name); });
    return {random_,
            checks_,
            report_,
            std::move(worlds),
            std::move(names),
            [this] { return cluster_.now(); },
            [this] { return cluster_.any_door(); },
            [this](const simulated_world& world) { return cluster_.door_of(world); },
            [this](const std::string& line) { trace(line); }};
  }

  // A machine obeys an owner as long as no later one has spoken.
  void watch(simulated_cluster::machine& one) {
    one.world->set_obeyed(
        [this, &one](const scheduler_name& scheduler, const room_id& room, owner_epoch epoch, bool is_end) {
          auto& highest = obeyed_[{one.place.self.name.str(), scheduler}];
          if (epoch < highest)
            checks_.note("G12", fmt::format("{} obeyed epoch {} of {} after {}", one.place.self.name.str(),
                                            revision_of(epoch), scheduler.str(), revision_of(highest)));
          highest = std::max(highest, epoch);
          if (is_end)
            checks_.told_ended(scheduler, room);
        });
  }

  void step() {
    ++report_.steps;
    act();
    for (auto slices = draw(12); slices > 0; --slices)
      cluster_.advance(std::chrono::microseconds{draw(60'000)}, draw(4) == 0 ? 5000 : draw(120));
    look();
  }

  void look() {
    bool is_well = cluster_.well_for() > well_again_after;
    checks_.set_bounded(is_well);
    clients_.set_looks_at_pings(is_well);
    clients_.ping_due_rooms();
    checks_.check_step(clients_.instances());
    checks_.check_acknowledged();
  }

  void act() {
    auto dice = draw(1000);
    if (dice < 30)
      clients_.create();
    else if (dice < 34)
      clients_.remove();
    else if (dice < 200)
      clients_.allocate();
    else if (dice < 212)
      clients_.kill_instance();
    else if (dice < 225)
      clients_.cancel();
    else if (dice < 245)
      clients_.edit();
    else if (dice < 250)
      clients_.switch_version();
    else if (dice < 300)
      clients_.report_event();
    else if (dice < 303)
      come_or_go();
    else if (dice < 306)
      cluster_.drain_or_undrain();
    else if (dice < 346)
      clients_.repeat();
    else if (dice < 346 + roughness_)
      cluster_.add_trouble();
  }

  void come_or_go() {
    auto& away = cluster_.matchmakers()->away;
    if (away.erase(matchmaker_address) == 0)
      away.insert(matchmaker_address);
  }

  // -- the end: everything is healed, and must come to rest --------------------------------------------------------
  void settle() {
    trace("settling");
    clients_.settle();
    cluster_.heal();
    cluster_.matchmakers()->away.clear();
    cluster_.matchmakers()->loss_probability = 0;
    for (int slice = 0; slice < 500; ++slice)
      let_pass(20ms);
    cluster_.undrain_all();
    come_to_rest();
    if (options_.nodes > 2) {
      lose_one();
      come_to_rest();
    }
    if (!checks_.violations().empty())
      return;
    truth_.check_disks();
    for (auto& one : cluster_.machines())
      checks_.check_replay(*one.disk);
    checks_.check_rest(clients_.instances());
    checks_.check_told(cluster_.matchmakers()->heard);
    for (auto& name : scheduler_names())
      for (auto& one : cluster_.machines())
        check_live(one, name);
    check_who_runs();
  }

  void come_to_rest() {
    let_pass_while_well(300s);
    for (int slice = 0, at_rest = 0; slice < 2000 && at_rest < slices_of_rest; ++slice) {
      let_pass(20ms);
      at_rest = checks_.is_idle() ? at_rest + 1 : 0;
    }
  }

  /// The power of a machine fails while all else is well. What it had is soon elsewhere, however seldom anybody looks.
  void lose_one() {
    auto whole = checks_.whole_schedulers();
    auto& one = cluster_.machines()[draw(cluster_.machines().size())];
    cluster_.cut_power(one);
    let_pass_while_well(cluster_settings{}.host_lost_after + replaced_within);
    checks_.check_replaced(whole, one.place.self.node_id);
    cluster_.heal();
  }

  void let_pass_while_well(duration time) {
    for (auto until = cluster_.now() + time; cluster_.now() < until && checks_.violations().empty();)
      let_pass(20ms);
  }

  // What becomes durable is read as it does; the machines are looked at now and then.
  void let_pass(duration time) {
    cluster_.advance(time, 1'000'000);
    if (++passed_ % 10 == 0)
      look();
  }

  /// G13, and every door sees the same rooms. A scheduler that nobody has is nowhere.
  void check_live(simulated_cluster::machine& one, const scheduler_name& name) {
    auto answered = std::make_shared<bool>(false);
    auto where = one.place.self.name.str();
    if (!one.node)
      return checks_.note("G13", fmt::format("{} is lost and not replaced: {}", where, one.removal_refused));
    one.node->ask<room_list>(
        one.node->directory(), list_rooms{name},
        [this, name, answered](const room_list& rooms) {
          *answered = true;
          checks_.check_live(name, rooms.items);
        },
        [this, name, where, answered](const failure& why) {
          *answered = true;
          if (truth_.epoch_of_owner(name) != 0)
            checks_.note("G13", fmt::format("{} is not answered for at {}: {}", name.str(), where, why.text));
        });
    for (int slice = 0; slice < 200 && !*answered; ++slice)
      cluster_.advance(10ms, 1'000'000);
    if (!*answered)
      checks_.note("G13", fmt::format("{} is not answered for at {} in time", name.str(), where));
  }

  /// G13 from the other side: a scheduler runs once, and one that nobody owns nowhere.
  void check_who_runs() {
    auto runs = std::make_shared<std::map<scheduler_name, std::vector<std::string>>>();
    for (auto& one : cluster_.machines()) {
      auto answered = std::make_shared<bool>(false);
      auto hear = [runs, answered, where = one.place.self.name.str()](const scheduler_list& all) {
        *answered = true;
        for (auto& each : all.items)
          (*runs)[each.name].push_back(where);
      };
      if (one.node)
        one.node->ask<scheduler_list>(one.node->local_directory(), list_schedulers{}, hear);
      for (int slice = 0; one.node && slice < 200 && !*answered; ++slice)
        cluster_.advance(10ms, 1'000'000);
    }
    for (auto& [name, where] : *runs)
      if (where.size() > (truth_.epoch_of_owner(name) == 0 ? 0 : 1))
        checks_.note("G13", fmt::format("{} runs on {}", name.str(), fmt::join(where, " and ")));
  }

  static constexpr timestamp start_of_time{std::chrono::seconds{1'750'000'000}};

  simulation_options options_;
  std::mt19937_64 random_;
  actor_settings settings_ = draw_settings(random_);
  simulation_report report_;
  cluster_truth truth_;
  invariants checks_;
  simulated_cluster cluster_;
  simulated_clients clients_;
  std::uint64_t passed_ = 0;               ///< slices of time
  std::uint64_t roughness_ = 3 + draw(20); ///< troubles in a thousand steps
  std::map<std::pair<std::string, scheduler_name>, owner_epoch> obeyed_;
};

} // namespace

simulation_report simulate_cluster(const simulation_options& options) {
  return cluster_run(options).run();
}

} // namespace maestro::simulation
