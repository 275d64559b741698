// Several nodes' CLUSTER DIRECTORIES, PEERS and PEER DOORS in one thread under virtual time, on one simulated store. Their
// LOCAL DIRECTORIES are small ones that keep names; links are handles that break when a node dies.
#pragma once

#include "actors/cluster/cluster_directory.hpp"
#include "actors/cluster/cluster_prober.hpp"
#include "actors/cluster/peer_door.hpp"
#include "actors/cluster/served_schedulers.hpp"
#include "actors/host_board.hpp"
#include "actors/rules/cluster_table.hpp"
#include "messages/cluster_codec.hpp"
#include "runtime/runtime_events.hpp"
#include "test/cluster/plain_store.hpp"
#include "test/support/actor_fixture.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace maestro {

using namespace std::chrono_literals;

/// What a node's journal has, and what was asked of the node.
struct journal_of_names {
  std::set<scheduler_name> names;
  std::vector<std::string> asked;
  int pings = 0;
  bool is_silent = false; ///< answers nobody
  std::vector<caf::typed_response_promise<scheduler>> unanswered;
  std::vector<caf::typed_response_promise<done>> adopting;              ///< likewise
  std::vector<caf::typed_response_promise<allocated_room>> unallocated; ///< likewise
  duration last_deadline{};
  std::vector<request_key> keys;                                 ///< of allocations
  std::map<scheduler_name, request_key> creations;               ///< by whose wish each was made
  const std::set<scheduler_name>* dies_over_creations = nullptr; ///< the node that serves these answers none
  bool writes_before = false;                                    ///< and has written it by then
  std::vector<caf::typed_response_promise<scheduler>> uncreated; ///< likewise
  bool holds_releases = false; ///< until the node's directory is told `timer_fired`
  std::map<scheduler_name, caf::typed_response_promise<done>> releasing;
  int made_beside = 0; ///< creations of what is being let go
};

template <class Answer>
caf::result<Answer> not_asked() {
  return to_caf({ec::unimplemented, "the test does not ask this"});
}

