#include "nodes/simulation/simulation.hpp"

#include "nodes/simulation/cluster_simulation.hpp"
#include "nodes/simulation/simulated_clients.hpp"
#include "nodes/simulation/simulated_node.hpp"
#include "nodes/simulation/simulated_recipes.hpp"
#include "nodes/simulation/simulated_trouble.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace maestro::simulation {

namespace {

using namespace std::chrono_literals;

class runner {
public:
  explicit runner(const simulation_options& options)
      : options_(options), random_(options.seed), disk_(std::make_shared<simulated_disk>()),
        world_(std::make_shared<simulated_world>(world_of_trouble(), options.seed)),
        checks_(*disk_, settings_.room_ping_timeout), clients_(surroundings()) {
    disk_->broken = options.broken;
    matchmakers_->loss_probability = matchmakers_->error_probability = 0.05;
    start_node();
  }

  simulation_report run() {
    while (report_.steps < options_.steps && checks_.violations().empty())
      step();
    if (checks_.violations().empty())
      settle();
    report_.violations = checks_.violations();
    report_.syncs = disk_->syncs;
    report_.records = disk_->records_synced;
    report_.rooms_created = world_->created_total();
    report_.digest = checks_.digest();
    return report_;
  }

private:
  std::uint64_t draw(std::uint64_t below) { return random_() % below; }
  bool chance(double p) { return static_cast<double>(draw(1'000'000)) < p * 1e6; }
  timestamp now() const { return node_->system().now(); }
  void trace(const std::string& line) {
    if (options_.trace)
      options_.trace(fmt::format("{:>6} {:>10.3f}s {}", report_.steps,
                                 std::chrono::duration<double>(now() - start_of_time).count(), line));
  }

  client_surroundings surroundings() {
    return {random_,
            checks_,
            report_,
            {world_},
            scheduler_names(),
            [this] { return now(); },
            [this] { return node_.get(); },
            [this](const simulated_world&) { return node_.get(); },
            [this](const std::string& line) { trace(line); }};
  }

  // -- the node's lives ------------------------------------------------------------------------------------------
  std::unique_ptr<simulated_node> make_node(timestamp at) {
    return std::make_unique<simulated_node>(at, wall_ahead_, random_(), settings_, disk_, world_, matchmakers_,
                                            random_);
  }

  void start_node() { node_ = make_node(start_of_time); }

  void crash(const std::string& why) {
    trace("crash: " + why);
    ++report_.crashes;
    auto at = now();
    clients_.forget(*node_);
    node_.reset();
    disk_->lose_unsynced();
    disk_->has_crashed = false;
    disk_->crash_after_syncs = 0;
    disk_->fail_next_sync = false;
    disk_->refused_syncs = 0;
    read_only_steps_ = 0;
    checks_.check_crash();
    node_ = make_node(at);
  }

  /// At most so many messages; stops at a crash.
  void work(std::uint64_t messages) {
    for (; messages > 0 && !disk_->has_crashed && node_->system().step(random_); --messages) {
      ++report_.messages;
      if (std::exchange(syncs_read_, disk_->syncs) != disk_->syncs)
        checks_.read_new_events();
    }
    if (disk_->has_crashed)
      crash("at a write");
  }

