// A process host with real processes in a directory of its own, and a subscriber that remembers what it was told.
// Waiting is event-driven: `wait_for` returns when an event makes its condition true, or fails after ten seconds.
#pragma once

#include "messages/log.hpp"
#include "messages/type_ids.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/process_host.hpp"
#include "runtime/runtime_events.hpp"
#include "test/support/blocking_question.hpp"

#include <caf/all.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

namespace maestro {

using namespace std::chrono_literals;

/// How far the wall clock of the tests' nodes is ahead of the true one.
inline std::atomic<std::chrono::seconds> wall_ahead{std::chrono::seconds{0}};

inline timestamp real_now() {
  return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
}

inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream in{path};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Looks again and again, for what no event tells.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = 30s) {
  for (auto end = std::chrono::steady_clock::now() + limit; std::chrono::steady_clock::now() < end;) {
    if (condition())
      return true;
    std::this_thread::sleep_for(5ms);
  }
  return condition();
}

class event_log {
public:
  void add(instance_event event) {
    std::lock_guard lock{guard_};
    events_.push_back(std::move(event));
    changed_.notify_all();
  }
  std::vector<instance_event> of(const std::string& room) const {
    std::lock_guard lock{guard_};
    std::vector<instance_event> some;
    for (auto& event : events_)
      if (event.what.id.str() == room)
        some.push_back(event);
    return some;
  }
  bool wait_for(const std::function<bool(const std::vector<instance_event>&)>& condition,
                std::chrono::milliseconds limit = 30s) {
    std::unique_lock lock{guard_};
    return changed_.wait_for(lock, limit, [&] { return condition(events_); });
  }
  void clear() {
    std::lock_guard lock{guard_};
    events_.clear();
  }

private:
  mutable std::mutex guard_;
  std::condition_variable changed_;
  std::vector<instance_event> events_;
};

struct threaded_config : caf::actor_system_config {
  threaded_config() {
    register_messages(*this);
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", 2U);
  }
};

/// One life of a node's runtime. `end` is its orderly end; a new one may follow on the same directory.
class host_life {
public:
  using spawner = std::function<room_host_actor(caf::actor_system&, const runtime_events_actor&)>;

  host_life(const process_host_config& config, event_log& log)
      : host_life(log, [&](caf::actor_system& sys, const runtime_events_actor& to) {
          return spawn_process_host(sys, config, to, [] {
            return clock_reading{real_now() + wall_ahead.load(), never,
                                 duration{std::chrono::steady_clock::now().time_since_epoch()}};
          });
        }) {}
  host_life(event_log& log, const spawner& spawn_host) : self(system) {
    events = spawn_runtime_events(system);
    subscriber =
        system.spawn([&log](instance_subscriber_actor::pointer) -> instance_subscriber_actor::behavior_type {
          return {[&log](const instance_event& event) { log.add(event); }};
        });
    static_cast<void>(bool{ask<done>(events, subscribe_instances{{}, subscriber})});
    host = spawn_host(system, events);
  }
  ~host_life() {
    for (auto& actor : {caf::actor_cast<caf::actor>(host), caf::actor_cast<caf::actor>(events),
                        caf::actor_cast<caf::actor>(subscriber)}) {
      self->send_exit(actor, caf::exit_reason::user_shutdown);
      self->wait_for(actor);
    }
  }

  template <class Answer, class Handle, class Request>
  result<Answer> ask(const Handle& whom, Request request) {
    auto told = hear_answer<Answer>(self, send_question(self, whom, std::move(request)));
    if (!told)
      return from_caf(told.error());
    return std::move(*told);
  }

  threaded_config settings;
  caf::actor_system system{settings};
  caf::scoped_actor self;
  runtime_events_actor events;
  instance_subscriber_actor subscriber;
  room_host_actor host;
};

/// What the runtime said to the log, which is one for the whole process.
class log_lines {
public:
  void add(std::string_view line) {
    std::lock_guard lock{guard_};
    lines_.emplace_back(line);
  }
  bool contain(const std::string& part) const {
    std::lock_guard lock{guard_};
    return std::any_of(lines_.begin(), lines_.end(), [&](auto& line) { return line.find(part) != line.npos; });
  }
  void clear() {
    std::lock_guard lock{guard_};
    lines_.clear();
  }

private:
  mutable std::mutex guard_;
  std::vector<std::string> lines_;
};

inline log_lines& logged_lines() {
  static log_lines lines;
  return lines;
}

class ProcessHostTest : public ::testing::Test {
public:
  ProcessHostTest() {
    static int counter = 0;
    data = std::filesystem::temp_directory_path() /
           ("maestro-host-" + std::to_string(::getpid()) + "-" + std::to_string(++counter));
    std::filesystem::create_directories(data);
    std::filesystem::permissions(data, std::filesystem::perms{0755});
    config.data_dir = data;
    config.host = "127.0.0.1";
    config.orphan_grace_period = 300ms;
    config.restart_backoff_min = 100ms;
    config.rooms_api_url = "http://127.0.0.1:8070";
    logged_lines().clear();
    set_log_sink([](const log_record& record) { logged_lines().add(record.message); }, log_level::info);
  }

