#include "nodes/simulation/simulation.hpp"

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

constexpr auto ping_interval = 5s;

/// A game server of the simulated world and the matches of those who hold it, also of those who are on their way.
struct game_server {
  timestamp next_ping = never;
  std::vector<int> matches; ///< of those who hold it, how many pings each match still lasts
  std::uint64_t pings_sent = 0;
  std::uint64_t events_reported = 0;
  timestamp began = never; ///< when it was last started again
  game_room_actor game;    ///< of this life of the node
};

class runner {
public:
  explicit runner(const simulation_options& options)
      : options_(options), random_(options.seed), disk_(std::make_shared<simulated_disk>()),
        world_(std::make_shared<simulated_world>(world_of_trouble(), options.seed)),
        checks_(*disk_, settings_.room_ping_timeout) {
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
    report_.digest = digest();
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
    for (auto& [id, server] : servers_)
      server.game = nullptr;
    node_.reset();
    disk_->lose_unsynced();
    disk_->has_crashed = false;
    disk_->crash_after_syncs = 0;
    disk_->fail_next_sync = false;
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
    ping_due_rooms();
    checks_.check_step(world_->instances());
  }

  void act() {
    auto dice = draw(1000);
    if (dice < 25)
      create();
    else if (dice < 31)
      remove();
    else if (dice < 200)
      allocate();
    else if (dice < 215)
      kill_instance();
    else if (dice < 235)
      cancel();
    else if (dice < 255)
      edit();
    else if (dice < 260)
      switch_version();
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
      report_event();
    else if (dice < 354)
      come_or_go();
    else if (dice < 357)
      exhaust_host();
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
    for (auto& [id, server] : servers_)
      server.next_ping += slept;
  }

  void keep_clock() {
    node_->clock().keep();
    checks_.observe_clock(now(), node_->clock().read().now);
  }

  scheduler_name any_name() { return scheduler_name{fmt::format("s{}", draw(4))}; }

  void create() {
    auto recipe = draw_recipe(any_name(), random_);
    trace("create " + recipe.name.str());
    node_->ask<scheduler>(
        node_->directory(), create_scheduler{recipe},
        [this](const scheduler& made) {
          trace("created " + made.name.str());
          checks_.told_created(made.name);
        },
        [this, name = recipe.name](const failure& why) { trace("not created " + name.str() + ": " + why.text); });
  }

  /// Sometimes two at once, of which one may win.
  void edit() {
    auto name = any_name();
    node_->ask<scheduler>(node_->directory(), get_scheduler{name, {}}, [this, name](const scheduler& active) {
      for (auto edits = 1 + draw(2); edits > 0; --edits) {
        new_scheduler_version wish{active, active.spec.version, draw(4) != 0};
        change_recipe(wish.recipe, random_);
        trace("edit " + name.str());
        node_->ask<operation_id>(
            node_->directory(), wish, [this](const operation_id& id) { checks_.told_enqueued(id); },
            [this, name](const failure& why) { trace("not edited " + name.str() + ": " + why.text); });
      }
    });
  }

  void switch_version() {
    auto name = any_name();
    node_->ask<version_list>(node_->directory(), list_versions{name}, [this, name](const version_list& all) {
      if (all.items.empty())
        return;
      switch_active_version wish{name, all.items[draw(all.items.size())].version};
      trace("switch " + name.str() + " to " + wish.version);
      node_->ask<operation_id>(node_->directory(), wish,
                               [this](const operation_id& id) { checks_.told_enqueued(id); });
    });
  }

  void remove() {
    auto name = any_name();
    trace("delete " + name.str());
    node_->ask<operation_id>(
        node_->directory(), delete_scheduler{name}, [this](const operation_id& id) { checks_.told_enqueued(id); },
        [this, name](const failure& why) { trace("not deleted " + name.str() + ": " + why.text); });
  }

  void allocate() {
    auto name = any_name();
    if (takes_walk_ins(name))
      return;
    auto slots = draw(2) == 0 ? 0 : 1 + static_cast<std::int32_t>(draw(3));
    node_->ask<allocated_room>(node_->directory(), allocate_room{name, {}, slots},
                               [this, name, slots, asked_at = now()](const allocated_room& room) {
                                 hold(name, room.id, slots, asked_at);
                               });
  }

  /// A game that was started again since `asked_at` knows nobody who was on the way.
  void hold(const scheduler_name& name, const room_id& id, std::int32_t slots, timestamp asked_at) {
    ++report_.allocations;
    trace(fmt::format("allocated {} for {} slots", id.str(), slots));
    checks_.told_allocated(id);
    if (is_asked(name))
      return; // the world decides by itself when players come and go
    auto& matches = server_of(id).matches;
    if (world_->restarted_at(id) >= asked_at)
      return;
    if (slots == 0 && !matches.empty())
      checks_.told_twice(id);
    for (int i = 0; i < std::max(slots, 1); ++i)
      matches.push_back(1 + static_cast<int>(draw(3)));
    checks_.told_matches(name, id, static_cast<std::int64_t>(matches.size()));
  }

  /// A game server tells matchmakers something; what it tells is numbered.
  void report_event() {
    auto all = world_->instances();
    if (all.empty())
      return;
    auto& one = all[draw(all.size())];
    report_room_event said{one.scheduler, one.id, report_kind::room_event,
                           std::to_string(++servers_[one.id].events_reported), "{}"};
    node_->ask<done>(node_->directory(), said,
                     [this, said](const done&) { checks_.told_reported(said.scheduler, said.room, said.word); });
  }

  void come_or_go() {
    if (matchmakers_->away.erase(matchmaker_address) == 0)
      matchmakers_->away.insert(matchmaker_address);
  }

