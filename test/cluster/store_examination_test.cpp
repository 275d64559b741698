// One examination for every CLUSTER STORE: etcd's, with a real etcd, and the simulated one.
#include "messages/type_ids.hpp"
#include "nodes/cluster/etcd_store.hpp"
#include "test/cluster/plain_store.hpp"
#include "test/support/etcd_process.hpp"
#include "test/support/node_process.hpp"

#include <caf/all.hpp>
#include <gmock/gmock.h>

#include <map>
#include <mutex>
#include <thread>

namespace maestro {

namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct plain_config : caf::actor_system_config {
  plain_config() { register_messages(*this); }
};

/// What a subscriber heard, readable from the test's thread.
struct ear {
  std::mutex mutex;
  std::map<std::string, std::string> keys;
  std::vector<std::int64_t> revisions;
  int wholes = 0;
  int lost_leases = 0;
  std::optional<bool> is_there;

  template <class Read>
  auto read(Read what) {
    std::scoped_lock lock(mutex);
    return what(*this);
  }
};

store_subscriber_actor spawn_ear(caf::actor_system& system, std::shared_ptr<ear> into) {
  return system.spawn([=](store_subscriber_actor::pointer) -> store_subscriber_actor::behavior_type {
    return {[=](const store_changes& changes) {
              std::scoped_lock lock(into->mutex);
              if (changes.is_whole) {
                ++into->wholes;
                into->keys.clear();
              }
              for (auto& entry : changes.present) {
                into->keys[entry.key] = entry.value;
              }
              if (!changes.is_whole)
                into->revisions.push_back(changes.revision);
              for (auto& key : changes.gone)
                into->keys.erase(key);
            },
            [=](const store_contact& contact) {
              std::scoped_lock lock(into->mutex);
              into->is_there = contact.is_there;
            },
            [=](lease_lost) {
              std::scoped_lock lock(into->mutex);
              ++into->lost_leases;
            }};
  });
}

struct world {
  virtual ~world() = default;
  duration lease = 2s;
  virtual cluster_store_actor store(caf::actor_system& system) = 0;
  virtual void cut() = 0;
  virtual void mend() = 0;
  virtual void revoke_leases() = 0;
};

struct etcd_world final : world {
  cluster_store_actor store(caf::actor_system& system) override {
    etcd_config config;
    config.endpoints = {etcd.endpoint()};
    config.timeout = 1s;
    config.lease = lease;
    return spawn_etcd_store(system, config, "examined");
  }
  void cut() override { etcd.kill(); }
  void mend() override { etcd.start(); }
  void revoke_leases() override { etcd.revoke_leases(); }
  etcd_process etcd{MAESTRO_ETCD};
};

struct simulated_world final : world {
  cluster_store_actor store(caf::actor_system& system) override {
    return spawn_plain_store(system, agreement, holders.emplace_back(agreement->join()));
  }
  void cut() override { agreement->set_reachable(false); }
  void mend() override { agreement->set_reachable(true); }
  void revoke_leases() override {
    for (auto one : holders)
      agreement->end_lease(one);
  }
  std::vector<simulated_agreement::holder> holders;
  std::shared_ptr<simulated_agreement> agreement = std::make_shared<simulated_agreement>();
};

template <class World>
class ClusterStore : public ::testing::Test {
protected:
  ~ClusterStore() override {
    for (auto& one : stores)
      end(one);
    if (subscriber)
      end(subscriber);
  }

  template <class Handle>
  void end(const Handle& handle) {
    caf::scoped_actor self{system};
    self->monitor(handle);
    caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    self->receive([](const caf::down_msg&) {});
  }

  cluster_store_actor make() { return stores.emplace_back(place.store(system)); }

  template <class Answer, class Request>
  result<Answer> request_of(const cluster_store_actor& store, const Request& request) {
    result<Answer> outcome = failure{ec::internal, "no answer"};
    caf::scoped_actor self{system};
    self->request(store, 10s, request)
        .receive([&](Answer& answer) { outcome = std::move(answer); },
                 [&](const caf::error& why) { outcome = from_caf(why); });
    return outcome;
  }
  result<store_outcome> put(const cluster_store_actor& store, const std::string& key, const std::string& value,
                            std::vector<store_condition> conditions = {},
                            store_write_kind kind = store_write_kind::put) {
    return request_of<store_outcome>(store, change_store{std::move(conditions), {{kind, key, value}}});
  }
  std::shared_ptr<ear> listen(const cluster_store_actor& store, const std::string& prefix) {
    auto heard = std::make_shared<ear>();
    subscriber = spawn_ear(system, heard);
    EXPECT_TRUE(request_of<done>(store, watch_store{prefix, subscriber}));
    return heard;
  }