inline local_directory_actor spawn_names(caf::actor_system& system, std::shared_ptr<journal_of_names> journal,
                                         std::shared_ptr<std::set<scheduler_name>> serving,
                                         std::shared_ptr<bool> is_behind) {
  return system.spawn([=](local_directory_actor::pointer self) -> local_directory_actor::behavior_type {
    auto room = self->system().spawn([=](game_room_actor::pointer) -> game_room_actor::behavior_type {
      return {[=](const ping_room&) {
        ++journal->pings;
        return ping_result{true, false};
      }};
    });
    self->attach_functor([room](const caf::error&) { caf::anon_send_exit(room, caf::exit_reason::kill); });
    auto has = [=](const scheduler_name& name) -> caf::error {
      journal->asked.push_back(name.str());
      if (!journal->names.contains(name))
        return to_caf({ec::not_found, "scheduler not found"});
      return serving->contains(name) ? caf::error() : to_caf({ec::deposed, "not served here"});
    };
    return {
        [=](const create_scheduler& command) -> caf::result<scheduler> {
          if (command.recipe.game == "refused")
            return to_caf({ec::resource_exhausted, "no more"});
          auto& name = command.recipe.name;
          journal->made_beside += static_cast<int>(journal->releasing.count(name));
          bool is_over = journal->dies_over_creations == serving.get();
          if (is_over && !journal->writes_before)
            return journal->uncreated.emplace_back(self->make_response_promise<scheduler>());
          bool is_new = journal->names.insert(name).second;
          auto& made_by = journal->creations[name];
          if (!is_new && (made_by.empty() || made_by != command.request))
            return to_caf({ec::already_exists, "name already exists"});
          made_by = command.request;
          serving->insert(name);
          if (is_over)
            return journal->uncreated.emplace_back(self->make_response_promise<scheduler>());
          return command.recipe;
        },
        [=](const get_scheduler& wanted) -> caf::result<scheduler> {
          if (journal->is_silent)
            return journal->unanswered.emplace_back(self->make_response_promise<scheduler>());
          if (auto why = has(wanted.name))
            return why;
          scheduler found;
          found.name = wanted.name;
          return found;
        },
        [=](const list_schedulers& filter) {
          scheduler_list all;
          for (auto& name : journal->names)
            if (filter.name.empty() || filter.name == name.str()) {
              all.items.emplace_back();
              all.items.back().name = name;
              all.conditions.push_back({"condition of " + name.str(), {}, {}});
            }
          return all;
        },
        [=](const list_scheduler_infos& filter) {
          scheduler_info_list all;
          for (auto& name : journal->names)
            if (filter.limit == 0 || all.items.size() < filter.limit) {
              all.items.emplace_back();
              all.items.back().recipe.name = name;
            }
          return all;
        },
        [](const list_versions&) { return not_asked<version_list>(); },
        [=](const delete_scheduler& command) -> caf::result<operation_id> {
          journal->names.erase(command.name);
          serving->erase(command.name);
          return operation_id("deleted");
        },
        [](const new_scheduler_version&) { return not_asked<operation_id>(); },
        [](const switch_active_version&) { return not_asked<operation_id>(); },
        [](const request_room_end&) { return not_asked<operation_id>(); },
        [](const list_operations&) { return not_asked<operation_page>(); },
        [](const get_operation&) { return not_asked<operation>(); },
        [](const cancel_operation&) { return not_asked<done>(); },
        [=](const allocate_room& wish) -> caf::result<allocated_room> {
          journal->last_deadline = wish.deadline;
          journal->keys.push_back(wish.request);
          if (journal->is_silent)
            return journal->unallocated.emplace_back(self->make_response_promise<allocated_room>());
          return allocated_room{room_id(wish.scheduler.str() + "-abcde"), "127.0.0.1", {}};
        },
        [=](const find_room& wanted) -> caf::result<room_handle> {
          if (auto why = has(wanted.scheduler))
            return why;
          return room_handle{room, false};
        },
        [](const list_rooms&) { return not_asked<room_list>(); },
        [](const report_room_event&) { return not_asked<done>(); },
        [](const get_room&) { return not_asked<room_view>(); },
        [](const explain_rooms&) { return not_asked<rooms_explanation>(); },
        [](const list_strangers&) { return not_asked<stranger_list>(); },
        [](const adopt_stranger&) { return not_asked<done>(); },
        [](const end_stranger&) { return not_asked<done>(); },
        [](const read_room_logs&) { return not_asked<room_logs>(); },
        [](const read_artifacts&) { return not_asked<artifact_piece>(); },
        [](const get_room_timeline&) { return not_asked<timeline>(); },
        [](const get_operation_timeline&) { return not_asked<timeline>(); },
        [](const list_changes&) { return not_asked<change_list>(); },
        [=](const get_directory_status&) {
          return directory_status{false, journal->names.size()};
        },
        [](const list_nodes&) { return not_asked<node_list>(); },
        [](const change_node&) { return not_asked<done>(); },
        [](const scheduler_changed&) {},
        [](const scheduler_gone&) {},
        [](const host_lost&) {},
        [=](const adopt_scheduler& wish) -> caf::result<done> {
          if (journal->is_silent)
            return journal->adopting.emplace_back(self->make_response_promise<done>());
          if (*is_behind)
            return to_caf({ec::unavailable, "the journal of this stream is not whole on this node yet"});
          if (!journal->names.contains(wish.name))
            return to_caf({ec::not_found, "scheduler not found"});
          serving->insert(wish.name);
          return done{};
        },
        [=](const release_scheduler& wish) -> caf::result<done> {
          serving->erase(wish.name);
          if (!journal->holds_releases)
            return done{};
          return journal->releasing[wish.name] = self->make_response_promise<done>();
        },
        [=](const timer_fired&) {
          for (auto& [name, answer] : std::exchange(journal->releasing, {}))
            answer.deliver(done{});
        },
    };
  });
}

/// The journal of a node, as far as it is asked which schedulers it has.
inline journal_actor spawn_journal_of(caf::actor_system& system, std::shared_ptr<journal_of_names> journal,
                                      std::shared_ptr<bool> is_behind, std::shared_ptr<bool> writes_nothing) {
  return system.spawn([=](journal_actor::pointer) -> journal_actor::behavior_type {
    return {
        [](const append_events&) { return not_asked<events_appended>(); },
        [](const load_stream&) { return not_asked<loaded_stream>(); },
        [](const save_snapshot&) { return not_asked<done>(); },
        [=](const list_streams& wanted) {
          stream_list all;
          for (auto& name : journal->names)
            all.names.push_back(wanted.prefix + name.str());
          return all;
        },
        [](const read_events&) { return not_asked<event_page>(); },
        [](const watch_events&) { return not_asked<done>(); },
        [](const list_operations&) { return not_asked<operation_page>(); },
        [](const get_operation&) { return not_asked<operation>(); },
        [](const purge_operations&) { return not_asked<operations_purged>(); },
        [=](const get_journal_status&) {
          return journal_status{*is_behind || *writes_nothing, "not whole", false, -1, *writes_nothing};
        },
        [](const list_copies&) { return not_asked<copy_list>(); },
        [](const read_snapshot&) { return not_asked<snapshot_part>(); },
        [](const read_finished&) { return not_asked<finished_list>(); },
        [](const restore_copy&) { return not_asked<done>(); },
        [](const save_watermark&) { return not_asked<done>(); },
        [](make_checkpoint) { return not_asked<checkpoint_made>(); },
        [](const timer_fired&) {},
    };
  });
}

