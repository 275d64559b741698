#include "actors/scheduler/scheduler.hpp"

#include "actors/scheduler/scheduler_writer.hpp"
#include "actors/shared_behavior.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <optional>

namespace maestro {

namespace {

struct scheduler_actor_state {
  static inline const char* name = "scheduler";
  scheduler_actor_state() {}

  /// As long as the actor; a member, so that it fills the block of memory that the actor takes.
  std::optional<scheduler_writer> writer;
};
using self_ptr = scheduler_actor::stateful_pointer<scheduler_actor_state>;

void recover(self_ptr self, const loaded_stream& loaded, bool is_recovery) {
  auto& writer = *self->state.writer;
  if (writer.recover(loaded, is_recovery))
    return;
  log_error("scheduler", "the journal of the scheduler cannot be read", {writer.name()});
  self->quit(to_caf({ec::internal, fmt::format("the journal of stream {} cannot be read", writer.stream())}));
}

template <class Reply, class Command>
caf::result<Reply> enter(self_ptr self, const Command& command) {
  auto asker = self->make_response_promise<Reply>();
  self->state.writer->enter(command, asker);
  return asker;
}

caf::result<scheduler> get(self_ptr self, const get_scheduler& wanted) {
  auto found = rules::scheduler_of(self->state.writer->table(), self->state.writer->name(), wanted.version);
  if (!found)
    return to_caf(found.error());
  return *found;
}

// Final ones stand in the journal.
caf::result<operation> get(self_ptr self, const get_operation& wanted) {
  auto& writer = *self->state.writer;
  auto& table = writer.table();
  if (auto* pending = table.find_pending(wanted.id))
    return *pending;
  if (auto* active = table.find_active(wanted.id))
    return *active;
  return self->delegate(writer.context().journal, wanted);
}

scheduler_actor::behavior_type handlers(self_ptr actor) {
  return shared_behavior<scheduler_actor::behavior_type>(
      actor, [](self_ptr self, const create_scheduler& command) { return enter<scheduler>(self, command); },
      [](self_ptr self, const get_scheduler& wanted) { return get(self, wanted); },
      [](self_ptr self, const list_versions&) { return rules::versions_of(self->state.writer->table()); },
      [](self_ptr self, const delete_scheduler& command) { return enter<operation_id>(self, command); },
      [](self_ptr self, const new_scheduler_version& command) { return enter<operation_id>(self, command); },
      [](self_ptr self, const switch_active_version& command) { return enter<operation_id>(self, command); },
      [](self_ptr self, const request_room_end& command) { return enter<operation_id>(self, command); },
      [](self_ptr self, const list_operations& wanted) {
        auto& writer = *self->state.writer;
        return rules::operations_of(writer.table(), wanted.stage, writer.context().settings,
                                    writer.context().now());
      },
      [](self_ptr self, const get_operation& wanted) { return get(self, wanted); },
      [](self_ptr self, const cancel_operation& wish) { return enter<done>(self, wish); },
      [](self_ptr self, const enqueue_operation& command) { return enter<operation_id>(self, command); },
      [](self_ptr self, const record_progress& command) { return enter<done>(self, command); },
      [](self_ptr self, const timer_fired& timer) {
        self->state.writer->timer_over(static_cast<scheduler_timer>(timer.kind));
      });
}

scheduler_actor::behavior_type scheduler_behavior(self_ptr self, const actor_context_ptr& context,
                                                  const scheduler_name& name, const room_pool_actor& pool,
                                                  const local_directory_actor& directory, bool is_recovery) {
  self->state.writer.emplace(self, context, name, pool, directory);
  self->set_down_handler([self](const caf::down_msg& down) { self->state.writer->peer_down(down); });
  self->request(context->journal, caf::infinite, load_stream{self->state.writer->stream(), context->epoch})
      .await([self, is_recovery](const loaded_stream& loaded) { recover(self, loaded, is_recovery); },
             [self](const caf::error& why) { self->quit(why); });
  return handlers(self);
}

} // namespace

scheduler_actor spawn_scheduler(caf::actor_system& system, const actor_context_ptr& context,
                                const scheduler_name& name, room_pool_actor pool,
                                const local_directory_actor& directory, bool is_recovery) {
  return system.spawn(scheduler_behavior, context, name, std::move(pool), directory, is_recovery);
}

} // namespace maestro