  // -- one step --------------------------------------------------------------------------------------------------
  void step() {
    ++report_.steps;
    act();
    if (chance(0.6))
      node_->system().advance(std::chrono::microseconds{draw(800'000)});
    if (chance(0.9))
      keep_clock();
    work(chance(0.2) ? 5000 : draw(60));
    if (read_only_steps_ > 0 && --read_only_steps_ == 0)
      crash("after a failed sync");
    clients_.ping_due_rooms();
    checks_.check_step(world_->instances());
  }

  void act() {
    auto dice = draw(1000);
    if (dice < 25)
      clients_.create();
    else if (dice < 31)
      clients_.remove();
    else if (dice < 200)
      clients_.allocate();
    else if (dice < 215)
      clients_.kill_instance();
    else if (dice < 235)
      clients_.cancel();
    else if (dice < 255)
      clients_.edit();
    else if (dice < 260)
      clients_.switch_version();
    else if (dice < 265)
      disk_->crash_after_syncs = 1 + draw(6);
    else if (dice < 268)
      crash("now");
    else if (dice < 270)
      fail_sync();
    else if (dice < 273)
      step_wall_clock();
    else if (dice < 274)
      pause();
    else if (dice < 350)
      clients_.report_event();
    else if (dice < 354)
      come_or_go();
    else if (dice < 357)
      exhaust_host();
    else if (dice < 359)
      disk_->refused_syncs = 1 + draw(12);
    else if (dice < 379)
      clients_.repeat();
  }

  void exhaust_host() {
    auto time = std::chrono::milliseconds{draw(20'000)};
    trace(fmt::format("the host has no descriptors for {} ms", time / 1ms));
    world_->run_out_of_descriptors(now() + time);
  }

  /// By a second up to some hours, forward or back.
  void step_wall_clock() {
    auto by = std::chrono::milliseconds{(1 << draw(24)) + static_cast<std::int64_t>(draw(1000))};
    wall_ahead_ += draw(2) == 0 ? duration{by} : -duration{by};
    trace(fmt::format("the wall clock is {} ms ahead", wall_ahead_ / 1ms));
  }

  /// The machine sleeps, game servers included.
  void pause() {
    auto slept = std::chrono::seconds{10 + static_cast<std::int64_t>(draw(120))};
    trace(fmt::format("the machine sleeps for {} s", slept / 1s));
    node_->system().advance(slept);
    clients_.sleep(slept);
  }

  void keep_clock() {
    node_->clock().keep();
    checks_.observe_clock(now(), node_->clock().read().now);
  }

  void come_or_go() {
    if (matchmakers_->away.erase(matchmaker_address) == 0)
      matchmakers_->away.insert(matchmaker_address);
  }

  void fail_sync() {
    trace("the next sync fails");
    disk_->fail_next_sync = true;
    bool mends_itself = chance(0.5);
    disk_->mends_after = std::chrono::milliseconds{mends_itself ? 1 + draw(20'000) : 0};
    read_only_steps_ = mends_itself ? 0 : 20 + draw(60);
  }

  // -- the end: no more faults, everything must come to rest ----------------------------------------------------
  void settle() {
    trace("settling");
    clients_.settle();
    world_->reconfigure(world_at_rest());
    world_->run_out_of_descriptors(never);
    matchmakers_->away.clear();
    matchmakers_->loss_probability = 0;
    crash("before the rest");
    for (int slice = 0; slice < 1200 && checks_.violations().empty(); ++slice)
      let_pass(500ms);
    // The control loop never rests for long: look when nothing happens to be on its way.
    for (int slice = 0; slice < 1000 && !checks_.is_idle(); ++slice)
      let_pass(20ms);
    checks_.check_rest(world_->instances());
    checks_.check_told(matchmakers_->heard);
    for (auto& name : scheduler_names())
      check_live(name);
  }

  void let_pass(duration time) {
    node_->system().advance(time);
    keep_clock();
    clients_.ping_due_rooms();
    work(1'000'000);
    checks_.check_step(world_->instances());
  }

  void check_live(const scheduler_name& name) {
    node_->ask<room_list>(node_->directory(), list_rooms{name},
                          [this, name](const room_list& rooms) { checks_.check_live(name, rooms.items); });
    work(1'000'000);
  }

  static constexpr timestamp start_of_time{std::chrono::seconds{1'750'000'000}};

  simulation_options options_;
  std::mt19937_64 random_;
  actor_settings settings_ = settings_for_simulation();
  std::shared_ptr<simulated_disk> disk_;
  std::shared_ptr<simulated_world> world_;
  std::shared_ptr<simulated_matchmakers> matchmakers_ = std::make_shared<simulated_matchmakers>();
  invariants checks_;
  duration wall_ahead_{}; ///< of virtual time
  std::unique_ptr<simulated_node> node_;
  std::uint64_t read_only_steps_ = 0;
  std::uint64_t syncs_read_ = 0;
  simulation_report report_;
  simulated_clients clients_;
};

} // namespace

simulation_report simulate(const simulation_options& options) {
  return options.nodes > 1 ? simulate_cluster(options) : runner(options).run();
}

const std::vector<rule_word>& rule_words() {
  static const std::vector<rule_word> words{{"skip-sync", broken_rule::skip_sync},
                                            {"reply-early", broken_rule::reply_early},
                                            {"forget-intent", broken_rule::forget_intent},
                                            {"forget-request", broken_rule::forget_request},
                                            {"keep-refused", broken_rule::keep_refused},
                                            {"no-fence", broken_rule::no_fence, true},
                                            {"acknowledge-early", broken_rule::acknowledge_early, true},
                                            {"trim-early", broken_rule::trim_early, true},
                                            {"obey-old-epoch", broken_rule::obey_old_epoch, true},
                                            {"lose-nobody", broken_rule::lose_nobody, true}};
  return words;
}

const rule_word* find_rule(const std::string& word) {
  auto found = std::find_if(rule_words().begin(), rule_words().end(), [&](auto& one) { return one.word == word; });
  return found == rule_words().end() ? nullptr : &*found;
}

} // namespace maestro::simulation
