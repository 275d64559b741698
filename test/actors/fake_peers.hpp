// Stand-ins for the neighbours of a scheduler's actors: each understands the whole interface, keeps what it was
// told and answers as the test wants. Used where one actor is examined alone.
#pragma once

#include "messages/actors.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace maestro {

/// What a fake ROOM POOL knows and was told.
struct fake_pool {
  pool_health health;
  std::vector<std::int64_t> asked; ///< amounts of create_rooms, in order
  caf::strong_actor_ptr asked_by;  ///< who sent the last create_rooms or remove_rooms
  bool is_slow = false;            ///< create_rooms are kept; each timer_fired answers the oldest
  std::deque<caf::typed_response_promise<rooms_created>> kept;
  std::vector<removal_cause> removals;
  std::deque<std::int64_t> left; ///< what count_rooms answers, one after another; then 0
  health_controller_actor losses_to;
  scheduler_condition condition; ///< what the HEALTH CONTROLLER thinks of it
  int health_asked = 0;
  int reviews = 0;                  ///< begun by the RUNTIME WATCHER
  std::vector<instance_list> pages; ///< of it
  int recipes = 0;
};

inline room_pool_actor spawn_fake_pool(caf::actor_system& system, const std::shared_ptr<fake_pool>& pool) {
  auto behavior = [pool](room_pool_actor::pointer self) -> room_pool_actor::behavior_type {
    auto unasked = to_caf({ec::internal, "not asked in this test"});
    return {
        [unasked](const allocate_room&) -> caf::result<allocated_room> { return unasked; },
        [unasked](const observe_ping&) -> caf::result<ping_result> { return unasked; },
        [](const observe_silence&) {},
        [unasked](const report_room_event&) -> caf::result<done> { return unasked; },
        [unasked](const find_room&) -> caf::result<room_handle> { return unasked; },
        [unasked](const list_rooms&) -> caf::result<room_list> { return unasked; },
        [unasked](const get_room&) -> caf::result<room_view> { return unasked; },
        [pool](const count_rooms&) {
          room_counts counts;
          if (!pool->left.empty()) {
            counts.rooms[0] = pool->left.front();
            pool->left.pop_front();
          }
          return counts;
        },
        [unasked](const explain_rooms&) -> caf::result<rooms_explanation> { return unasked; },
        [unasked](const list_strangers&) -> caf::result<stranger_list> { return unasked; },
        [unasked](const adopt_stranger&) -> caf::result<done> { return unasked; },
        [unasked](const end_stranger&) -> caf::result<done> { return unasked; },
        [pool](const get_pool_health&) {
          ++pool->health_asked;
          return pool->health;
        },
        [pool, self](const create_rooms& wish) -> caf::result<rooms_created> {
          pool->asked.push_back(wish.amount);
          pool->asked_by = self->current_sender();
          if (!pool->is_slow)
            return rooms_created{wish.amount, ""};
          pool->kept.push_back(self->make_response_promise<rooms_created>());
          return pool->kept.back();
        },
        [pool, self](const remove_rooms& wish) {
          pool->removals.push_back(wish.cause);
          pool->asked_by = self->current_sender();
          return rooms_removed{};
        },
        [unasked](const stop_draining&) -> caf::result<done> { return unasked; },
        [pool](const update_recipe&) { ++pool->recipes; },
        [pool](const report_losses& wish) { pool->losses_to = wish.to; },
        [pool](const scheduler_condition& judged) { pool->condition = judged; },
        [](const host_lost&) {},
        [](const instance_event&) {},
        [pool](begin_review) {
          ++pool->reviews;
          return done{};
        },
        [pool](const instance_list& page) {
          pool->pages.push_back(page);
          return done{};
        },
        [pool](const timer_fired&) {
          auto answer = std::move(pool->kept.front());
          pool->kept.pop_front();
          answer.deliver(rooms_created{pool->asked.back(), ""});
        },
    };
  };
  return system.spawn(behavior);
}

