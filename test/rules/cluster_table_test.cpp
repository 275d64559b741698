// What a node knows of its cluster: facts in, answers out.
#include "actors/rules/cluster_table.hpp"

#include "messages/cluster_store.hpp"

#include <gmock/gmock.h>

namespace maestro::rules {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

cluster_member member(const std::string& name, std::vector<std::string> roles = {owner_role}) {
  cluster_member one;
  one.name = node_name(name);
  one.node_id = name + "-id";
  one.address = "127.0.0.1:1";
  one.format = peer_format;
  one.roles = std::move(roles);
  one.started_at = timestamp(std::chrono::seconds(5));
  return one;
}

store_entry member_entry(const cluster_member& one, std::int64_t created = 1) {
  return {member_key(one.name), member_value(one), created};
}

store_entry owner_entry(const std::string& scheduler, const std::string& node, std::int64_t created = 2) {
  return {owner_key(scheduler_name(scheduler)), owner_value(node_name(node)), created};
}

class ClusterTable : public ::testing::Test {
protected:
  cluster_table::changes tell(std::vector<store_entry> present, std::vector<std::string> gone = {},
                              bool is_whole = false) {
    return table.apply(read_news({++revision, is_whole, std::move(present), std::move(gone)}));
  }
  void three_nodes() {
    tell({member_entry(member("n1")), member_entry(member("n2")), member_entry(member("n3"))}, {}, true);
    table.note_link(node_name("n2"), true, "");
    table.note_link(node_name("n3"), true, "");
  }

  std::int64_t revision = 100; ///< of the latest word
  cluster_table table{node_name("n1")};
};

TEST_F(ClusterTable, NothingIsKnownBeforeSomethingWholeWasTold) {
  tell({member_entry(member("n1"))});
  EXPECT_FALSE(table.is_known());
  tell({}, {}, true);
  EXPECT_TRUE(table.is_known());
  EXPECT_THAT(table.members(), IsEmpty()) << "what is whole replaces all";
}

TEST_F(ClusterTable, SaysWhoCameAndWhoWent) {
  auto first = tell({member_entry(member("n1")), member_entry(member("n2"))}, {}, true);
  EXPECT_THAT(first.came, ElementsAre(node_name("n1"), node_name("n2")));
  auto same = tell({member_entry(member("n1")), member_entry(member("n2"))}, {}, true);
  EXPECT_THAT(same.came, IsEmpty()) << "told again";
  auto restarted = member("n2");
  restarted.started_at += std::chrono::seconds(1);
  EXPECT_THAT(tell({member_entry(restarted)}).came, ElementsAre(node_name("n2"))) << "another start of it";
  EXPECT_THAT(tell({}, {member_key(node_name("n2"))}).went, ElementsAre(node_name("n2")));
}

TEST_F(ClusterTable, ALinkThatIsUpStaysUpWhenTheSameIsToldAgain) {
  three_nodes();
  tell({member_entry(member("n1")), member_entry(member("n2"))}, {}, true);
  EXPECT_TRUE(table.member(node_name("n2"))->is_reached);
}

TEST_F(ClusterTable, OneThatIsReachedHasLapsedWhenItsKeyGoes) {
  three_nodes();
  table.note_link(node_name("n3"), false, "the link broke");
  auto gone = tell({}, {member_key(node_name("n2")), member_key(node_name("n3"))});
  EXPECT_THAT(gone.lapsed, ElementsAre(node_name("n2")));
  EXPECT_THAT(gone.went, ElementsAre(node_name("n3")));
  EXPECT_FALSE(table.member(node_name("n2"))->takes_part());
  EXPECT_EQ(*table.choose_owner(scheduler_name("a")), node_name("n1"));
  EXPECT_EQ(table.views()[1].status, node_status::unreachable);
  EXPECT_THAT(table.views()[1].reason, HasSubstr("lease"));
  EXPECT_THAT(tell({member_entry(member("n1"))}, {}, true).lapsed, IsEmpty()) << "said once";
  auto back = tell({member_entry(member("n2"))});
  EXPECT_THAT(back.came, IsEmpty()) << "it was never away";
  EXPECT_TRUE(table.member(node_name("n2"))->takes_part());
  auto restarted = member("n2");
  restarted.started_at += std::chrono::seconds(1);
  tell({}, {member_key(node_name("n2"))});
  EXPECT_THAT(tell({member_entry(restarted)}).came, ElementsAre(node_name("n2"))) << "another start of it";
  table.note_link(node_name("n2"), true, "");
  tell({}, {member_key(node_name("n2"))});
  table.forget(node_name("n2"));
  EXPECT_EQ(table.member(node_name("n2")), nullptr);
}

TEST_F(ClusterTable, ANewSchedulerGoesWhereFewestAre) {
  three_nodes();
  tell({owner_entry("a", "n1"), owner_entry("b", "n2")});
  EXPECT_EQ(*table.choose_owner(scheduler_name("c")), node_name("n3"));
  tell({owner_entry("c", "n3"), owner_entry("d", "n3")});
  EXPECT_NE(*table.choose_owner(scheduler_name("e")), node_name("n3"));
}

TEST_F(ClusterTable, AmongEqualsTheNameDecidesTheSameOnEveryNode) {
  three_nodes();
  cluster_table other{node_name("n3")};
  other.apply(read_news(
      {1, true, {member_entry(member("n1")), member_entry(member("n2")), member_entry(member("n3"))}, {}}));
  other.note_link(node_name("n1"), true, "");
  other.note_link(node_name("n2"), true, "");
  std::map<node_name, int> chosen;
  for (int i = 0; i < 300; ++i) {
    scheduler_name name("s" + std::to_string(i));
    EXPECT_EQ(*table.choose_owner(name), *other.choose_owner(name));
    ++chosen[*table.choose_owner(name)];
  }
  for (auto& [node, count] : chosen)
    EXPECT_GT(count, 60) << node.str();
  EXPECT_EQ(chosen.size(), 3u);
}

TEST_F(ClusterTable, DrainingUnreachedAndRolelessNodesGetNothing) {
  three_nodes();
  tell({{draining_key(node_name("n1")), "{}", 3}, member_entry(member("n3", {"rooms_api"}))});
  table.note_link(node_name("n3"), true, "");
  EXPECT_EQ(*table.choose_owner(scheduler_name("a")), node_name("n2"));
  table.note_link(node_name("n2"), false, "the link broke");
  auto none = table.choose_owner(scheduler_name("a"));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ec::unavailable);
  EXPECT_THAT(none.error().text, HasSubstr("no node takes new schedulers"));
  tell({}, {draining_key(node_name("n1"))});
  EXPECT_EQ(*table.choose_owner(scheduler_name("a")), node_name("n1"));
}