  void TearDown() override {
    if (life) {
      if (auto left = life->ask<instance_list>(life->host, list_instances{}); left)
        for (auto& it : left->items)
          static_cast<void>(
              bool{life->ask<done>(life->host, delete_instance{it.id, it.scheduler, "test", 1ms,
                                                               owner_epoch{1000}})}); // above all seen
      EXPECT_TRUE(eventually([&] {
        auto left = life->ask<instance_list>(life->host, list_instances{});
        return !left || left->items.empty();
      }));
    }
    life.reset();
    std::error_code ignored;
    std::filesystem::remove_all(data, ignored);
  }

  virtual void start() { life = std::make_unique<host_life>(config, log); }
  void stop() { life.reset(); }

  static container make_container(std::vector<std::string> command, std::string name = "game") {
    container c;
    c.name = std::move(name);
    c.image = "none";
    c.command = std::move(command);
    c.requests = {"16Mi", "10m"};
    c.limits = {"256Mi", "1"};
    return c;
  }

  static create_instance make_room(const std::string& id, std::vector<container> containers) {
    create_instance wish;
    wish.id = room_id{id};
    wish.scheduler = scheduler_name{"arena"};
    wish.version = "v1.0.0";
    wish.containers = std::move(containers);
    wish.termination_grace_period = 5s;
    wish.restart_policy = "Never";
    return wish;
  }

  result<done> create(create_instance wish) { return life->ask<done>(life->host, std::move(wish)); }
  result<done> run_shell(const std::string& id, const std::string& script) {
    return create(make_room(id, {make_container({"sh", "-c", script})}));
  }
  result<done> remove(const std::string& id, duration grace = {}, const std::string& cause = "test") {
    return life->ask<done>(life->host, delete_instance{room_id{id}, scheduler_name{"arena"}, cause, grace});
  }
  std::vector<instance> list() {
    auto all = life->ask<instance_list>(life->host, list_instances{});
    return all ? all->items : std::vector<instance>{};
  }
  std::optional<instance> find(const std::string& id) {
    for (auto& it : list())
      if (it.id.str() == id)
        return it;
    return std::nullopt;
  }
  result<room_logs> logs(const std::string& id, std::uint64_t tail = 0, const std::string& container_name = "") {
    return life->ask<room_logs>(life->host,
                                read_room_logs{scheduler_name{"arena"}, room_id{id}, container_name, tail});
  }

  /// Waits until the newest event of the room satisfies the condition.
  testing::AssertionResult reaches(const std::string& id,
                                   const std::function<bool(const instance_event&)>& condition,
                                   std::chrono::milliseconds limit = 30s) {
    instance_event newest;
    bool reached = log.wait_for(
        [&](const std::vector<instance_event>& all) {
          for (auto it = all.rbegin(); it != all.rend(); ++it)
            if (it->what.id.str() == id) {
              newest = *it;
              return condition(*it);
            }
          return false;
        },
        limit);
    return (reached ? testing::AssertionSuccess() : testing::AssertionFailure())
           << "newest event of " << id << ": " << to_string(newest.type) << " " << to_string(newest.what.status)
           << " \"" << newest.what.description << "\" exited=" << newest.what.exited;
  }
  testing::AssertionResult becomes_ready(const std::string& id) {
    return reaches(id, [](const instance_event& e) { return e.what.status == instance_status::ready; });
  }
  testing::AssertionResult exits(const std::string& id, instance_status status, const std::string& description) {
    return reaches(id, [&](const instance_event& e) {
      return e.what.exited && e.what.status == status && e.what.description == description;
    });
  }
  testing::AssertionResult is_deleted(const std::string& id, std::chrono::milliseconds limit = 30s) {
    return reaches(
        id, [](const instance_event& e) { return e.type == instance_event_type::deleted; }, limit);
  }
  /// Waits for a line of the room's output and answers what was captured so far.
  std::string output_with(const std::string& id, const std::string& text) {
    std::string seen;
    eventually([&] {
      auto now = logs(id);
      seen = now ? now->text : "";
      return seen.find(text) != std::string::npos;
    });
    return seen;
  }
  std::filesystem::path room_dir(const std::string& id) { return data / "rooms" / "arena" / id; }
  static bool process_lives(long pid) {
    auto stat = slurp("/proc/" + std::to_string(pid) + "/stat");
    auto at = stat.rfind(')');
    return at != std::string::npos && stat[at + 2] != 'Z';
  }
  bool logged(const std::string& part) { return logged_lines().contain(part); }

  std::filesystem::path data;
  process_host_config config;
  event_log log;
  std::unique_ptr<host_life> life;
};

} // namespace maestro
