// A real gateway on free ports in front of fakes: a directory that answers what the test scripted, a journal that
// knows its health, game rooms that count their pings. Only the doors are real.
#pragma once

#include "actors/metrics.hpp"
#include "messages/type_ids.hpp"
#include "nodes/gateway/gateway.hpp"
#include "test/support/wire_client.hpp"

#include <caf/all.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace maestro {

/// What the fake directory answers. Handlers run on an actor's thread; set them before the first request.
struct directory_script {
  std::function<result<scheduler>(const create_scheduler&)> create;
  std::function<result<scheduler>(const get_scheduler&)> get;
  std::function<result<scheduler_list>(const list_schedulers&)> list;
  std::function<result<scheduler_info_list>(const list_scheduler_infos&)> infos;
  std::function<result<version_list>(const list_versions&)> versions;
  std::function<result<operation_id>(const delete_scheduler&)> remove;
  std::function<result<operation_id>(const new_scheduler_version&)> new_version;
  std::function<result<operation_id>(const switch_active_version&)> switch_version;
  std::function<result<operation_id>(const request_room_end&)> end_room;
  std::function<result<operation_page>(const list_operations&)> operations;
  std::function<result<operation>(const get_operation&)> operation_by_id;
  std::function<result<done>(const cancel_operation&)> cancel;
  std::function<result<allocated_room>(const allocate_room&)> allocate;
  std::function<result<room_handle>(const find_room&)> find;
  std::function<result<done>(const report_room_event&)> report;
  std::function<result<room_list>(const list_rooms&)> rooms;
  std::function<result<room_view>(const get_room&)> room;
  std::function<result<rooms_explanation>(const explain_rooms&)> plan;
  std::function<result<stranger_list>(const list_strangers&)> strangers;
  std::function<result<done>(const maestro::adopt_stranger&)> adopt;
  std::function<result<done>(const maestro::end_stranger&)> end_stranger;
  std::function<result<room_logs>(const read_room_logs&)> logs;
  std::function<result<artifact_piece>(const read_artifacts&)> artifacts;
  std::function<result<timeline>(const get_room_timeline&)> room_timeline;
  std::function<result<timeline>(const get_operation_timeline&)> operation_timeline;
  std::function<result<change_list>(const maestro::list_changes&)> changes;
  std::atomic<bool> recovering{false};
  std::atomic<bool> read_only{false};
  std::atomic<bool> silent{false}; ///< never answers get_scheduler
  std::atomic<int> lookups{0};
  caf::response_promise held; ///< of the get_scheduler that waits, when silent
};

scheduler_directory_actor spawn_fake_directory(caf::actor_system& system,
                                               std::shared_ptr<directory_script> script);
journal_actor spawn_fake_journal(caf::actor_system& system, std::shared_ptr<directory_script> script);

struct ping_log {
  std::mutex mutex;
  std::vector<ping_room> pings;
  bool succeed = true;
  bool keep = true; ///< remember them
  std::atomic<bool> wants_metadata{false};
  std::size_t count() {
    std::lock_guard lock(mutex);
    return pings.size();
  }
};
game_room_actor spawn_fake_room(caf::actor_system& system, std::shared_ptr<ping_log> log);

struct fake_config : caf::actor_system_config {
  fake_config();
};

/// What the doors told the metrics.
class observed_metrics {
public:
  /// `service handler method code` of each answered request, sorted.
  std::vector<std::string> finished() const;
  int in_flight() const;

  const std::shared_ptr<metrics> meter = std::make_shared<metrics>();
};

class GatewayTest : public ::testing::Test {
protected:
  GatewayTest();
  ~GatewayTest() override;

  /// Call at most once; settings may be changed before.
  void open();
  template <class Handle>
  Handle keep(Handle handle) {
    kept_.push_back(caf::actor_cast<caf::actor>(handle));
    return handle;
  }

  http_answer management(std::string_view method, std::string_view target, std::string_view body = {},
                         const http_client::header_list& headers = {}) {
    return fetch(ports.management, method, target, body, headers);
  }
  http_answer game_rooms(std::string_view method, std::string_view target, std::string_view body = {},
                         const http_client::header_list& headers = {}) {
    return fetch(ports.rooms, method, target, body, headers);
  }
  http_answer internal(std::string_view target) { return fetch(ports.internal, "GET", target); }

  fake_config config_;
  caf::actor_system system{config_};
  std::shared_ptr<directory_script> script = std::make_shared<directory_script>();
  std::shared_ptr<observed_metrics> observer = std::make_shared<observed_metrics>();
  std::shared_ptr<const access_policy> policy = std::make_shared<anyone>();
  gateway_config settings;
  gateway_ports ports;
  std::unique_ptr<gateway> doors;

private:
  std::vector<caf::actor> kept_;
};

/// `{"code":…,"message":"…","details":[]}`
std::string error_json(int code, const std::string& message);

} // namespace maestro
