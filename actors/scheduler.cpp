#include "actors/scheduler.hpp"

#include "actors/scheduler_core.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

namespace maestro {

namespace {

struct scheduler_actor_state {
  static inline const char* name = "scheduler";
  scheduler_actor_state() {}

  std::unique_ptr<scheduler_core> core;
};
using self_ptr = scheduler_actor::stateful_pointer<scheduler_actor_state>;

void recover(self_ptr self, const loaded_stream& loaded, bool is_recovery) {
  auto& core = *self->state.core;
  if (!core.log.recover(loaded)) {
    log_error("scheduler", "the journal of the scheduler cannot be read", {core.name});
    self->quit(to_caf({ec::internal, fmt::format("the journal of stream {} cannot be read", core.log.stream())}));
    return;
  }
  if (is_recovery)
    core.tell_directory();
  if (core.log.state().exists())
    core.open();
}

template <class T, class F>
caf::result<T> later(self_ptr self, F command) {
  auto answer = self->make_response_promise<T>();
  command(answer);
  return answer;
}

scheduler_actor::behavior_type scheduler_behavior(self_ptr self, const actor_context_ptr& context,
                                                  const scheduler_name& name, const room_pool_actor& pool,
                                                  const scheduler_directory_actor& directory, bool is_recovery) {
  self->state.core = std::make_unique<scheduler_core>(self, context, name, pool, directory);
  auto& core = *self->state.core;
  self->request(context->journal, caf::infinite, load_stream{core.log.stream()})
      .await([self, is_recovery](const loaded_stream& loaded) { recover(self, loaded, is_recovery); },
             [self](const caf::error& why) { self->quit(why); });
  return {
      [self, &core](const create_scheduler& command) {
        return later<scheduler>(self, [&](auto answer) { core.create(command, answer); });
      },
      [&core](const get_scheduler& wanted) -> caf::result<scheduler> {
        auto found = core.entity(wanted.version);
        if (!found)
          return to_caf(found.error());
        return *found;
      },
      [&core](const list_versions&) { return core.versions(); },
      [self, &core](const delete_scheduler&) {
        return later<operation_id>(self, [&](auto answer) { core.remove(answer); });
      },
      [&core](const list_operations& wanted) { return core.list(wanted.stage); },
      [self, &core](const get_operation& wanted) -> caf::result<operation> {
        if (auto* pending = core.log.state().find_pending(wanted.id))
          return *pending;
        if (auto* active = core.log.state().find_active(wanted.id))
          return *active;
        return self->delegate(core.context->journal, wanted);
      },
      [self, &core](const cancel_operation& wish) {
        return later<done>(self, [&](auto answer) { core.cancel(wish.id, answer); });
      },
      [self, &core](const enqueue_operation& command) {
        return later<operation_id>(self, [&](auto answer) { core.enqueue(command, answer); });
      },
      [self, &core](const record_progress& command) {
        return later<done>(self, [&](auto answer) { core.progress(command, answer); });
      },
      [self, &core](const timer_fired&) {
        if (!core.log.state().exists())
          return;
        core.clean_up_later();
        core.enqueue({storage_clean_up_operation{}, false, true}, {});
      },
  };
}

} // namespace

scheduler_actor spawn_scheduler(caf::actor_system& system, const actor_context_ptr& context,
                                const scheduler_name& name, room_pool_actor pool,
                                const scheduler_directory_actor& directory, bool is_recovery) {
  return system.spawn(scheduler_behavior, context, name, std::move(pool), directory, is_recovery);
}

} // namespace maestro
