#include "test/cluster/shared_journal_fixture.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro {

using namespace std::chrono_literals;

namespace {

/// Hands on what the watch says, as the trouble has it.
store_subscriber_actor spawn_between(caf::actor_system& system, std::shared_ptr<store_trouble> trouble,
                                     std::shared_ptr<store_subscriber_actor> whom) {
  return system.spawn([=](store_subscriber_actor::pointer self) -> store_subscriber_actor::behavior_type {
    return {[=](const store_changes& changes) {
              if (!changes.is_whole && trouble->lost_changes > 0) {
                --trouble->lost_changes;
                return;
              }
              if (trouble->holds_changes)
                trouble->changes.push_back(changes);
              else
                self->send(*whom, changes);
            },
            [=](const store_contact& contact) { self->send(*whom, contact); },
            [=](lease_lost lost) { self->send(*whom, lost); }};
  });
}

std::size_t bytes_of(const change_store& wanted) {
  std::size_t bytes = 0;
  for (auto& condition : wanted.conditions)
    bytes += condition.key.size();
  for (auto& write : wanted.writes)
    bytes += write.key.size() + write.value.size();
  return bytes;
}

caf::result<store_outcome> change(cluster_store_actor::pointer self, const cluster_store_actor& inner,
                                  store_trouble& trouble, const change_store& wanted) {
  ++trouble.changes_sent;
  auto bytes = bytes_of(wanted);
  trouble.longest = std::max(trouble.longest, bytes);
  if (trouble.takes_bytes > 0 && bytes > trouble.takes_bytes)
    return to_caf({ec::invalid_argument, "request is too large"});
  auto lost = to_caf({ec::deadline_exceeded, "no answer in time"});
  if (trouble.is_full)
    return to_caf({ec::resource_exhausted, "database space exceeded"});
  if (trouble.full_changes > 0) {
    --trouble.full_changes;
    auto answer = self->make_response_promise<store_outcome>();
    auto full = to_caf({ec::resource_exhausted, "database space exceeded"});
    self->request(inner, caf::infinite, wanted)
        .then([=](const store_outcome&) mutable { answer.deliver(full); },
              [=](const caf::error&) mutable { answer.deliver(full); });
    return answer;
  }
  if (trouble.keeps_requests) {
    trouble.kept.push_back(wanted);
    return lost;
  }
  if (trouble.lost_requests > 0) {
    --trouble.lost_requests;
    return lost;
  }
  if (trouble.lost_answers > 0) {
    --trouble.lost_answers;
    auto answer = self->make_response_promise<store_outcome>();
    self->request(inner, caf::infinite, wanted)
        .then([=](const store_outcome&) mutable { answer.deliver(lost); },
              [=](const caf::error&) mutable { answer.deliver(lost); });
    return answer;
  }
  return self->delegate(inner, wanted);
}

cluster_store_actor spawn_troubled_store(caf::actor_system& system, journal_node& node) {
  return system.spawn([inner = node.inner, trouble = node.trouble, subscriber = node.subscriber](
                          cluster_store_actor::pointer self) -> cluster_store_actor::behavior_type {
    auto between = spawn_between(self->system(), trouble, subscriber);
    self->attach_functor([between](const caf::error&) { caf::anon_send_exit(between, caf::exit_reason::kill); });
    return {
        [=](const read_store& wanted) -> caf::result<store_listing> {
          if (trouble->before_read)
            trouble->before_read(wanted);
          return self->delegate(inner, wanted);
        },
        [=](const change_store& wanted) { return change(self, inner, *trouble, wanted); },
        [=](watch_store& wish) -> caf::result<done> {
          *subscriber = std::exchange(wish.subscriber, between);
          return self->delegate(inner, std::move(wish));
        },
        [=](const compact_store& wish) -> caf::result<done> { return self->delegate(inner, wish); },
        [](const timer_fired&) {},
    };
  });
}

} // namespace

void SharedJournalTest::TearDown() {
  for (auto& [name, node] : nodes)
    *node.subscriber = nullptr;
  ActorTest::TearDown();
}

void SharedJournalTest::start(const std::string& name) {
  auto& node = nodes[name];
  if (node.holder == 0)
    node.holder = agreement->join();
  if (node.node_id.empty())
    node.node_id = name + "-id";
  take_name(name);
  cluster_member me;
  me.name = node_name(name);
  me.node_id = node.node_id;
  me.started_at = timestamp(std::chrono::seconds(++starts));
  node_clock clock = [this] {
    return clock_reading{never, never, coordinator().clock().now().time_since_epoch()};
  };
  node.inner = keep(spawn_plain_store(sys, agreement, node.holder));
  node.store = keep(spawn_troubled_store(sys, node));
  node.copy = keep(simulation::spawn_simulated_journal(sys, node.disk, random, now()));
  shared_journal_watch watch;
  watch.looked = [in_store = node.in_store](std::size_t count, std::size_t) { *in_store = count; };
  node.journal = keep(spawn_shared_journal(sys, {node.store, node.store, node.copy, clock, me, settings, watch}));
  node.is_running = true;
  tell_peers();
}