  void kill_instance() {
    auto all = world_->instances();
    if (all.empty())
      return;
    auto& victim = all[draw(all.size())];
    trace("kill instance " + victim.id.str());
    world_->kill(victim.id);
  }

  void cancel() {
    auto name = any_name();
    auto stage = draw(2) == 0 ? operation_stage::pending : operation_stage::active;
    node_->ask<operation_page>(node_->directory(), list_operations{name, stage},
                               [this](const operation_page& page) {
                                 if (page.items.empty())
                                   return;
                                 auto& one = page.items[draw(page.items.size())];
                                 trace(fmt::format("cancel {} {}", definition_name(one.definition), one.id.str()));
                                 node_->ask<done>(node_->directory(), cancel_operation{one.scheduler, one.id},
                                                  [this, id = one.id](const done&) { checks_.told_canceled(id); });
                               });
  }

  void fail_sync() {
    trace("the next sync fails");
    disk_->fail_next_sync = true;
    read_only_steps_ = 20 + draw(60);
  }

  // -- game servers ----------------------------------------------------------------------------------------------
  /// Matches end when the game does.
  game_server& server_of(const room_id& id) {
    auto& server = servers_[id];
    auto began = world_->restarted_at(id);
    if (std::exchange(server.began, began) != began)
      server.matches.clear();
    return server;
  }

  void ping_due_rooms() {
    for (auto& one : world_->instances()) {
      if (one.exited || one.status != instance_status::ready || is_asked(one.scheduler))
        continue;
      auto& server = server_of(one.id);
      if (now() < server.next_ping)
        continue;
      server.next_ping = now() + ping_interval;
      ping(one, server);
    }
  }

  void ping(const instance& one, game_server& server) {
    std::erase_if(server.matches, [](int& pings_left) { return pings_left-- <= 0; });
    ping_room said{server.matches.empty() ? ping_status::ready : ping_status::occupied,
                   static_cast<std::int64_t>(server.matches.size())};
    if (!is_settling_ && server.game && takes_walk_ins(one.scheduler) && chance(0.5)) {
      walk_in(one, server);
      return;
    }
    node_->ask<room_handle>(node_->directory(), find_room{one.scheduler, one.id},
                            [this, said, id = one.id, scheduler = one.scheduler](const room_handle& found) {
                              servers_[id].game = found.room;
                              send_ping(scheduler, id, servers_[id], said);
                            });
  }

  /// The server says what it is as soon as it knows, whatever is still on its way.
  void walk_in(const instance& one, game_server& server) {
    ping_room empty{ping_status::ready, 0};
    ping_room full{ping_status::occupied, 1};
    bool they_leave = draw(2) == 0;
    send_ping(one.scheduler, one.id, server, they_leave ? full : empty);
    send_ping(one.scheduler, one.id, server, they_leave ? empty : full);
  }

  void send_ping(const scheduler_name& scheduler, const room_id& id, game_server& server, const ping_room& said) {
    auto number = ++server.pings_sent;
    node_->ask<ping_result>(server.game, said,
                            [this, said, id, scheduler, number, sent = now()](const ping_result& told) {
                              if (!told.success)
                                return;
                              checks_.told_pinged(id, said.status, said.running_matches, sent);
                              if (servers_[id].pings_sent == number)
                                look_at_last_ping(scheduler, id, said, number);
                            });
  }

  void look_at_last_ping(const scheduler_name& scheduler, const room_id& id, const ping_room& said,
                         std::uint64_t number) {
    node_->ask<room_view>(node_->directory(), get_room{scheduler, id},
                          [this, said, id, number](const room_view& view) {
                            if (servers_[id].pings_sent == number)
                              checks_.told_last_ping(view, said.status, said.running_matches);
                          });
  }

  // -- the end: no more faults, everything must come to rest ----------------------------------------------------
  void settle() {
    trace("settling");
    is_settling_ = true;
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
    for (int i = 0; i < 4; ++i)
      check_live(scheduler_name{fmt::format("s{}", i)});
  }

  void let_pass(duration time) {
    node_->system().advance(time);
    keep_clock();
    ping_due_rooms();
    work(1'000'000);
    checks_.check_step(world_->instances());
  }

  void check_live(const scheduler_name& name) {
    node_->ask<room_list>(node_->directory(), list_rooms{name},
                          [this, name](const room_list& rooms) { checks_.check_live(name, rooms.items); });
    work(1'000'000);
  }

  std::uint64_t digest() const {
    std::uint64_t hash = 14695981039346656037u;
    for (auto& [name, stored] : disk_->streams)
      for (auto& record : stored.records)
        for (unsigned char byte : record)
          hash = (hash ^ byte) * 1099511628211u;
    return hash;
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
  bool is_settling_ = false;
  std::unique_ptr<simulated_node> node_;
  std::map<room_id, game_server> servers_;
  std::uint64_t read_only_steps_ = 0;
  std::uint64_t syncs_read_ = 0;
  simulation_report report_;
};

} // namespace

simulation_report simulate(const simulation_options& options) {
  return runner(options).run();
}

bool parse_broken_rule(const std::string& word, broken_rule& rule) {
  static const std::map<std::string, broken_rule> words{{"", broken_rule::none},
                                                        {"none", broken_rule::none},
                                                        {"skip-sync", broken_rule::skip_sync},
                                                        {"reply-early", broken_rule::reply_early},
                                                        {"forget-intent", broken_rule::forget_intent}};
  auto found = words.find(word);
  if (found == words.end())
    return false;
  rule = found->second;
  return true;
}

} // namespace maestro::simulation