  World place;
  plain_config config;
  caf::actor_system system{config};
  std::vector<cluster_store_actor> stores;
  store_subscriber_actor subscriber;
};

using worlds = ::testing::Types<etcd_world, simulated_world>;
TYPED_TEST_SUITE(ClusterStore, worlds);

TYPED_TEST(ClusterStore, ReadsByPrefixInOrder) {
  auto store = this->make();
  for (auto* key : {"b/2", "a/1", "b/1", "c"})
    ASSERT_TRUE(this->put(store, key, key));
  auto found = this->template request_of<store_listing>(store, read_store{"b/"});
  ASSERT_TRUE(found);
  ASSERT_EQ(found->entries.size(), 2u);
  EXPECT_EQ(found->entries[0].key, "b/1");
  EXPECT_EQ(found->entries[1].value, "b/2");
  EXPECT_GT(found->entries[0].revision, found->entries[1].revision) << "revisions grow in order of the changes";
  EXPECT_EQ(this->template request_of<store_listing>(store, read_store{""})->entries.size(), 4u);
  EXPECT_THAT(this->template request_of<store_listing>(store, read_store{"d"})->entries, IsEmpty());
}

TYPED_TEST(ClusterStore, ReadsMoreThanOnePage) {
  auto store = this->make();
  for (int i = 0; i < 1203; i += 100) {
    change_store wanted;
    for (int j = i; j < std::min(i + 100, 1203); ++j)
      wanted.writes.push_back({store_write_kind::put, "k/" + std::to_string(10'000 + j), "v"});
    ASSERT_TRUE(this->template request_of<store_outcome>(store, wanted));
  }
  EXPECT_EQ(this->template request_of<store_listing>(store, read_store{"k/"})->entries.size(), 1203u);
}

TYPED_TEST(ClusterStore, AChangeHappensWholeOrNotAtAll) {
  auto store = this->make();
  auto first = this->put(store, "owner", "n1", {{"owner", 0}});
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->is_applied);
  auto second = this->template request_of<store_outcome>(
      store, change_store{{{"owner", 0}},
                          {{store_write_kind::put, "owner", "n2"}, {store_write_kind::put, "beside", "n2"}}});
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->is_applied) << "there is an owner";
  EXPECT_THAT(this->template request_of<store_listing>(store, read_store{"beside"})->entries, IsEmpty());
  auto right = this->put(store, "owner", "n3", {{"owner", first->revision}});
  EXPECT_TRUE(right->is_applied);
  auto now = this->template request_of<store_listing>(store, read_store{"owner"})->entries.front();
  EXPECT_EQ(now.value, "n3");
  EXPECT_EQ(now.revision, right->revision) << "a key has the revision of its last change";
  EXPECT_FALSE(this->put(store, "owner", "n4", {{"owner", first->revision}})->is_applied);
}

TYPED_TEST(ClusterStore, ARefusedChangeSaysWhatItFound) {
  auto store = this->make();
  auto owner = this->put(store, "owner", "n1");
  auto refused = this->put(store, "beside", "x", {{"owner", 1}, {"nobody", 0}, {"owner", owner->revision}});
  ASSERT_TRUE(refused);
  ASSERT_FALSE(refused->is_applied);
  ASSERT_FALSE(refused->found.empty());
  EXPECT_EQ(refused->found.front().key, "owner");
  EXPECT_EQ(refused->found.front().value, "n1");
  EXPECT_EQ(refused->found.front().revision, owner->revision);
}

TYPED_TEST(ClusterStore, ReadsWhatCameAfterARevisionInItsOrderPageByPage) {
  auto store = this->make();
  std::int64_t before = 0;
  for (int i = 9; i >= 0; --i) { // against the order of the keys; three keys each
    change_store wanted;
    for (auto* part : {"a", "b", "c"})
      wanted.writes.push_back({store_write_kind::put, "k/" + std::to_string(i) + part, std::string(100'000, 'v')});
    auto outcome = this->template request_of<store_outcome>(store, wanted);
    ASSERT_TRUE(outcome);
    if (i == 7)
      before = outcome->revision;
  }
  ASSERT_TRUE(this->put(store, "other", "x"));
  std::vector<std::string> keys;
  read_store wanted{"k/", before, 5};
  for (bool has_more = true; has_more;) {
    auto page = this->template request_of<store_listing>(store, wanted);
    ASSERT_TRUE(page) << page.error().text;
    ASSERT_FALSE(page->entries.empty());
    EXPECT_EQ(page->entries.size() % 3, 0u) << "those of one revision stay together";
    for (auto& entry : page->entries)
      keys.push_back(entry.key);
    wanted.after = page->entries.back().revision;
    has_more = page->has_more;
  }
  ASSERT_EQ(keys.size(), 21u);
  EXPECT_EQ(keys.front().substr(0, 3), "k/6");
  EXPECT_EQ(keys.back().substr(0, 3), "k/0");
  EXPECT_THAT(this->template request_of<store_listing>(store, wanted)->entries, IsEmpty());
}

TYPED_TEST(ClusterStore, AWatchOfChangesOnlyTellsNothingOfWhatIsThere) {
  auto store = this->make();
  ASSERT_TRUE(this->put(store, "w/old", "1"));
  auto heard = std::make_shared<ear>();
  this->subscriber = spawn_ear(this->system, heard);
  ASSERT_TRUE(this->template request_of<done>(store, watch_store{"w/", this->subscriber, true}));
  ASSERT_TRUE(this->put(store, "w/new", "2"));
  EXPECT_TRUE(within(30s, [&] { return heard->read([](auto& e) { return e.keys.contains("w/new"); }); }));
  EXPECT_FALSE(heard->read([](auto& e) { return e.keys.contains("w/old"); }));
}

TYPED_TEST(ClusterStore, WhatIsCompactedGoesAndWhatIsThereStays) {
  auto store = this->make();
  ASSERT_TRUE(this->put(store, "k", "1"));
  auto last = this->put(store, "k", "2");
  EXPECT_TRUE(this->template request_of<done>(store, compact_store{last->revision}));
  EXPECT_TRUE(this->template request_of<done>(store, compact_store{last->revision})) << "nothing is left to do";
  auto found = this->template request_of<store_listing>(store, read_store{"k"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->entries.front().value, "2");
}

TYPED_TEST(ClusterStore, OfTwoThatClaimOneWins) {
  auto a = this->make();
  auto b = this->make();
  caf::scoped_actor self{this->system};
  change_store by_a{{{"owner", 0}}, {{store_write_kind::put, "owner", "a"}}};
  change_store by_b{{{"owner", 0}}, {{store_write_kind::put, "owner", "b"}}};
  for (int round = 0; round < 20; ++round) {
    auto first = self->request(a, 10s, by_a);
    auto second = self->request(b, 10s, by_b);
    int won = 0;
    auto fail = [](const caf::error& why) { ADD_FAILURE() << from_caf(why).text; };
    first.receive([&](const store_outcome& outcome) { won += outcome.is_applied; }, fail);
    second.receive([&](const store_outcome& outcome) { won += outcome.is_applied; }, fail);
    EXPECT_EQ(won, 1);
    ASSERT_TRUE(
        this->template request_of<store_outcome>(a, change_store{{}, {{store_write_kind::erase, "owner", {}}}}));
  }
}

TYPED_TEST(ClusterStore, AWatchHearsWhatIsThereAndWhatComesInOrder) {
  auto store = this->make();
  auto other = this->make();
  ASSERT_TRUE(this->put(store, "w/old", "1"));
  auto heard = this->listen(store, "w/");
  ASSERT_TRUE(within(30s, [&] { return heard->read([](auto& e) { return e.wholes == 1; }); }));
  ASSERT_TRUE(this->put(other, "outside", "1"));
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(this->put(i % 2 == 0 ? store : other, "w/new", std::to_string(i)));
  ASSERT_TRUE(
      this->template request_of<store_outcome>(other, change_store{{}, {{store_write_kind::erase, "w/old", {}}}}));
  ASSERT_TRUE(within(30s, [&] {
    return heard->read([](auto& e) { return e.keys == std::map<std::string, std::string>{{"w/new", "49"}}; });
  }));
  heard->read([](auto& e) {
    EXPECT_TRUE(std::is_sorted(e.revisions.begin(), e.revisions.end()));
    EXPECT_EQ(std::adjacent_find(e.revisions.begin(), e.revisions.end()), e.revisions.end()) << "each once";
    return 0;
  });
}

TYPED_TEST(ClusterStore, WhatIsLeasedIsKept) {
  if constexpr (std::is_same_v<TypeParam, simulated_world>)
    GTEST_SKIP() << "the simulated store's lease ends when the test says so (cluster_directory_test)";
  auto leaver = this->make();
  ASSERT_TRUE(this->put(leaver, "members/n1", "x", {}, store_write_kind::put_leased));
  auto watcher = this->make();
  auto heard = this->listen(watcher, "members/");
  ASSERT_TRUE(within(30s, [&] { return heard->read([](auto& e) { return e.keys.size() == 1; }); }));
  std::this_thread::sleep_for(4s); // twice the lease: it is kept
  EXPECT_EQ(heard->read([](auto& e) { return e.keys.size(); }), 1u);
}

TYPED_TEST(ClusterStore, ARevokedLeaseIsReplacedByTheNextWriteThatNeedsOne) {
  this->place.lease = 60s; // it is not asked about for a quarter of that
  auto store = this->make();
  auto heard = this->listen(store, "members/");
  ASSERT_TRUE(this->put(store, "members/n1", "x", {}, store_write_kind::put_leased));
  for (int i = 1; i <= 3; ++i) {
    this->place.revoke_leases();
    EXPECT_TRUE(within(10s, [&] { return heard->read([](auto& e) { return e.keys.empty(); }); }));
    auto again = this->put(store, "members/n1", "x", {{"members/n1", 0}}, store_write_kind::put_leased);
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_TRUE(again->is_applied);
    EXPECT_TRUE(within(10s, [&] { return heard->read([](auto& e) { return e.keys.size() == 1; }); }));
    EXPECT_EQ(heard->read([](auto& e) { return e.lost_leases; }), i) << "and it is said";
  }
}

TYPED_TEST(ClusterStore, WhatIsLeasedIsGivenBackByWhoLeaves) {
  if constexpr (std::is_same_v<TypeParam, simulated_world>)
    GTEST_SKIP() << "the simulated store's lease ends when the test says so (cluster_directory_test)";
  this->place.lease = 60s;
  auto leaver = this->make();
  ASSERT_TRUE(this->put(leaver, "members/n1", "x", {}, store_write_kind::put_leased));
  auto watcher = this->make();
  auto heard = this->listen(watcher, "members/");
  ASSERT_TRUE(within(30s, [&] { return heard->read([](auto& e) { return e.keys.size() == 1; }); }));
  this->end(leaver);
  this->stores.erase(this->stores.begin());
  EXPECT_TRUE(within(30s, [&] { return heard->read([](auto& e) { return e.keys.empty(); }); }))
      << "long before it would have run out";
}

TYPED_TEST(ClusterStore, OutOfReachIsSaidAndEverythingIsToldAgainAfterwards) {
  auto store = this->make();
  auto heard = this->listen(store, "w/");
  ASSERT_TRUE(this->put(store, "w/a", "1", {}, store_write_kind::put_leased));
  ASSERT_TRUE(within(30s, [&] { return heard->read([](auto& e) { return e.keys.size() == 1; }); }));
  this->place.cut();
  auto refused = this->put(store, "w/b", "1");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().code == ec::unavailable || refused.error().code == ec::deadline_exceeded);
  EXPECT_FALSE(this->template request_of<store_listing>(store, read_store{""}));
  EXPECT_TRUE(within(30s, [&] { return heard->read([](auto& e) { return e.is_there == false; }); }));
  EXPECT_EQ(heard->read([](auto& e) { return e.keys.size(); }), 1u) << "not reached is not gone";
  this->place.mend();
  EXPECT_TRUE(
      within(30s, [&] { return heard->read([](auto& e) { return e.is_there == true && e.wholes >= 2; }); }));
  EXPECT_TRUE(within(30s, [&] { return static_cast<bool>(this->put(store, "w/c", "1")); }));
  EXPECT_TRUE(within(30s, [&] { return heard->read([](auto& e) { return e.keys.contains("w/c"); }); }));
}

/// A real etcd whose disk takes its time, and a node's store on it: a call may take one second.
class SlowStore : public ::testing::Test {
protected:
  void SetUp() override {
    if (auto why = slow_disk::objection(); !why.empty())
      GTEST_SKIP() << "SKIPPED, nothing of this was tried: " << why;
    etcd = std::make_unique<etcd_process>(MAESTRO_ETCD, true);
  }
  void TearDown() override {
    for (auto& one : {store, other})
      if (one)
        caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
  }
  cluster_store_actor spawn(duration lease) {
    etcd_config config;
    config.endpoints = {etcd->endpoint()};
    config.timeout = 1s;
    config.lease = lease;
    return spawn_etcd_store(system, config, "examined");
  }
  result<store_outcome> put_leased(const std::string& key) {
    result<store_outcome> outcome = failure{ec::internal, "no answer"};
    caf::scoped_actor self{system};
    self->request(store, 30s, change_store{{}, {{store_write_kind::put_leased, key, "x"}}})
        .receive([&](store_outcome& answer) { outcome = std::move(answer); },
                 [&](const caf::error& why) { outcome = from_caf(why); });
    return outcome;
  }
  std::size_t keys_for_another() {
    std::size_t found = 0;
    if (!other)
      other = spawn(4s);
    caf::scoped_actor self{system};
    self->request(other, 30s, read_store{"members/"})
        .receive([&](store_listing& answer) { found = answer.entries.size(); }, [](const caf::error&) {});
    return found;
  }

  std::unique_ptr<etcd_process> etcd;
  plain_config plain;
  caf::actor_system system{plain};
  cluster_store_actor store, other;
};

TEST_F(SlowStore, TheLeaseDoesNotWaitBehindCalls) {
  store = spawn(4s);
  auto heard = std::make_shared<ear>();
  auto subscriber = spawn_ear(system, heard);
  caf::scoped_actor self{system};
  self->request(store, 10s, watch_store{"members/", subscriber}).receive([](done) {}, [](const caf::error&) {});
  ASSERT_TRUE(put_leased("members/n1"));
  etcd->sync_takes(100ms); // three for a change
  for (int i = 0; i < 25; ++i)
    caf::anon_send(store, change_store{{}, {{store_write_kind::put, "w/" + std::to_string(i), "x"}}});
  auto since = std::chrono::steady_clock::now();
  EXPECT_TRUE(put_leased("members/n2")); // behind all of them
  EXPECT_GT(std::chrono::steady_clock::now() - since, 5s) << "the lease would have run out";
  EXPECT_EQ(heard->read([](auto& e) { return e.lost_leases; }), 0);
  EXPECT_EQ(keys_for_another(), 2u);
  caf::anon_send_exit(subscriber, caf::exit_reason::user_shutdown);
}

TEST_F(SlowStore, ALeaseWhoseGrantWasNotHeardOfIsHeldAtTheNextTry) {
  store = spawn(30s);
  etcd->sync_takes(1200ms); // no change is heard of within a second
  EXPECT_FALSE(put_leased("members/n1")) << "the lease is granted meanwhile";
  std::this_thread::sleep_for(5s);
  EXPECT_FALSE(put_leased("members/n1")) << "this time the key is put meanwhile";
  etcd->sync_takes(0ms);
  EXPECT_TRUE(within(30s, [&] { return keys_for_another() == 1; }));
}

TEST(EtcdConfig, WhatCannotBeUsedIsSaidBeforeTheStart) {
  etcd_config config;
  config.endpoints = {"127.0.0.1:2379"};
  EXPECT_EQ(check(config).error().text,
            "cluster.etcd.endpoints: 127.0.0.1:2379 is not http://host:port or https://host:port");
  config.endpoints = {"http://a:1", "https://b:1"};
  EXPECT_EQ(check(config).error().text, "cluster.etcd.endpoints: http and https are mixed");
  config.endpoints = {"https://a:1"};
  config.ca_file = "/nonexistent/ca.pem";
  EXPECT_EQ(check(config).error().text, "cluster.etcd: cannot read /nonexistent/ca.pem");
  config.ca_file.clear();
  config.key_file = "/nonexistent/key.pem";
  EXPECT_EQ(check(config).error().text, "cluster.etcd.certFile and cluster.etcd.keyFile belong together");
}

} // namespace

} // namespace maestro
