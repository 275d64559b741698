#include "test/contract/exposition.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <sstream>

namespace maestro {

namespace {

std::string family_of(const std::string& name, const std::map<std::string, exposed_family>& known) {
  if (known.contains(name))
    return name;
  auto base = std::regex_replace(name, std::regex("_(bucket|sum|count)$"), "");
  EXPECT_TRUE(known.contains(base)) << name;
  return base;
}

} // namespace

std::map<std::string, exposed_family> read_exposition(const std::string& text) {
  static const std::regex head(R"(# (HELP|TYPE) (\S+) (.*))");
  static const std::regex sample(R"re(([a-zA-Z_:][\w:]*)(\{(.*)\})? (\S+))re");
  static const std::regex label(R"re((\w+)="((?:[^"\\]|\\.)*)")re");
  std::map<std::string, exposed_family> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (std::regex_match(line, found, head)) {
      (found[1] == "HELP" ? all[found[2]].help : all[found[2]].type) = found[3];
    } else if (std::regex_match(line, found, sample)) {
      metric_series one{found[1], {}, found[4]};
      auto labels = found[3].str();
      for (std::sregex_iterator i(labels.begin(), labels.end(), label), end; i != end; ++i)
        one.labels[(*i)[1]] = (*i)[2];
      all[family_of(one.name, all)].series.push_back(one);
    } else {
      ADD_FAILURE() << "no exposition: " << line;
    }
  }
  return all;
}

namespace {

using names = std::set<std::string>;
const std::vector<std::string> in_ms{"5", "10", "25", "50", "100", "250", "500", "1000", "2500", "5000", "10000"};
const std::vector<std::string> in_seconds{"0.005", "0.01", "0.025", "0.05", "0.1", "0.25",
                                          "0.5",   "1",    "2.5",   "5",    "10"};
const std::vector<std::string> of_a_sync{"0.25", "0.5", "1",   "2.5", "5",    "10",  "25",
                                         "50",   "100", "250", "500", "1000", "2500"};
const std::vector<std::string> of_a_stay{"1", "5", "15", "60", "300", "1800", "7200", "43200"};
const std::vector<std::string> in_bytes{"100",     "1000",     "10000",     "100000",
                                        "1000000", "10000000", "100000000", "1000000000"};
const names yes_no{"true", "false"};
const names statuses{"pending", "unready", "ready",     "occupied",  "terminating",
                     "error",   "active",  "allocated", "terminated"};

void add_of_the_doors(std::vector<metric_row>& all) {
  const names services{"management-api", "rooms-api", "management-grpc", "rooms-grpc"};
  const names methods{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE", "other"};
  const names by{"service", "handler", "method", "code"};
  all.push_back({"http_request_duration_seconds",
                 "histogram",
                 "(latency)",
                 by,
                 {{"service", services}, {"method", methods}},
                 in_seconds});
  all.push_back({"http_response_size_bytes",
                 "histogram",
                 "(bytes)",
                 by,
                 {{"service", services}, {"method", methods}},
                 in_bytes});
  all.push_back({"http_requests_inflight", "gauge", "(gauge)", {"service", "handler"}, {{"service", services}}});
}

void add_of_the_rooms_api(std::vector<metric_row>& all) {
  const std::string api = "maestro_api_";
  all.push_back({api + "failed_ping_forwarding_total", "counter", "(counter)", {"scheduler"}});
  all.push_back({api + "ping_handler_update_room_failures_total", "counter", "(counter)", {"scheduler"}});
  for (auto* outcome : {"success", "failed"})
    for (auto* event : {"room", "player"})
      all.push_back(
          {api + outcome + "_" + event + "_event_forwarding_total",
           "counter",
           "(counter)",
           {"game", "scheduler", "code"},
           outcome[0] == 's' ? std::map<std::string, names>{{"code", {"OK"}}} : std::map<std::string, names>{}});
  all.push_back({api + "events_dropped_total",
                 "counter",
                 "(counter)",
                 {"scheduler", "forwarder", "kind"},
                 {{"kind", {"event", "resync"}}}});
  all.push_back({api + "forwarder_queue_length", "gauge", "(gauge)", {"scheduler", "forwarder"}});
  all.push_back({api + "forwarder_lag_seconds", "gauge", "(gauge)", {"scheduler", "forwarder"}});
  const names results{"allocated", "no_ready_room",    "unknown_scheduler",
                      "too_late",  "too_many_waiting", "not_durable"};
  all.push_back(
      {api + "room_allocations_total", "counter", "(counter)", {"scheduler", "result"}, {{"result", results}}});
  all.push_back(
      {api + "room_allocation_latency", "histogram", "(latency)", {"result"}, {{"result", results}}, in_ms});
  all.push_back({"maestro_worker_grpc_request_latency",
                 "histogram",
                 "(latency)",
                 {"service", "method", "code"},
                 {{"service", {"GRPCForwarder"}},
                  {"method", {"SendRoomEvent", "SendRoomResync", "SendRoomStatus", "SendPlayerEvent"}}},
                 in_ms});
}

void add_of_the_worker(std::vector<metric_row>& all) {
  const std::string worker = "maestro_worker_";
  const names operations{"create_scheduler",
                         "create_new_scheduler_version",
                         "switch_active_version",
                         "delete_scheduler",
                         "add_rooms",
                         "remove_rooms",
                         "health_controller",
                         "storage_clean_up"};
  const names by{"game", "scheduler", "operation", "success"};
  const std::map<std::string, names> kinds{{"operation", operations}, {"success", yes_no}};
  all.push_back({worker + "operation_execution_latency", "histogram", "(latency)", by, kinds, in_ms});
  all.push_back({worker + "operation_rollback_latency", "histogram", "(latency)", by, kinds, in_ms, true});
  all.push_back({worker + "add_rooms_operation_execution_failed_total",
                 "counter",
                 "(counter)",
                 {"scheduler", "operation"},
                 {{"operation", {"add_rooms"}}}});
  all.push_back({worker + "remove_rooms_operation_deletion_failed_total_total",
                 "counter",
                 "(counter)",
                 {"scheduler", "operation"},
                 {{"operation", {"remove_rooms"}}},
                 {},
                 true});
  for (auto* gauge : {"desired_rooms",
                      "current_rooms",
                      "rooms_with_termination_timeout",
                      "rooms_properly_terminated",
                      "gru_ready",
                      "gru_pending",
                      "gru_unready",
                      "gru_terminating",
                      "gru_error",
                      "gru_occupied",
                      "gru_active",
                      "gru_allocated",
                      "instance_ready",
                      "instance_pending",
                      "instance_unknown",
                      "instance_terminating",
                      "instance_error",
                      "running_matches",
                      "allocated_slots",
                      "max_matches",
                      "ready_target",
                      "fixed_buffer"})
    all.push_back({worker + gauge, "gauge", "(gauge)", {"game", "scheduler"}});
  all.push_back({worker + "room_status_duration_seconds",
                 "histogram",
                 "(latency)",
                 {"scheduler", "status"},
                 {{"status", statuses}},
                 of_a_stay});
  all.push_back({"maestro_scheduler_degraded", "gauge", "(gauge)", {"game", "scheduler"}});
  all.push_back({"maestro_current_workers",
                 "gauge",
                 "(gauge)",
                 {"scheduler", "maestro_component"},
                 {{"maestro_component", {"operation_execution", "runtime_watcher", "metrics_reporter"}}}});
  all.push_back({"maestro_watcher_number_of_events_processed_total",
                 "counter",
                 "(counter)",
                 {"scheduler", "instanceEventType", "success"},
                 {{"instanceEventType", {"added", "updated", "deleted"}}, {"success", yes_no}}});
}

void add_of_the_node(std::vector<metric_row>& all) {
  all.push_back({"maestro_build_info", "gauge", "(gauge)", {"version"}});
  all.push_back({"maestro_ready", "gauge", "(gauge)", {}});
  all.push_back(
      {"maestro_clock_irregularities_total", "counter", "(counter)", {"kind"}, {{"kind", {"step", "pause"}}}});
  all.push_back({"maestro_journal_commit_latency", "histogram", "(latency)", {}, {}, of_a_sync});
  all.push_back({"maestro_journal_commit_bytes", "histogram", "(bytes)", {}, {}, in_bytes});
  for (auto* gauge : {"read_only", "disk_free_bytes", "disk_reserve_bytes"})
    all.push_back({"maestro_journal_" + std::string(gauge), "gauge", "(gauge)", {}});
  all.push_back({"process_cpu_seconds_total", "counter", "(counter)", {}});
  for (auto* gauge :
       {"start_time_seconds", "resident_memory_bytes", "virtual_memory_bytes", "open_fds", "max_fds"})
    all.push_back({"process_" + std::string(gauge), "gauge", "(gauge)", {}});
}

// A node that stands alone shows none of them.
void add_of_a_cluster(std::vector<metric_row>& all) {
  auto add = [&](const std::string& name, std::string type, std::string help_ends, std::set<std::string> labels,
                 std::map<std::string, std::set<std::string>> values = {}, std::vector<std::string> buckets = {}) {
    all.push_back({"maestro_cluster_" + name, std::move(type), std::move(help_ends), std::move(labels),
                   std::move(values), std::move(buckets), true});
  };
  add("nodes", "gauge", "(gauge)", {"status"}, {{"status", {"ready", "draining", "unreachable", "gone"}}});
  add("schedulers", "gauge", "(gauge)", {"state"}, {{"state", {"serving", "moving"}}});
  for (auto* gauge : {"store_up", "journal_transactions", "copy_waiting_bytes"})
    add(gauge, "gauge", "(gauge)", {});
  for (auto* counter : {"takeovers_total", "deposed_writes_total"})
    add(counter, "counter", "(counter)", {});
  add("handover_seconds", "histogram", "(latency)", {}, {}, in_seconds);
  add("commit_latency", "histogram", "(latency)", {}, {}, of_a_sync);
}

} // namespace

std::vector<metric_row> metric_rows() {
  std::vector<metric_row> all;
  add_of_the_doors(all);
  add_of_a_cluster(all);
  add_of_the_rooms_api(all);
  add_of_the_worker(all);
  add_of_the_node(all);
  return all;
}

} // namespace maestro