/// Whom a machine's prober asks now; none of them answers by itself.
struct asked_rooms {
  std::map<room_id, begin_probing> now;
  int begun = 0;
};

inline prober_actor spawn_asked_rooms(caf::actor_system& system, std::shared_ptr<asked_rooms> rooms) {
  return system.spawn([=](prober_actor::pointer self) -> prober_actor::behavior_type {
    self->set_down_handler([=](const caf::down_msg& down) {
      std::erase_if(rooms->now, [&](auto& one) { return one.second.game.address() == down.source; });
    });
    return {
        [=](const begin_probing& wish) {
          ++rooms->begun;
          rooms->now[wish.id] = wish;
          self->monitor(wish.game);
        },
        [=](const end_probing& wish) { rooms->now.erase(wish.id); },
        [](const timer_fired&) {},
    };
  });
}

/// What runs on a machine, and which schedulers' rooms were ended there, with the epoch that said so.
struct machine {
  std::vector<instance> runs;
  std::map<scheduler_name, owner_epoch> ended;
};

inline room_host_actor spawn_machine(caf::actor_system& system, std::shared_ptr<machine> what) {
  return system.spawn([=](room_host_actor::pointer) -> room_host_actor::behavior_type {
    return {
        [](const create_instance&) { return not_asked<done>(); },
        [](const delete_instance&) { return not_asked<done>(); },
        [=](const list_instances& wish) {
          instance_list page;
          for (auto& one : what->runs)
            if (wish.after < one.id)
              page.items.push_back(one);
          return page;
        },
        [](const prepare_scheduler&) { return not_asked<done>(); },
        [=](const remove_scheduler& wish) -> caf::result<done> {
          what->ended[wish.name] = wish.epoch;
          return done{};
        },
        [](const read_room_logs&) { return not_asked<room_logs>(); },
        [](const read_artifacts&) { return not_asked<artifact_piece>(); },
        [](const timer_fired&) {},
    };
  });
}

struct member_node {
  std::shared_ptr<machine> runs = std::make_shared<machine>();
  std::shared_ptr<asked_rooms> asked = std::make_shared<asked_rooms>();
  std::shared_ptr<host_board> hosts;
  cluster_prober_actor prober;
  runtime_events_actor host_events;
  std::shared_ptr<journal_of_names> journal = std::make_shared<journal_of_names>();
  std::shared_ptr<std::set<scheduler_name>> serving;
  std::shared_ptr<bool> is_behind = std::make_shared<bool>(false); ///< its journal
  std::shared_ptr<bool> writes_nothing =
      std::make_shared<bool>(false); ///< likewise, though the store takes writes
  simulated_agreement::holder holder = 0;
  cluster_store_actor store;
  local_directory_actor local;
  peer_door_actor door;
  cluster_directory_actor directory;
};

