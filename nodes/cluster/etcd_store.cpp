#include "nodes/cluster/etcd_store.hpp"

#include "actors/call_later.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <utility>
#include <variant>
#include <vector>

namespace maestro {

namespace {

using namespace std::chrono_literals;

enum class store_timer : std::uint8_t { tick = 1, heard };

constexpr auto relist_interval = 30s; ///< a watch that lost something is found out so late at most
constexpr auto shortest_watch = 2s;
constexpr int ticks_per_lease = 4;
constexpr std::int64_t revision_max = std::int64_t{1} << 62;

/// What the watch's thread has to say; the actor is told once for many.
struct heard_words {
  struct ended {
    std::uint64_t watch = 0;
    std::string why;
  };
  struct changed {
    std::uint64_t watch = 0;
    store_changes changes;
  };
  std::mutex mutex;
  std::vector<std::variant<changed, ended>> words;

  bool add(std::variant<changed, ended> word) {
    std::scoped_lock lock(mutex);
    words.push_back(std::move(word));
    return words.size() == 1;
  }
  auto take() {
    std::scoped_lock lock(mutex);
    return std::exchange(words, {});
  }
};

struct etcd_store_state {
  static inline const char* name = "etcd_store";
  etcd_store_state() {}
  ~etcd_store_state() {
    if (client && lease != 0)
      (void)client->revoke_lease(lease);
  }

