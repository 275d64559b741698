#include "test/gateway/gateway_fixture.hpp"

#include "messages/struct_json.hpp"

#include <algorithm>
#include <regex>

namespace maestro {

namespace {

/// What a script answers, as an actor does; nothing scripted is a failure.
template <class Answer, class Request>
caf::result<Answer> play(const std::function<result<Answer>(const Request&)>& scripted, const Request& request) {
  if (!scripted)
    return to_caf({ec::internal, "not scripted"});
  auto answer = scripted(request);
  if (!answer)
    return to_caf(answer.error());
  return std::move(*answer);
}

struct fake_state {
  static inline const char* name = "fake";
  fake_state() {}
};

using fake_directory_pointer = scheduler_directory_actor::stateful_pointer<fake_state>;

scheduler_directory_actor::behavior_type fake_directory(fake_directory_pointer self,
                                                        std::shared_ptr<directory_script> script) {
  return {[=](const create_scheduler& x) { return play(script->create, x); },
          [=](const get_scheduler& x) -> caf::result<scheduler> {
            if (!script->silent)
              return play(script->get, x);
            script->held = self->make_response_promise();
            return caf::delegated<scheduler>();
          },
          [=](const list_schedulers& x) { return play(script->list, x); },
          [=](const list_scheduler_infos& x) { return play(script->infos, x); },
          [=](const list_versions& x) { return play(script->versions, x); },
          [=](const delete_scheduler& x) { return play(script->remove, x); },
          [=](const new_scheduler_version& x) { return play(script->new_version, x); },
          [=](const switch_active_version& x) { return play(script->switch_version, x); },
          [=](const request_room_end& x) { return play(script->end_room, x); },
          [=](const list_operations& x) { return play(script->operations, x); },
          [=](const get_operation& x) { return play(script->operation_by_id, x); },
          [=](const cancel_operation& x) { return play(script->cancel, x); },
          [=](const allocate_room& x) { return play(script->allocate, x); },
          [=](const find_room& x) {
            ++script->lookups;
            return play(script->find, x);
          },
          [=](const report_room_event& x) { return play(script->report, x); },
          [=](const list_rooms& x) { return play(script->rooms, x); },
          [=](const get_room& x) { return play(script->room, x); },
          [=](const explain_rooms& x) { return play(script->plan, x); },
          [=](const list_strangers& x) { return play(script->strangers, x); },
          [=](const adopt_stranger& x) { return play(script->adopt, x); },
          [=](const end_stranger& x) { return play(script->end_stranger, x); },
          [=](const read_room_logs& x) { return play(script->logs, x); },
          [=](const read_artifacts& x) { return play(script->artifacts, x); },
          [=](const get_room_timeline& x) { return play(script->room_timeline, x); },
          [=](const get_operation_timeline& x) { return play(script->operation_timeline, x); },
          [=](const list_changes& x) { return play(script->changes, x); },
          [=](const get_directory_status&) {
            return directory_status{script->recovering, 0};
          },
          [](const list_nodes&) { return node_list{}; },
          [](const change_node&) -> caf::result<done> {
            return to_caf({ec::internal, "not scripted"});
          }};
}

template <class Answer>
caf::result<Answer> no_journal() {
  return to_caf({ec::internal, "not scripted"});
}

journal_actor::behavior_type fake_journal(journal_actor::stateful_pointer<fake_state>,
                                          std::shared_ptr<directory_script> script) {
  return {[](const append_events&) { return no_journal<events_appended>(); },
          [](const load_stream&) { return no_journal<loaded_stream>(); },
          [](const save_snapshot&) { return no_journal<done>(); },
          [](const list_streams&) { return no_journal<stream_list>(); },
          [](const read_events&) { return no_journal<event_page>(); },
          [](const watch_events&) { return no_journal<done>(); },
          [](const list_operations&) { return no_journal<operation_page>(); },
          [](const get_operation&) { return no_journal<operation>(); },
          [](const purge_operations&) { return no_journal<operations_purged>(); },
          [](const make_checkpoint&) { return checkpoint_made{"/data/journal.checkpoint"}; },
          [=](const get_journal_status&) {
            return journal_status{script->read_only, "disk full"};
          },
          [](const list_copies&) { return no_journal<copy_list>(); },
          [](const read_snapshot&) { return no_journal<snapshot_part>(); },
          [](const read_finished&) { return no_journal<finished_list>(); },
          [](const restore_copy&) { return no_journal<done>(); },
          [](const save_watermark&) { return no_journal<done>(); },
          [](const timer_fired&) {}};
}

game_room_actor::behavior_type fake_room(game_room_actor::stateful_pointer<fake_state>,
                                         std::shared_ptr<ping_log> log) {
  return {[=](const ping_room& x) {
    std::lock_guard lock(log->mutex);
    if (log->keep)
      log->pings.push_back(x);
    return ping_result{log->succeed, log->wants_metadata};
  }};
}

} // namespace

scheduler_directory_actor spawn_fake_directory(caf::actor_system& system,
                                               std::shared_ptr<directory_script> script) {
  return system.spawn(fake_directory, std::move(script));
}

journal_actor spawn_fake_journal(caf::actor_system& system, std::shared_ptr<directory_script> script) {
  return system.spawn(fake_journal, std::move(script));
}

game_room_actor spawn_fake_room(caf::actor_system& system, std::shared_ptr<ping_log> log) {
  return system.spawn(fake_room, std::move(log));
}

fake_config::fake_config() {
  register_messages(*this);
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", std::size_t{1});
}

std::vector<std::string> observed_metrics::finished() const {
  static const std::regex line(R"re(http_request_duration_seconds_count\{([^}]*)\} (\d+))re");
  auto label = [](const std::string& labels, const std::string& name) {
    std::smatch found;
    return std::regex_search(labels, found, std::regex("\\b" + name + "=\"([^\"]*)\"")) ? found[1].str() : "?";
  };
  std::vector<std::string> all;
  auto text = meter->render();
  for (auto i = std::sregex_iterator(text.begin(), text.end(), line); i != std::sregex_iterator(); ++i) {
    auto labels = (*i)[1].str();
    auto row = label(labels, "service") + " " + label(labels, "handler") + " " + label(labels, "method") + " " +
               label(labels, "code");
    all.insert(all.end(), std::stoul((*i)[2]), row);
  }
  std::sort(all.begin(), all.end());
  return all;
}

int observed_metrics::in_flight() const {
  static const std::regex line(R"re(http_requests_inflight\{[^}]*\} (\d+))re");
  auto text = meter->render();
  int sum = 0;
  for (auto i = std::sregex_iterator(text.begin(), text.end(), line); i != std::sregex_iterator(); ++i)
    sum += std::stoi((*i)[1]);
  return sum;
}

GatewayTest::GatewayTest() {
  settings.management_port = settings.rooms_port = settings.internal_port = 0;
  settings.management_grpc_port = settings.rooms_grpc_port = 0;
  settings.request_timeout = std::chrono::milliseconds(2000);
}

GatewayTest::~GatewayTest() {
  doors.reset();
  for (auto& handle : kept_)
    caf::anon_send_exit(handle, caf::exit_reason::kill);
  kept_.clear();
  script->find = nullptr;
  script->held = {};
}

void GatewayTest::open() {
  doors = std::make_unique<gateway>(system, settings, keep(spawn_fake_directory(system, script)),
                                    keep(spawn_fake_journal(system, script)), observer->meter, policy);
  auto opened = doors->start();
  ASSERT_TRUE(opened) << opened.error().text;
  ports = *opened;
}

std::string error_json(int code, const std::string& message) {
  std::string text = "{\"code\":" + std::to_string(code) + ",\"message\":";
  append_json_string(text, message);
  return text + ",\"details\":[]}";
}

} // namespace maestro