class ClusterDirectory : public ActorTest {
protected:
  void start(const std::string& name, const std::string& node_id = "", std::uint32_t format = rules::peer_format) {
    auto& node = nodes[name];
    node.holder = agreement->join();
    node.store = keep(spawn_plain_store(sys, agreement, node.holder));
    if (before_store)
      node.store = keep(before_store(node.store));
    if (common)
      node.journal = common;
    node.serving = std::make_shared<std::set<scheduler_name>>();
    node.local = keep(spawn_names(sys, node.journal, node.serving, node.is_behind));
    cluster_member me;
    me.name = node_name(name);
    me.node_id = node_id.empty() ? name + "-id" : node_id;
    me.address = name + ":1";
    me.format = format;
    me.takes_keys = me.takes_lots = format == rules::peer_format && !takes_no_keys.contains(name);
    me.roles = {rules::owner_role};
    me.started_at = timestamp(std::chrono::seconds(++starts));
    auto connector =
        keep(sys.spawn([this, name](peer_connector_actor::pointer) -> peer_connector_actor::behavior_type {
          return {[this, name](const connect_peer& wish) -> caf::result<peer_link> {
            auto found = nodes.find(wish.address.substr(0, wish.address.find(':')));
            if (found == nodes.end() || !found->second.door)
              return to_caf({ec::not_found, "nobody listens there"});
            if (cut.contains({name, found->first}))
              return to_caf({ec::unavailable, "no answer in time"});
            if (lost_greetings.erase({name, found->first}) > 0)
              return peer_link{spawn_silence()};
            return peer_link{found->second.door};
          }};
        }));
    node_clock clock = [this] {
      return clock_reading{never, never, coordinator().clock().now().time_since_epoch()};
    };
    auto context = std::make_shared<cluster_context>();
    context->store = node.store;
    context->connector = connector;
    context->local = node.local;
    context->journal = keep(spawn_journal_of(sys, node.journal, node.is_behind, node.writes_nothing));
    context->host = keep(spawn_machine(sys, node.runs));
    context->host_events = keep(spawn_runtime_events(sys));
    context->events = keep(spawn_runtime_events(sys));
    context->clock = clock;
    context->cluster = "test";
    context->self = me;
    context->served = std::make_shared<served_schedulers>();
    context->moves_schedulers = common != nullptr;
    node.host_events = context->host_events;
    node.hosts = context->hosts = std::make_shared<host_board>();
    node.asked->now.clear();
    node.prober = context->prober = keep(spawn_cluster_prober(
        sys, keep(spawn_asked_rooms(sys, node.asked)), context->host_events, me, context->settings.rooms_limit));
    context->followers.push_back(caf::actor_cast<peer_follower_actor>(node.prober));
    node.door = keep(spawn_peer_door(sys, context));
    node.directory = keep(spawn_cluster_directory(sys, context));
    caf::anon_send(node.door, open_peer_door{node.directory, node.local});
    caf::anon_send(node.prober, open_peer_door{node.directory, node.local});
    run();
  }
  void start_three() {
    for (auto* name : {"n1", "n2", "n3"})
      start(name);
    advance(1s, 50ms);
  }
  /// kill -9, and its lease runs out if `is_noticed`.
  void end(const std::string& name, bool is_noticed) {
    auto& node = nodes[name];
    auto door = std::exchange(node.door, nullptr);
    kill(node.directory);
    kill(door);
    kill(node.prober);
    if (is_noticed)
      agreement->end_lease(node.holder);
    run();
  }

  /// Hears everything and answers nothing.
  peer_door_actor spawn_silence() {
    return caf::actor_cast<peer_door_actor>(keep(sys.spawn([](caf::event_based_actor* me) -> caf::behavior {
      me->set_default_handler(caf::skip);
      return {[](done) {}};
    })));
  }

  template <class Answer, class Request>
  result<Answer> at(const std::string& node, const Request& request) {
    auto answer = ask<Answer>(nodes[node].directory, request);
    return answer ? result<Answer>(*answer) : result<Answer>(from_caf(answer.error()));
  }
  result<scheduler> create(const std::string& node, const std::string& name, const std::string& game = "g") {
    create_scheduler command;
    command.recipe.name = scheduler_name(name);
    command.recipe.game = game;
    return at<scheduler>(node, command);
  }
  result<scheduler> get(const std::string& node, const std::string& name) {
    return at<scheduler>(node, get_scheduler{scheduler_name(name), {}});
  }
  std::string owner_of(const std::string& name) {
    auto news = read_news({0, true, agreement->read(owner_key(scheduler_name(name))).entries, {}});
    auto* seen = news.facts.empty() ? nullptr : std::get_if<owner_seen>(&news.facts.front());
    return seen == nullptr ? "" : seen->owner->str();
  }
  std::string nodes_seen_by(const std::string& node) {
    std::string text;
    auto seen = at<node_list>(node, list_nodes{});
    if (!seen)
      return seen.error().text;
    for (auto& view : seen->nodes)
      text += view.member.name.str() + ":" + to_string(view.status) + ":" + std::to_string(view.schedulers) + " ";
    return text;
  }

  std::shared_ptr<simulated_agreement> agreement = std::make_shared<simulated_agreement>();
  std::map<std::string, member_node> nodes;
  std::shared_ptr<journal_of_names> common; ///< what every node can read; none: each has its own
  /// What stands between a node and its store, if something does.
  std::function<cluster_store_actor(const cluster_store_actor&)> before_store;
  std::set<std::string> takes_no_keys;                          ///< nodes of an earlier version
  std::set<std::pair<std::string, std::string>> cut;            ///< who does not reach whom
  std::set<std::pair<std::string, std::string>> lost_greetings; ///< whose next one is not heard by whom
  int starts = 0;
};

} // namespace maestro