std::string SharedJournalTest::key_value_of(const std::string& name) {
  cluster_member member;
  member.name = node_name(name);
  member.node_id = nodes[name].node_id;
  return member_value(member);
}

void SharedJournalTest::take_name(const std::string& name) {
  auto key = member_key(node_name(name));
  auto value = key_value_of(name);
  for (auto& entry : agreement->read(key).entries)
    if (entry.key == key && entry.value != value)
      return;
  agreement->change({{}, {{store_write_kind::put, key, value}}}, 0);
}

void SharedJournalTest::give_up_name(const std::string& name) {
  for (auto& entry : agreement->read(member_key(node_name(name))).entries)
    if (entry.value == key_value_of(name))
      agreement->change({{}, {{store_write_kind::erase, entry.key, {}}}}, 0);
}

void SharedJournalTest::start_three() {
  for (auto* name : {"n1", "n2", "n3"}) {
    start(name);
    advance(100ms);
  }
  advance(2s);
}

void SharedJournalTest::tell_peers() {
  for (auto& [name, node] : nodes) {
    known_peers known;
    for (auto& [other, peer] : nodes) {
      if (other == name)
        continue;
      auto& one = known.peers.emplace_back();
      one.member.name = node_name(other);
      one.member.node_id = peer.node_id;
      one.is_reached = peer.is_running;
      // A PEER hands what a copy is asked for to that node's own journal.
      one.peer = peer.source ? caf::actor_cast<peer_actor>(peer.source) : caf::actor_cast<peer_actor>(peer.copy);
    }
    caf::anon_send(node.journal, known);
  }
}

void SharedJournalTest::end(const std::string& name) {
  auto& node = nodes[name];
  for (auto handle : {caf::actor_cast<caf::actor>(node.journal), caf::actor_cast<caf::actor>(node.copy),
                      caf::actor_cast<caf::actor>(node.store), caf::actor_cast<caf::actor>(node.inner)})
    kill(handle);
  *node.subscriber = nullptr;
  node.is_running = false;
  give_up_name(name); // its lease runs out
  tell_peers();
}

void SharedJournalTest::replace_disk(const std::string& name) {
  nodes[name].disk = std::make_shared<simulation::simulated_disk>();
  nodes[name].node_id = name + "-id-" + std::to_string(starts);
}

void SharedJournalTest::let_changes_go(const std::string& name, bool reversed) {
  auto& node = nodes[name];
  node.trouble->holds_changes = false;
  auto held = std::exchange(node.trouble->changes, {});
  if (reversed)
    std::reverse(held.begin(), held.end());
  for (auto& changes : held)
    caf::anon_send(*node.subscriber, changes);
}

owner_epoch SharedJournalTest::own(const std::string& scheduler, const std::string& node) {
  auto outcome = agreement->change(
      {{}, {{store_write_kind::put, owner_key(scheduler_name(scheduler)), owner_value(node_name(node))}}}, 0);
  return {static_cast<std::uint64_t>(outcome.revision)};
}

append_events SharedJournalTest::batch(const std::string& stream, std::uint64_t first, owner_epoch epoch,
                                       int records) {
  append_events what;
  what.stream = stream;
  what.first_sequence = first;
  what.epoch = epoch;
  for (int i = 0; i < records; ++i)
    what.records.push_back(
        fmt::format("{} {} of epoch {}", stream, first + static_cast<std::uint64_t>(i), epoch.number));
  return what;
}

std::shared_ptr<std::optional<result<events_appended>>> SharedJournalTest::send(const std::string& node,
                                                                                append_events what) {
  auto outcome = std::make_shared<std::optional<result<events_appended>>>();
  keep(sys.spawn([outcome, what = std::move(what), whom = nodes[node].journal](caf::event_based_actor* me) {
    me->request(whom, caf::infinite, what)
        .then([outcome](const events_appended& answer) { *outcome = answer; },
              [outcome](const caf::error& why) { *outcome = from_caf(why); });
  }));
  run();
  return outcome;
}

result<events_appended> SharedJournalTest::append(const std::string& node, append_events what) {
  return at<events_appended>(node, what);
}

result<loaded_stream> SharedJournalTest::load(const std::string& node, const std::string& stream,
                                              owner_epoch epoch) {
  return at<loaded_stream>(node, load_stream{stream, epoch});
}

std::uint64_t SharedJournalTest::on_disk(const std::string& node, const std::string& stream) {
  auto& streams = nodes[node].disk->streams;
  auto found = streams.find(stream);
  return found == streams.end() ? 0 : found->second.records.size();
}

void SharedJournalTest::expect_equal_disks() {
  auto& first = nodes.begin()->second.disk->streams;
  for (auto& [name, node] : nodes) {
    std::size_t streams = 0;
    for (auto& [stream, stored] : node.disk->streams) {
      streams += stored.records.empty() ? 0 : 1;
      EXPECT_EQ(stored.records, first[stream].records) << name << " " << stream;
    }
    EXPECT_EQ(streams, static_cast<std::size_t>(std::count_if(
                           first.begin(), first.end(), [](auto& one) { return !one.second.records.empty(); })))
        << name;
  }
}

} // namespace maestro