  std::string root;
  duration lease_length{};
  std::unique_ptr<etcd_client> client;
  std::int64_t lease = 0; ///< 0: none
  std::chrono::steady_clock::time_point kept_at, tried_at;
  std::int64_t asked_lease = 0; ///< not 0: it may be granted, nobody has heard
  store_subscriber_actor subscriber;
  std::string prefix; ///< of what is watched
  bool is_of_changes_only = false;
  std::uint64_t watch = 0; ///< number of the watch; what an older one says is not heard
  bool is_watching = false;
  std::chrono::steady_clock::time_point listed_at;
  std::optional<bool> is_there; ///< as the subscriber was told
  std::shared_ptr<heard_words> heard = std::make_shared<heard_words>();
};
using self_ptr = cluster_store_actor::stateful_pointer<etcd_store_state>;

void note_contact(self_ptr self, bool is_there, const std::string& why) {
  auto& state = self->state;
  if (state.is_there == is_there || !state.subscriber)
    return;
  state.is_there = is_there;
  self->send(state.subscriber, store_contact{is_there, is_there ? std::string() : why});
}

template <class T>
caf::result<T> answer_of_call(self_ptr self, result<T> outcome) {
  note_contact(self, static_cast<bool>(outcome), outcome ? std::string() : outcome.error().text);
  if (!outcome)
    return to_caf(outcome.error());
  return std::move(*outcome);
}

void remove_root(const std::string& root, std::string& key) {
  key.erase(0, root.size());
}

store_listing relative(self_ptr self, store_listing listing) {
  for (auto& entry : listing.entries)
    remove_root(self->state.root, entry.key);
  return listing;
}

caf::result<store_listing> read(self_ptr self, const read_store& wanted) {
  auto listing =
      self->state.client->read(read_store{self->state.root + wanted.prefix, wanted.after, wanted.limit});
  if (listing)
    *listing = relative(self, std::move(*listing));
  return answer_of_call(self, std::move(listing));
}

/// etcd takes any number but 0, and draws its own from the same.
std::int64_t draw_lease() {
  std::random_device source;
  return std::uniform_int_distribution<std::int64_t>(1, std::numeric_limits<std::int64_t>::max())(source);
}

// A grant whose answer came too late is found by its number, without another write: else a store that is slower than a call may
// take would grant one after another, and this node would hold none.
result<bool> holds_asked_lease(self_ptr self) {
  auto& state = self->state;
  if (state.asked_lease != 0)
    return state.client->keep_lease(state.asked_lease);
  state.asked_lease = draw_lease();
  return false;
}

result<std::int64_t> lease_of(self_ptr self) {
  auto& state = self->state;
  if (state.lease != 0)
    return state.lease;
  auto asked_at = std::chrono::steady_clock::now();
  auto is_held = holds_asked_lease(self);
  if (!is_held)
    return is_held.error();
  if (!*is_held)
    if (auto granted = state.client->grant_lease(state.asked_lease, state.lease_length); !granted)
      return granted.error();
  state.lease = std::exchange(state.asked_lease, 0);
  state.kept_at = state.tried_at = asked_at;
  return state.lease;
}

void lose_lease(self_ptr self, const std::string& why) {
  log_warn("etcd_store", "this node's lease is lost", {{"error", why}});
  self->state.lease = 0;
  if (self->state.subscriber)
    self->send(self->state.subscriber, lease_lost{});
}

result<store_outcome> change_leased(self_ptr self, const change_store& wanted) {
  auto held = lease_of(self);
  if (!held)
    return held.error();
  return self->state.client->change(wanted, *held);
}

// Nothing was changed where etcd does not know the lease: the same with another one.
result<store_outcome> change_with_lease(self_ptr self, const change_store& wanted) {
  auto outcome = change_leased(self, wanted);
  if (outcome || outcome.error().code != ec::not_found)
    return outcome;
  lose_lease(self, outcome.error().text);
  return change_leased(self, wanted);
}

caf::result<store_outcome> change(self_ptr self, change_store wanted) {
  auto& state = self->state;
  bool is_leased = false;
  for (auto& write : wanted.writes) {
    write.key = state.root + write.key;
    is_leased = is_leased || write.kind == store_write_kind::put_leased;
  }
  for (auto& condition : wanted.conditions)
    condition.key = state.root + condition.key;
  auto outcome = is_leased ? change_with_lease(self, wanted) : state.client->change(wanted, 0);
  if (outcome)
    for (auto& entry : outcome->found)
      remove_root(state.root, entry.key);
  return answer_of_call(self, std::move(outcome));
}

// By our own steady clock: what etcd may have taken away counts as taken away.
void keep_lease(self_ptr self) {
  auto& state = self->state;
  if (state.lease == 0)
    return;
  auto asked_at = state.tried_at = std::chrono::steady_clock::now();
  auto kept = state.client->keep_lease(state.lease);
  note_contact(self, static_cast<bool>(kept), kept ? std::string() : kept.error().text);
  if (kept && *kept)
    state.kept_at = asked_at;
  else if (kept)
    lose_lease(self, "etcd does not know it any more");
  else if (std::chrono::steady_clock::now() - state.kept_at > state.lease_length)
    lose_lease(self, kept.error().text);
}

// Each call may take as long as it is let, and many may wait: the lease is not one of those that wait behind them.
void keep_lease_in_time(self_ptr self) {
  auto& state = self->state;
  if (std::chrono::steady_clock::now() - state.tried_at > state.lease_length / ticks_per_lease)
    keep_lease(self);
}

void remove_root(const std::string& root, store_changes& changes) {
  for (auto& entry : changes.present)
    remove_root(root, entry.key);
  for (auto& key : changes.gone)
    remove_root(root, key);
}

// Whoever wants changes only looks for what it missed, and takes what it has heard before: it is told by the watch's thread, without
// another turn of the store, whichever watch that is.
void tell_at_once(const caf::actor_addr& whom, store_changes changes) {
  if (auto there = caf::actor_cast<caf::strong_actor_ptr>(whom))
    caf::anon_send(caf::actor_cast<store_subscriber_actor>(there), std::move(changes));
}

etcd_client::watcher watcher_of(self_ptr self) {
  auto& state = self->state;
  auto say = [whom = caf::actor_cast<caf::actor_addr>(self), heard = state.heard](auto word) {
    if (!heard->add(std::move(word)))
      return;
    if (auto store = caf::actor_cast<cluster_store_actor>(caf::actor_cast<caf::strong_actor_ptr>(whom)))
      caf::anon_send(store, timer_fired{static_cast<std::uint8_t>(store_timer::heard)});
  };
  auto end = [say, number = state.watch](const std::string& why) { say(heard_words::ended{number, why}); };
  if (!state.is_of_changes_only)
    return {[say, number = state.watch](store_changes changes) {
              say(heard_words::changed{number, std::move(changes)});
            },
            end};
  return {[whom = caf::actor_cast<caf::actor_addr>(state.subscriber), root = state.root](store_changes changes) {
            remove_root(root, changes);
            tell_at_once(whom, std::move(changes));
          },
          end};
}

// All there is, then what comes after it.
void begin_watch(self_ptr self) {
  auto& state = self->state;
  // Of changes only: the revision is all that is wanted.
  auto listing =
      state.client->read(state.is_of_changes_only ? read_store{state.root + state.prefix, revision_max, 1}
                                                  : read_store{state.root + state.prefix});
  note_contact(self, static_cast<bool>(listing), listing ? std::string() : listing.error().text);
  state.is_watching = static_cast<bool>(listing);
  if (!listing)
    return;
  state.listed_at = std::chrono::steady_clock::now();
  auto all = relative(self, std::move(*listing));
  ++state.watch;
  auto from = all.revision;
  self->send(state.subscriber, store_changes{from, true, std::move(all.entries), {}});
  state.client->watch(state.root + state.prefix, from, watcher_of(self));
}

void pass_on(self_ptr self, store_changes changes) {
  remove_root(self->state.root, changes);
  self->send(self->state.subscriber, std::move(changes));
}

void hear(self_ptr self) {
  auto& state = self->state;
  bool is_lost = false;
  for (auto& word : state.heard->take()) {
    auto* ended = std::get_if<heard_words::ended>(&word);
    if (ended != nullptr && ended->watch == state.watch) {
      log_warn("etcd_store", "the watch ended; it begins again", {{"error", ended->why}});
      state.is_watching = false;
      is_lost = true;
    }
    auto* changed = std::get_if<heard_words::changed>(&word);
    if (changed != nullptr && changed->watch == state.watch && state.subscriber)
      pass_on(self, std::move(changed->changes));
  }
  // At once, but not again and again: the next tick tries where the last watch was short.
  if (is_lost && state.subscriber && std::chrono::steady_clock::now() - state.listed_at > shortest_watch)
    begin_watch(self);
}

void tick(self_ptr self) {
  auto& state = self->state;
  keep_lease(self);
  // Whoever wants changes only looks for what it missed by itself.
  bool is_old = !state.is_of_changes_only && std::chrono::steady_clock::now() - state.listed_at > relist_interval;
  bool is_due = !state.is_watching || is_old || state.client->watches_elsewhere();
  if (state.subscriber && is_due)
    begin_watch(self);
  call_later(self, state.lease_length / ticks_per_lease, store_timer::tick);
}

cluster_store_actor::behavior_type etcd_store(self_ptr self, const etcd_config& config,
                                              const std::string& cluster) {
  auto& state = self->state;
  state.root = fmt::format("/maestro/{}/", cluster);
  state.lease_length = config.lease;
  state.client = std::make_unique<etcd_client>(config);
  call_later(self, state.lease_length / ticks_per_lease, store_timer::tick);
  return {
      [self](const read_store& wanted) {
        keep_lease_in_time(self);
        return read(self, wanted);
      },
      [self](const change_store& wanted) {
        keep_lease_in_time(self);
        return change(self, wanted);
      },
      [self](const watch_store& wish) {
        self->state.subscriber = wish.subscriber;
        self->state.prefix = wish.prefix;
        self->state.is_of_changes_only = wish.is_of_changes_only;
        self->state.is_there.reset();
        begin_watch(self);
        return done{};
      },
      [self](const compact_store& wish) {
        keep_lease_in_time(self);
        return answer_of_call(self, self->state.client->compact(wish.revision));
      },
      [self](const timer_fired& fired) {
        static_cast<store_timer>(fired.kind) == store_timer::tick ? tick(self) : hear(self);
      },
  };
}

} // namespace

cluster_store_actor spawn_etcd_store(caf::actor_system& system, const etcd_config& config,
                                     const std::string& cluster) {
  return system.spawn<caf::detached>(etcd_store, config, cluster);
}

} // namespace maestro