TEST_F(ClusterTable, OwnersAreCountedThroughEveryChange) {
  three_nodes();
  tell({owner_entry("a", "n1"), owner_entry("b", "n1")});
  tell({owner_entry("b", "n2", 9)});
  tell({}, {owner_key(scheduler_name("a"))});
  EXPECT_EQ(table.owned_by(node_name("n1")), 0u);
  EXPECT_EQ(table.owned_by(node_name("n2")), 1u);
  EXPECT_EQ(table.owner(scheduler_name("b"))->revision, 9);
  EXPECT_EQ(table.owner(scheduler_name("a")), nullptr);
  EXPECT_THAT(table.schedulers_of(node_name("n2")), ElementsAre(scheduler_name("b")));
}

TEST_F(ClusterTable, ANodeThatIsGoneButOwnsSomethingIsShown) {
  three_nodes();
  tell({owner_entry("a", "n9"), {draining_key(node_name("n2")), "{}", 3}});
  table.note_link(node_name("n3"), false, "the link broke");
  std::vector<std::string> shown;
  for (auto& view : table.views())
    shown.push_back(view.member.name.str() + " " + to_string(view.status) + " " + view.reason);
  EXPECT_THAT(shown, ElementsAre("n1 ready ", "n2 draining ", "n3 unreachable the link broke",
                                 "n9 gone it is not in the cluster"));
  EXPECT_THAT(table.unreachable(scheduler_name("a"), node_name("n9")).text,
              ::testing::StrEq("scheduler a lives on node n9, which is not reached: it is not in the cluster"));
}

TEST(ClusterCodec, AMemberComesBackWhole) {
  auto one = member("n1", {"rooms_api", owner_role});
  one.zone = "rack-7";
  one.labels = {{"disk", "nvme"}};
  one.version = "1.2.3";
  auto news = read_news({1, false, {member_entry(one, 7)}, {}});
  ASSERT_EQ(news.facts.size(), 1u);
  auto& seen = std::get<member_seen>(news.facts.front());
  EXPECT_EQ(seen.revision, 7);
  EXPECT_EQ(seen.member->node_id, one.node_id);
  EXPECT_EQ(seen.member->roles, one.roles);
  EXPECT_EQ(seen.member->labels, one.labels);
  EXPECT_EQ(seen.member->zone, one.zone);
  EXPECT_EQ(seen.member->version, one.version);
  EXPECT_EQ(seen.member->started_at, one.started_at);
}

TEST(ClusterCodec, WhatCannotBeReadIsNamedAndNeverGuessed) {
  auto news = read_news({1,
                         true,
                         {{"directory/members/n1", "{", 1},
                          {"directory/members/n2", "{}", 1},
                          {"directory/owners/a", "[]", 1},
                          {"directory/owners/b", R"({"node":""})", 1},
                          {"settings", "whatever a newer version keeps", 1},
                          {"directory/owners/c", R"({"node":"n1","later":1})", 1}},
                         {}});
  EXPECT_THAT(news.unreadable, ElementsAre("directory/members/n1", "directory/members/n2", "directory/owners/a",
                                           "directory/owners/b"));
  ASSERT_EQ(news.facts.size(), 1u);
  EXPECT_EQ(std::get<owner_seen>(news.facts.front()).owner, node_name("n1"));
}

} // namespace

} // namespace maestro::rules
