// SHARED JOURNALS on a real etcd and real disks: commits, an etcd that ends and comes back, one that stands still, an owner
// that is replaced in the middle, a node that comes late. Whatever was answered is on every disk, once.
#include "actors/cluster/shared_journal.hpp"
#include "messages/cluster_codec.hpp"
#include "messages/shared_journal_codec.hpp"
#include "messages/type_ids.hpp"
#include "nodes/cluster/etcd_store.hpp"
#include "nodes/journal/journal_keeper.hpp"
#include "test/support/etcd_process.hpp"
#include "test/support/node_process.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <future>
#include <thread>

namespace maestro {

namespace {

using namespace std::chrono_literals;

struct threads_config : caf::actor_system_config {
  threads_config() {
    register_messages(*this);
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", 2u);
  }
};

struct journal_node {
  std::string name;
  std::string folder;
  std::shared_ptr<rocksdb_journal> disk;
  cluster_store_actor store, reading;
  journal_actor copy;
  shared_journal_actor journal;
};

class EtcdJournal : public ::testing::Test {
protected:
  EtcdJournal() {
    config.endpoints = {etcd.endpoint()};
    config.timeout = 1s;
    admin = spawn_etcd_store(system, config, "shared");
    folder = (std::filesystem::temp_directory_path() / "maestro-journals-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr)
      throw std::runtime_error("no temporary folder");
  }
  ~EtcdJournal() override {
    while (!nodes.empty())
      end(nodes.begin()->first);
    end_actor(admin);
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  template <class Handle>
  void end_actor(const Handle& handle) {
    caf::scoped_actor self{system};
    self->monitor(handle);
    caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    self->receive([](const caf::down_msg&) {});
  }

  void start(const std::string& name) {
    auto& node = nodes[name];
    node.name = name;
    node.folder = folder + "/" + name;
    journal_config on_disk;
    on_disk.path = node.folder;
    auto opened = rocksdb_journal::open(on_disk);
    ASSERT_TRUE(opened) << opened.error().text;
    node.disk = *opened;
    node.copy = spawn_journal_keeper(system, node.disk, on_disk, [] { return never; });
    node.store = spawn_etcd_store(system, config, "shared");
    node.reading = spawn_etcd_store(system, config, "shared");
    node_clock clock = [] {
      return clock_reading{never, never, std::chrono::steady_clock::now().time_since_epoch()};
    };
    cluster_member me;
    me.name = node_name(name);
    me.node_id = node.disk->node_id();
    me.started_at = timestamp(std::chrono::system_clock::now().time_since_epoch());
    change_store named{{}, {{store_write_kind::put, member_key(me.name), member_value(me)}}}; // by its directory
    ASSERT_TRUE(within(20s, [&] { return static_cast<bool>(ask<store_outcome>(admin, named)); }));
    node.journal = spawn_shared_journal(system, {node.store, node.reading, node.copy, clock, me, settings});
    tell_peers();
  }
  void tell_peers() {
    for (auto& [name, node] : nodes) {
      known_peers known;
      for (auto& [other, peer] : nodes) {
        if (other == name)
          continue;
        auto& one = known.peers.emplace_back();
        one.member.name = node_name(other);
        one.member.node_id = peer.disk->node_id();
        one.is_reached = true;
        one.peer = caf::actor_cast<peer_actor>(peer.copy); // what a PEER hands there
      }
      caf::anon_send(node.journal, known);
    }
  }
  void end(const std::string& name) {
    auto node = std::move(nodes[name]);
    nodes.erase(name);
    end_actor(node.journal);
    end_actor(node.store);
    end_actor(node.reading);
    end_actor(node.copy);
    tell_peers();
  }

  template <class Answer, class Whom, class Request>
  result<Answer> ask(const Whom& whom, const Request& request) {
    result<Answer> outcome = failure{ec::internal, "no answer"};
    caf::scoped_actor self{system};
    self->request(whom, 30s, request)
        .receive([&](Answer& answer) { outcome = std::move(answer); },
                 [&](const caf::error& why) { outcome = from_caf(why); });
    return outcome;
  }
  owner_epoch own(const std::string& scheduler, const std::string& node) {
    change_store wanted{
        {}, {{store_write_kind::put, owner_key(scheduler_name(scheduler)), owner_value(node_name(node))}}};
    result<store_outcome> outcome = failure{};
    within(20s, [&] { return static_cast<bool>(outcome = ask<store_outcome>(admin, wanted)); });
    return {static_cast<std::uint64_t>(outcome->revision)};
  }
  result<loaded_stream> load(const std::string& node, const std::string& stream, owner_epoch epoch) {
    return ask<loaded_stream>(nodes[node].journal, load_stream{stream, epoch});
  }
  result<events_appended> append(const std::string& node, const std::string& stream, std::uint64_t sequence,
                                 owner_epoch epoch) {
    append_events what;
    what.stream = stream;
    what.first_sequence = sequence;
    what.epoch = epoch;
    what.records = {fmt::format("{} {}", stream, sequence)};
    return ask<events_appended>(nodes[node].journal, what);
  }
  std::uint64_t on_disk(const std::string& node, const std::string& stream) {
    return nodes[node].disk->read({stream, 1, 1})->last;
  }
  std::size_t entries() {
    auto listing = ask<store_listing>(admin, read_store{journal_entries});
    return listing ? listing->entries.size() : 999;
  }

  threads_config system_config;
  caf::actor_system system{system_config};
  etcd_process etcd{MAESTRO_ETCD};
  etcd_config config;
  shared_journal_settings settings;
  std::string folder;
  cluster_store_actor admin;
  std::map<std::string, journal_node> nodes;
};

TEST_F(EtcdJournal, WhatIsAnsweredIsOnEveryDiskAndLeavesEtcd) {
  for (auto* name : {"n1", "n2", "n3"})
    start(name);
  auto epoch = own("a", "n1");
  ASSERT_TRUE(load("n1", "scheduler/a", epoch));
  for (std::uint64_t i = 1; i <= 200; ++i) {
    auto answer = append("n1", "scheduler/a", i, epoch);
    ASSERT_TRUE(answer) << answer.error().text;
  }
  for (auto* name : {"n1", "n2", "n3"})
    EXPECT_TRUE(within(30s, [&] { return on_disk(name, "scheduler/a") == 200; })) << name;
  EXPECT_TRUE(within(30s, [&] { return entries() == 0; }));
  start("n4");
  auto loaded = load("n4", "scheduler/a", own("a", "n4"));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 200u) << "from a neighbour's disk";
}

TEST_F(EtcdJournal, AnOwnerThatIsReplacedInTheMiddleLosesNothingAndWritesNothingMore) {
  for (auto* name : {"n1", "n2"})
    start(name);
  auto epoch = own("a", "n1");
  ASSERT_TRUE(load("n1", "scheduler/a", epoch));
  std::atomic<std::uint64_t> answered{0};
  std::thread old_owner([&] {
    for (std::uint64_t i = 1;; ++i) {
      auto answer = append("n1", "scheduler/a", i, epoch);
      if (!answer) {
        EXPECT_EQ(answer.error().code, ec::deposed) << answer.error().text;
        return;
      }
      answered = i;
    }
  });
  EXPECT_TRUE(within(30s, [&] { return answered > 100; }));
  auto next = own("a", "n2");
  auto loaded = load("n2", "scheduler/a", next);
  old_owner.join();
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_GE(loaded->last_sequence, answered) << "all that was answered";
  ASSERT_TRUE(append("n2", "scheduler/a", loaded->last_sequence + 1, next));
}

TEST_F(EtcdJournal, AnEtcdThatEndsOrStandsStillLosesAndRepeatsNothing) {
  for (auto* name : {"n1", "n2", "n3"})
    start(name);
  auto epoch = own("a", "n1");
  ASSERT_TRUE(load("n1", "scheduler/a", epoch));
  std::atomic<bool> is_over{false};
  std::uint64_t answered = 0;
  std::thread writer([&] {
    while (!is_over) {
      if (append("n1", "scheduler/a", answered + 1, epoch))
        ++answered;
      else
        std::this_thread::sleep_for(20ms);
    }
  });
  std::this_thread::sleep_for(500ms);
  etcd.kill();
  std::this_thread::sleep_for(700ms);
  etcd.start();
  std::this_thread::sleep_for(2s);
  etcd.pause();
  std::this_thread::sleep_for(2s);
  etcd.go_on();
  std::this_thread::sleep_for(2s);
  is_over = true;
  writer.join();
  EXPECT_GT(answered, 100u);
  for (auto* name : {"n1", "n2", "n3"}) {
    EXPECT_TRUE(within(30s, [&] { return on_disk(name, "scheduler/a") == answered; }))
        << name << ": " << on_disk(name, "scheduler/a") << " of " << answered;
    auto page = nodes[name].disk->read({"scheduler/a", 1, 100000});
    ASSERT_TRUE(page);
    for (std::uint64_t i = 0; i < page->items.size(); ++i)
      ASSERT_EQ(page->items[i].record, fmt::format("scheduler/a {}", i + 1));
  }
}

} // namespace

} // namespace maestro
