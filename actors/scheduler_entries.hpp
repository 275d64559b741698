// What the LOCAL DIRECTORY keeps of each scheduler of this node, and how one comes and goes: made or recovered, adopted from
// another node, released to one. For scheduler_directory and scheduler_entries only.
#pragma once

#include "actors/context.hpp"
#include "actors/room_tally.hpp"
#include "actors/scheduler_directory.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace maestro::local {

enum class directory_timer : std::uint8_t { broken = 1 };

struct scheduler_creation {
  caf::typed_response_promise<scheduler> answer;
  bool is_told = false;
};
using creation_ptr = std::shared_ptr<scheduler_creation>;

struct directory_entry {
  scheduler_actor owner;
  room_pool_actor pool;
  room_tally_ptr tally;                                      ///< what the pool counts
  std::optional<shared_value<scheduler>> recipe;             ///< absent: being created, not visible yet
  std::string broken;                                        ///< not empty: why it cannot serve
  owner_epoch epoch = first_epoch;                           ///< that it is served with
  std::vector<caf::typed_response_promise<done>> adopters{}; ///< are told when it serves
  creation_ptr creation{};                                   ///< while it is being made
  std::uint8_t alive = 2;                                    ///< of its two actors
  bool is_recovered_again = false;                           ///< after it broke; `recipe` is what it was then
  duration pause{};                                          ///< before the next attempt
  duration broken_at{};                                      ///< steady
};

/// On its way out: what goes on when its actors are gone.
struct leaving_entry {
  scheduler_name name;
  owner_epoch epoch = first_epoch;
  std::size_t alive = 0;
  std::vector<std::function<void()>> then;
};

struct scheduler_directory_state {
  static inline const char* name = "scheduler_directory";
  scheduler_directory_state() {}
  ~scheduler_directory_state() {
    if (timelines)
      caf::anon_send_exit(timelines, caf::exit_reason::user_shutdown);
    for (auto& [id, entry] : schedulers) {
      caf::anon_send_exit(entry.owner, caf::exit_reason::user_shutdown);
      caf::anon_send_exit(entry.pool, caf::exit_reason::user_shutdown);
    }
  }

  actor_context_ptr context;
  timeline_reader_actor timelines; ///< from the first query on
  std::map<scheduler_name, directory_entry> schedulers;
  std::set<scheduler_name> unrecovered;
  bool is_listed = false; ///< the journal's list of streams is known
  recovery what = recovery::of_all;
  std::map<scheduler_name, duration> released; ///< another node's: since when (steady); for a while
  std::map<caf::actor_addr, std::shared_ptr<leaving_entry>> leaving; ///< by the actors that are to end
  bool is_looking_at_broken = false;                                 ///< a timer runs
};
using self_ptr = local_directory_actor::stateful_pointer<scheduler_directory_state>;

failure not_found(const scheduler_name& name);
/// Not found; or `deposed` where it was released a moment ago: a request that was sent here before may come after that.
failure unknown(self_ptr self, const scheduler_name& name);

/// What this node has just begun, or ceased, to serve, and what nobody may list at this moment; empty name: all of it.
std::vector<scheduler_name> moving(self_ptr self, const std::string& name);

directory_entry& add_entry(self_ptr self, const scheduler_name& name, owner_epoch epoch, bool is_recovery);
void remove_entry(self_ptr self, const scheduler_name& name);
/// Whoever wished for it is told, if he was not before.
void end_creation(self_ptr self, const scheduler_name& name, const creation_ptr& what,
                  const result<scheduler>& outcome);
void tell_adopters(self_ptr self, const scheduler_name& name, const result<done>& outcome);

void adopt(self_ptr self, const adopt_scheduler& wish, caf::typed_response_promise<done> answer);
void release(self_ptr self, const scheduler_name& name, caf::typed_response_promise<done> answer);
/// Two pairs of one epoch are one to the journal. True: one of that epoch is on its way out, and `go_on` is called when nothing
/// of it can be written any more.
bool wait_for_leaving(self_ptr self, const scheduler_name& name, owner_epoch epoch, std::function<void()> go_on);
/// True: it was one of those that were released.
bool note_left(self_ptr self, const caf::actor_addr& whom);

/// One of its two actors has ended; the other one ends, and both begin again after a while where nobody else sees to that.
void note_broken(self_ptr self, const scheduler_name& name, directory_entry& entry, const failure& why);
void look_at_broken(self_ptr self);

} // namespace maestro::local
