// The one block that makes our messages known to CAF. Every type that is a whole message element stands here.
#pragma once

#include "messages/cluster_actors.hpp"

#include <caf/type_id.hpp>

#define MAESTRO_ID(type) CAF_ADD_TYPE_ID(maestro, (maestro::type))

CAF_BEGIN_TYPE_ID_BLOCK(maestro, first_custom_type_id)

MAESTRO_ID(ec)
MAESTRO_ID(done)
MAESTRO_ID(scheduler)
MAESTRO_ID(operation)
MAESTRO_ID(operation_id)

MAESTRO_ID(create_scheduler)
MAESTRO_ID(get_scheduler)
MAESTRO_ID(list_schedulers)
MAESTRO_ID(scheduler_list)
MAESTRO_ID(list_scheduler_infos)
MAESTRO_ID(scheduler_info_list)
MAESTRO_ID(list_versions)
MAESTRO_ID(version_list)
MAESTRO_ID(delete_scheduler)
MAESTRO_ID(new_scheduler_version)
MAESTRO_ID(switch_active_version)
MAESTRO_ID(request_room_end)

MAESTRO_ID(list_operations)
MAESTRO_ID(operation_page)
MAESTRO_ID(get_operation)
MAESTRO_ID(cancel_operation)
MAESTRO_ID(enqueue_operation)
MAESTRO_ID(execute_operation)
MAESTRO_ID(operation_outcome)
MAESTRO_ID(cancel_execution)
MAESTRO_ID(record_progress)

MAESTRO_ID(ping_room)
MAESTRO_ID(observe_ping)
MAESTRO_ID(ping_result)
MAESTRO_ID(report_silence)
MAESTRO_ID(observe_silence)
MAESTRO_ID(begin_probing)
MAESTRO_ID(end_probing)
MAESTRO_ID(allocate_room)
MAESTRO_ID(allocated_room)
MAESTRO_ID(find_room)
MAESTRO_ID(room_handle)
MAESTRO_ID(list_rooms)
MAESTRO_ID(room_list)
MAESTRO_ID(get_room)
MAESTRO_ID(room_view)
MAESTRO_ID(read_room_logs)
MAESTRO_ID(room_logs)
MAESTRO_ID(get_room_timeline)
MAESTRO_ID(get_operation_timeline)
MAESTRO_ID(timeline)
MAESTRO_ID(count_rooms)
MAESTRO_ID(room_counts)
MAESTRO_ID(update_recipe)
MAESTRO_ID(create_rooms)
MAESTRO_ID(rooms_created)
MAESTRO_ID(remove_rooms)
MAESTRO_ID(rooms_removed)
MAESTRO_ID(stop_draining)
MAESTRO_ID(pool_changed)
MAESTRO_ID(scheduler_condition)
MAESTRO_ID(room_wanted)

MAESTRO_ID(get_pool_health)
MAESTRO_ID(pool_health)
MAESTRO_ID(explain_rooms)
MAESTRO_ID(rooms_explanation)
MAESTRO_ID(get_look_memory)
MAESTRO_ID(look_memory)
MAESTRO_ID(run_health_check)
MAESTRO_ID(health_plan)
MAESTRO_ID(look_now)
MAESTRO_ID(room_lost)
MAESTRO_ID(report_losses)

MAESTRO_ID(create_instance)
MAESTRO_ID(delete_instance)
MAESTRO_ID(list_instances)
MAESTRO_ID(instance_list)
MAESTRO_ID(begin_review)
MAESTRO_ID(instance_event)
MAESTRO_ID(prepare_scheduler)
MAESTRO_ID(remove_scheduler)
MAESTRO_ID(subscribe_instances)

