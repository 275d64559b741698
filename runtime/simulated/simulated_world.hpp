// What outlives a simulated node: the instances of the simulated runtime, their dice and their future. A test or
// the simulator makes one world, hands it to spawn_simulated_host, may end that host as a crash would, and hands
// the same world to the next host, which finds every instance as it is by then. Tests look at it and kill
// instances in it. Functions may be called from any thread. Time is whatever clock the callers pass; it must not
// run backwards.
#pragma once

#include "messages/owner_epoch.hpp"
#include "messages/runtime_types.hpp"
#include "messages/time.hpp"
#include "runtime/simulated/simulated_config.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace maestro {

struct create_instance;
struct delete_instance;
struct list_instances;
struct instance_list;

/// What comes of asking an instance how it is.
struct simulated_look {
  enum class kind : std::uint8_t { answers, is_silent, failed };
  kind what = kind::is_silent;
  std::int64_t players = 0;
};

class simulated_world {
public:
  simulated_world(simulated_host_config config, std::uint64_t seed);
  ~simulated_world();
  simulated_world(const simulated_world&) = delete;
  simulated_world& operator=(const simulated_world&) = delete;

  // -- for the host ----------------------------------------------------------------------------------------------

  /// Refuses epochs below the highest that was seen for the scheduler; asked before every change.
  result<done> admit(const scheduler_name& scheduler, owner_epoch epoch);
  result<done> create(const create_instance& wish, timestamp now);
  result<done> remove(const delete_instance& wish, timestamp now);
  void remove_all(const scheduler_name& scheduler, timestamp now);
  /// Everything that has happened by `now` and was not told before, in order.
  std::vector<instance_event> advance(timestamp now);
  /// For a host that takes over: what it missed ends as `deleted`, what there is appears as `added`.
  std::vector<instance_event> adopt(timestamp now);
  instance_list page(const list_instances& wish) const;
  /// Why nothing can be asked of the host now, if so.
  std::optional<failure> trouble(timestamp now) const;
  /// When `advance` next has something to tell.
  std::optional<timestamp> next_due() const;
  /// For the prober, which asks a room.
  simulated_look look(const room_id& id, timestamp now);
  /// Called after `kill`, from the killer's thread, so that a host looks at once. Empty: nobody listens.
  void set_listener(std::function<void()> listener);

  // -- for everyone ----------------------------------------------------------------------------------------------

  /// The instance dies at the next `advance`. False: there is no such living instance.
  bool kill(const room_id& id, simulated_exit how = {});
  /// Until then it has no descriptors left: whatever is asked is refused. What runs goes on.
  void run_out_of_descriptors(timestamp until);
  /// The machine is started again: everything dies that lives.
  void kill_all();
  /// Another machine stands in its place: nothing of what was there is known. Without a host.
  void begin_anew();
  /// When the runtime last started it again after it died; `never`: it has not.
  timestamp restarted_at(const room_id& id) const;
  /// Called with every command that was carried out for an owner. Empty: nobody listens.
  using obeyed = std::function<void(const scheduler_name&, const room_id&, owner_epoch, bool is_end)>;
  void set_obeyed(obeyed listener);
  void tell_obeyed(const scheduler_name& scheduler, const room_id& room, owner_epoch epoch, bool is_end);
  /// A rule that is broken on purpose: commands of former owners are carried out.
  void obey_all_epochs();
  /// Replaces the config for what is drawn from now on.
  void reconfigure(simulated_host_config config);
  /// All of them, by id.
  std::vector<instance> instances() const;
  std::optional<instance> find(const room_id& id) const;
  std::uint64_t size() const;
  std::uint64_t created_total() const;

private:
  struct implementation;
  std::unique_ptr<implementation> impl_;
};

} // namespace maestro