/// What a fake SCHEDULER was told.
struct fake_scheduler {
  scheduler recipe;
  std::vector<std::string> enqueued; ///< names of definitions
  std::vector<std::string> progress;
  int steps = 0;
};

inline scheduler_actor spawn_fake_scheduler(caf::actor_system& system,
                                            const std::shared_ptr<fake_scheduler>& told) {
  auto behavior = [told](scheduler_actor::pointer) -> scheduler_actor::behavior_type {
    auto unasked = to_caf({ec::internal, "not asked in this test"});
    return {
        [unasked](const create_scheduler&) -> caf::result<scheduler> { return unasked; },
        [told](const get_scheduler&) { return told->recipe; },
        [unasked](const list_versions&) -> caf::result<version_list> { return unasked; },
        [unasked](const delete_scheduler&) -> caf::result<operation_id> { return unasked; },
        [unasked](const new_scheduler_version&) -> caf::result<operation_id> { return unasked; },
        [unasked](const switch_active_version&) -> caf::result<operation_id> { return unasked; },
        [unasked](const request_room_end&) -> caf::result<operation_id> { return unasked; },
        [unasked](const list_operations&) -> caf::result<operation_page> { return unasked; },
        [unasked](const get_operation&) -> caf::result<operation> { return unasked; },
        [unasked](const cancel_operation&) -> caf::result<done> { return unasked; },
        [told](const enqueue_operation& wish) {
          told->enqueued.push_back(definition_name(wish.definition));
          return operation_id{"id"};
        },
        [told](const record_progress& line) {
          if (line.step)
            ++told->steps;
          if (!line.event.empty())
            told->progress.push_back(line.event);
          return done{};
        },
        [](const timer_fired&) {},
    };
  };
  return system.spawn(behavior);
}

/// What a fake ROOM HOST does.
struct fake_host {
  failure refusal{ec::internal, ""}; ///< text not empty: answers this instead of done
  bool is_slow = false;              ///< answers nothing
  std::vector<std::string> asked;
  std::vector<instance> instances; ///< by id
};

inline room_host_actor spawn_fake_host(caf::actor_system& system, const std::shared_ptr<fake_host>& host) {
  auto behavior = [host](room_host_actor::pointer self) -> room_host_actor::behavior_type {
    auto answer = [host, self](const char* what) -> caf::result<done> {
      host->asked.emplace_back(what);
      if (host->is_slow)
        return self->make_response_promise<done>();
      if (!host->refusal.text.empty())
        return to_caf(host->refusal);
      return done{};
    };
    return {
        [answer](const create_instance&) { return answer("create_instance"); },
        [answer](const delete_instance&) { return answer("delete_instance"); },
        [host](const list_instances& wish) {
          instance_list page;
          for (auto& one : host->instances)
            if (wish.after < one.id && (page.is_last = page.items.size() < wish.limit))
              page.items.push_back(one);
          return page;
        },
        [answer](const prepare_scheduler&) { return answer("prepare_scheduler"); },
        [answer](const remove_scheduler&) { return answer("remove_scheduler"); },
        [](const read_room_logs&) { return room_logs{}; },
        [](const read_artifacts&) { return artifact_piece{}; },
        [](const timer_fired&) {},
    };
  };
  return system.spawn(behavior);
}

/// Who subscribed to a fake RUNTIME EVENTS, in order.
using fake_subscribers = std::vector<instance_subscriber_actor>;

inline runtime_events_actor spawn_fake_events(caf::actor_system& system,
                                              const std::shared_ptr<fake_subscribers>& subscribers) {
  auto behavior = [subscribers](runtime_events_actor::pointer) -> runtime_events_actor::behavior_type {
    return {[](const instance_event&) {},
            [subscribers](const subscribe_instances& wish) {
              subscribers->push_back(wish.subscriber);
              return done{};
            }};
  };
  return system.spawn(behavior);
}

} // namespace maestro