MAESTRO_ID(append_events)
MAESTRO_ID(events_appended)
MAESTRO_ID(load_stream)
MAESTRO_ID(loaded_stream)
MAESTRO_ID(save_snapshot)
MAESTRO_ID(list_streams)
MAESTRO_ID(stream_list)
MAESTRO_ID(read_events)
MAESTRO_ID(event_page)
MAESTRO_ID(watch_events)
MAESTRO_ID(purge_operations)
MAESTRO_ID(operations_purged)
MAESTRO_ID(list_copies)
MAESTRO_ID(copy_list)
MAESTRO_ID(read_snapshot)
MAESTRO_ID(snapshot_part)
MAESTRO_ID(read_finished)
MAESTRO_ID(finished_list)
MAESTRO_ID(restore_copy)
MAESTRO_ID(save_watermark)
MAESTRO_ID(make_checkpoint)
MAESTRO_ID(checkpoint_made)
MAESTRO_ID(get_journal_status)
MAESTRO_ID(journal_status)

MAESTRO_ID(report_room_event)
MAESTRO_ID(follow_forwarders)
MAESTRO_ID(change_forwarder)
MAESTRO_ID(resync_room)
MAESTRO_ID(cursor_moved)
MAESTRO_ID(use_matchmaker)
MAESTRO_ID(matchmaker_call)
MAESTRO_ID(matchmaker_answer)

MAESTRO_ID(scheduler_changed)
MAESTRO_ID(scheduler_gone)
MAESTRO_ID(get_directory_status)
MAESTRO_ID(directory_status)
MAESTRO_ID(timer_fired)

MAESTRO_ID(list_nodes)
MAESTRO_ID(node_list)
MAESTRO_ID(change_node)
MAESTRO_ID(read_store)
MAESTRO_ID(store_listing)
MAESTRO_ID(change_store)
MAESTRO_ID(store_outcome)
MAESTRO_ID(watch_store)
MAESTRO_ID(compact_store)
MAESTRO_ID(store_changes)
MAESTRO_ID(store_contact)
MAESTRO_ID(lease_lost)
MAESTRO_ID(peer_hello)
MAESTRO_ID(find_remote_room)
MAESTRO_ID(relay_ping)
MAESTRO_ID(relay_allocation)
MAESTRO_ID(with_key<maestro::create_scheduler>)
MAESTRO_ID(with_key<maestro::delete_scheduler>)
MAESTRO_ID(with_key<maestro::new_scheduler_version>)
MAESTRO_ID(with_key<maestro::switch_active_version>)
MAESTRO_ID(with_key<maestro::request_room_end>)
MAESTRO_ID(with_key<maestro::cancel_operation>)
MAESTRO_ID(with_key<maestro::relay_allocation>)
MAESTRO_ID(create_here)
MAESTRO_ID(open_peer_door)
MAESTRO_ID(connect_peer)
MAESTRO_ID(peer_link)
MAESTRO_ID(link_changed)
MAESTRO_ID(adopt_scheduler)
MAESTRO_ID(release_scheduler)
MAESTRO_ID(known_peers)
MAESTRO_ID(host_lost)
MAESTRO_ID(read_machine_logs)
MAESTRO_ID(read_machine_artifacts)

MAESTRO_ID(probe_there)
MAESTRO_ID(stop_probing_there)
MAESTRO_ID(probed_ping)
MAESTRO_ID(probed_silence)

MAESTRO_ID(read_artifacts)
MAESTRO_ID(artifact_piece)

MAESTRO_ID(relay_lot)
MAESTRO_ID(lot_answers)

MAESTRO_ID(list_strangers)
MAESTRO_ID(stranger_list)
MAESTRO_ID(adopt_stranger)
MAESTRO_ID(end_stranger)

MAESTRO_ID(list_changes)
MAESTRO_ID(change_list)

CAF_END_TYPE_ID_BLOCK(maestro)

#undef MAESTRO_ID

CAF_ERROR_CODE_ENUM(maestro::ec, "maestro")

namespace caf {
class actor_system_config;
}

namespace maestro {

/// Makes every message type and the error category known to an actor system; every node and test calls it first.
void register_messages(caf::actor_system_config& config);

/// A failure as CAF carries it, and back. Errors of CAF itself come back as `unavailable` (receiver down),
/// `deadline_exceeded` (request timeout) or `internal`.
caf::error to_caf(const failure& why);
failure from_caf(const caf::error& error);

} // namespace maestro
