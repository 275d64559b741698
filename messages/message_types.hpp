// The types that are a whole message element, each once: CAF learns their names from here (messages/type_ids.hpp), and what it needs to
// carry them is compiled from here (messages/made_once.hpp). `X` is a macro of one type of namespace maestro.
#pragma once

// clang-format off
#define MAESTRO_SCHEDULER_MESSAGES(X) \
  X(ec) X(done) X(scheduler) X(operation) X(operation_id) X(create_scheduler) X(get_scheduler) \
  X(list_schedulers) X(scheduler_list) X(list_scheduler_infos) X(scheduler_info_list) X(list_versions) \
  X(version_list) X(delete_scheduler) X(new_scheduler_version) X(switch_active_version) X(request_room_end) \
  X(list_operations) X(operation_page) X(get_operation) X(cancel_operation) X(enqueue_operation) \
  X(execute_operation) X(operation_outcome) X(cancel_execution) X(record_progress)

#define MAESTRO_ROOM_MESSAGES(X) \
  X(ping_room) X(observe_ping) X(ping_result) X(report_silence) X(observe_silence) X(begin_probing) \
  X(end_probing) X(allocate_room) X(allocated_room) X(find_room) X(room_handle) X(list_rooms) X(room_list) \
  X(get_room) X(room_view) X(read_room_logs) X(room_logs) X(get_room_timeline) X(get_operation_timeline) \
  X(timeline) X(count_rooms) X(room_counts) X(update_recipe) X(create_rooms) X(rooms_created) \
  X(remove_rooms) X(rooms_removed) X(stop_draining) X(pool_changed) X(scheduler_condition) X(room_wanted) \
  X(get_pool_health) X(pool_health) X(explain_rooms) X(rooms_explanation) X(get_look_memory) X(look_memory) \
  X(run_health_check) X(health_plan) X(look_now) X(room_lost) X(report_losses)

#define MAESTRO_HOST_AND_JOURNAL_MESSAGES(X) \
  X(create_instance) X(delete_instance) X(list_instances) X(instance_list) X(begin_review) X(instance_event) \
  X(prepare_scheduler) X(remove_scheduler) X(subscribe_instances) X(append_events) X(events_appended) \
  X(load_stream) X(loaded_stream) X(save_snapshot) X(list_streams) X(stream_list) X(read_events) \
  X(event_page) X(watch_events) X(purge_operations) X(operations_purged) X(list_copies) X(copy_list) \
  X(read_snapshot) X(snapshot_part) X(read_finished) X(finished_list) X(restore_copy) X(save_watermark) \
  X(make_checkpoint) X(checkpoint_made) X(get_journal_status) X(journal_status)

#define MAESTRO_NODE_MESSAGES(X) \
  X(report_room_event) X(follow_forwarders) X(change_forwarder) X(resync_room) X(cursor_moved) \
  X(use_matchmaker) X(matchmaker_call) X(matchmaker_answer) X(scheduler_changed) X(scheduler_gone) \
  X(get_directory_status) X(directory_status) X(timer_fired) X(list_nodes) X(node_list) X(change_node) \
  X(read_store) X(store_listing) X(change_store) X(store_outcome) X(watch_store) X(compact_store) \
  X(store_changes) X(store_contact) X(lease_lost) X(peer_hello) X(find_remote_room) X(relay_ping) \
  X(relay_allocation) X(with_key<maestro::create_scheduler>) X(with_key<maestro::delete_scheduler>) \
  X(with_key<maestro::new_scheduler_version>) X(with_key<maestro::switch_active_version>) \
  X(with_key<maestro::request_room_end>) X(with_key<maestro::cancel_operation>) \
  X(with_key<maestro::relay_allocation>) X(create_here) X(open_peer_door) X(connect_peer) X(peer_link) \
  X(link_changed) X(adopt_scheduler) X(release_scheduler) X(known_peers) X(host_lost) X(read_machine_logs) \
  X(read_machine_artifacts) X(probe_there) X(stop_probing_there) X(probed_ping) X(probed_silence) \
  X(read_artifacts) X(artifact_piece) X(relay_lot) X(lot_answers) X(list_strangers) X(stranger_list) \
  X(adopt_stranger) X(end_stranger) X(list_changes) X(change_list)

#define MAESTRO_MESSAGES(X) \
  MAESTRO_SCHEDULER_MESSAGES(X) \
  MAESTRO_ROOM_MESSAGES(X) \
  MAESTRO_HOST_AND_JOURNAL_MESSAGES(X) \
  MAESTRO_NODE_MESSAGES(X)
// clang-format on
