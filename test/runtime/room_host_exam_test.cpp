// One exam for every room host (room_host_actor in messages/actors.hpp): whatever a runtime is made of, the actors
// may rely on the same answers and the same order of events.
#include "runtime/simulated/simulated_host.hpp"
#include "test/runtime/process_host_fixture.hpp"

#include <gmock/gmock.h>

namespace maestro {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

enum class host_kind { process, simulated };

class RoomHostExam : public ProcessHostTest, public ::testing::WithParamInterface<host_kind> {
public:
  void SetUp() override { start(); }
  void start() override {
    if (GetParam() == host_kind::process)
      return ProcessHostTest::start();
    life = std::make_unique<host_life>(log, [this](caf::actor_system& sys, const runtime_events_actor& to) {
      return spawn_simulated_host(sys, world, to, real_now);
    });
  }
  void restart() {
    stop();
    start();
  }

  static create_instance wish(const std::string& id, std::vector<host_port> ports = {}, std::uint64_t epoch = 1,
                              const std::string& scheduler = "arena") {
    auto made = make_room(id, {make_container({"sleep", "1000"})});
    made.scheduler = scheduler_name{scheduler};
    made.ports = std::move(ports);
    made.epoch = owner_epoch{epoch};
    if (!made.ports.empty())
      made.containers[0].ports = {{"game", "udp", 7777, 0, {}}};
    return made;
  }
  result<done> end(const std::string& id, std::uint64_t epoch = 1) {
    return life->ask<done>(life->host, delete_instance{room_id{id}, scheduler_name{"arena"}, "exam",
                                                       std::chrono::milliseconds{1}, owner_epoch{epoch}});
  }
  std::vector<std::string> ids(const std::string& scheduler = {}) {
    auto listed = life->ask<instance_list>(life->host, list_instances{scheduler_name{scheduler}});
    std::vector<std::string> found;
    if (listed)
      for (auto& one : listed->items)
        found.push_back(one.id.str());
    std::sort(found.begin(), found.end());
    return found;
  }
  static void expect_deposed(const result<done>& answer) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ec::deposed);
    EXPECT_THAT(answer.error().text, HasSubstr("scheduler arena: the owner's epoch 2 is below 3, the highest"));
  }

  std::shared_ptr<simulated_world> world = std::make_shared<simulated_world>(simulated_host_config{}, 1);
};

TEST_P(RoomHostExam, CreateMayBeRepeated) {
  ASSERT_TRUE(create(wish("arena-a")));
  ASSERT_TRUE(create(wish("arena-a")));
  ASSERT_TRUE(becomes_ready("arena-a"));
  ASSERT_TRUE(create(wish("arena-a")));
  EXPECT_THAT(ids(), ElementsAre("arena-a"));
  auto told = log.of("arena-a");
  EXPECT_EQ(std::count_if(told.begin(), told.end(),
                          [](auto& event) { return event.type == instance_event_type::added; }),
            1);
}

TEST_P(RoomHostExam, TheNameOfAnotherSchedulersRoomIsRefused) {
  ASSERT_TRUE(create(wish("arena-a")));
  auto foreign = wish("arena-a");
  foreign.scheduler = scheduler_name{"arena-of-others"};
  auto answer = create(foreign);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ec::already_exists);
  EXPECT_EQ(answer.error().text, "room arena-a: the name belongs to a room of scheduler arena");
  auto ended = life->ask<done>(life->host, delete_instance{room_id{"arena-a"}, foreign.scheduler, "test", {}});
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ec::not_found);
  EXPECT_THAT(ids(), ElementsAre("arena-a"));
}

TEST_P(RoomHostExam, ATakenHostPortIsRefusedByNameUntilItsOwnerIsGone) {
  host_port port{"game", "udp", 24613};
  ASSERT_TRUE(create(wish("arena-a", {port})));
  auto second = create(wish("arena-b", {port}));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ec::port_in_use);
  EXPECT_THAT(second.error().text, HasSubstr("24613"));
  EXPECT_THAT(ids(), ElementsAre("arena-a"));
  ASSERT_TRUE(end("arena-a"));
  ASSERT_TRUE(is_deleted("arena-a"));
  EXPECT_TRUE(create(wish("arena-b", {port})));
}

TEST_P(RoomHostExam, AListComesInPagesById) {
  for (auto* id : {"arena-c", "arena-a", "arena-b", "arena-d", "brawl-a"}) {
    auto one = wish(id);
    one.scheduler = scheduler_name{std::string(id).substr(0, 5)};
    ASSERT_TRUE(create(one));
  }
  auto page = [&](const char* scheduler, const char* after, std::uint64_t limit) {
    auto listed =
        life->ask<instance_list>(life->host, list_instances{scheduler_name{scheduler}, room_id{after}, limit});
    std::string text;
    for (auto& one : listed->items)
      text += one.id.str() + " ";
    return text + (listed->is_last ? "." : "and more");
  };
  EXPECT_EQ(page("arena", "", 0), "arena-a arena-b arena-c arena-d .");
  EXPECT_EQ(page("arena", "", 3), "arena-a arena-b arena-c and more");
  EXPECT_EQ(page("arena", "arena-c", 3), "arena-d .");
  EXPECT_EQ(page("arena", "arena-bb", 2), "arena-c arena-d .");
  EXPECT_EQ(page("", "arena-c", 1), "arena-d and more");
  EXPECT_EQ(page("", "arena-d", 1), "brawl-a .");
  EXPECT_EQ(page("none", "", 1), ".");
}

TEST_P(RoomHostExam, DeleteIsAcceptedAndItsEndIsToldOnce) {
  ASSERT_TRUE(create(wish("arena-a")));
  ASSERT_TRUE(becomes_ready("arena-a"));
  ASSERT_TRUE(end("arena-a"));
  ASSERT_TRUE(is_deleted("arena-a"));
  EXPECT_THAT(ids(), ElementsAre());
  auto again = end("arena-a");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ec::not_found);
}

TEST_P(RoomHostExam, DeleteOfWhatIsNotThereIsNotFoundWithTheRoomsName) {
  auto answer = end("arena-nope");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ec::not_found);
  EXPECT_EQ(answer.error().text, "room arena-nope has no instance");
}

TEST_P(RoomHostExam, EventsOfAnInstanceComeInTheOrderOfItsLife) {
  ASSERT_TRUE(create(wish("arena-a")));
  ASSERT_TRUE(becomes_ready("arena-a"));
  ASSERT_TRUE(end("arena-a"));
  ASSERT_TRUE(is_deleted("arena-a"));
  auto told = log.of("arena-a");
  std::vector<std::string> life_of_it;
  for (auto& event : told) {
    auto line = to_string(event.type) + " " + to_string(event.what.status);
    if (life_of_it.empty() || life_of_it.back() != line)
      life_of_it.push_back(line);
    EXPECT_EQ(event.what.scheduler, scheduler_name{"arena"});
    EXPECT_EQ(event.what.version, "v1.0.0");
    EXPECT_EQ(event.what.exited, event.type == instance_event_type::deleted) << line;
  }
  EXPECT_THAT(life_of_it,
              ElementsAre("added pending", "updated ready", "updated terminating", "deleted terminating"));
}

TEST_P(RoomHostExam, ListsOneSchedulerOrAll) {
  ASSERT_TRUE(create(wish("arena-a")));
  ASSERT_TRUE(create(wish("duel-a", {}, 1, "duel")));
  EXPECT_THAT(ids(), ElementsAre("arena-a", "duel-a"));
  EXPECT_THAT(ids("duel"), ElementsAre("duel-a"));
  EXPECT_THAT(ids("none"), ElementsAre());
}

TEST_P(RoomHostExam, WhatLivesOutlivesTheHostAndIsAddedAgain) {
  ASSERT_TRUE(create(wish("arena-a")));
  ASSERT_TRUE(becomes_ready("arena-a"));
  stop();
  log.clear();
  start();
  EXPECT_THAT(ids(), ElementsAre("arena-a"));
  EXPECT_TRUE(reaches("arena-a", [](auto& event) {
    return event.type == instance_event_type::added && event.what.status == instance_status::ready;
  }));
}

TEST_P(RoomHostExam, RemovingASchedulerEndsWhatIsLeftOfIt) {
  ASSERT_TRUE(life->ask<done>(life->host, prepare_scheduler{scheduler_name{"arena"}}));
  ASSERT_TRUE(life->ask<done>(life->host, prepare_scheduler{scheduler_name{"arena"}}));
  ASSERT_TRUE(create(wish("arena-a")));
  ASSERT_TRUE(becomes_ready("arena-a"));
  ASSERT_TRUE(life->ask<done>(life->host, remove_scheduler{scheduler_name{"arena"}}));
  EXPECT_TRUE(is_deleted("arena-a"));
  EXPECT_TRUE(life->ask<done>(life->host, remove_scheduler{scheduler_name{"arena"}}));
}

TEST_P(RoomHostExam, AnOwnerOfALowerEpochStartsAndEndsNothing) {
  ASSERT_TRUE(create(wish("arena-a", {}, 2)));
  ASSERT_TRUE(create(wish("arena-b", {}, 3)));
  for (int life_of_host = 0; life_of_host < 2; ++life_of_host) {
    expect_deposed(end("arena-a", 2));
    expect_deposed(create(wish("arena-c", {}, 2)));
    expect_deposed(create(wish("arena-a", {}, 2)));
    expect_deposed(life->ask<done>(life->host, prepare_scheduler{scheduler_name{"arena"}, owner_epoch{2}}));
    expect_deposed(life->ask<done>(life->host, remove_scheduler{scheduler_name{"arena"}, owner_epoch{2}}));
    EXPECT_THAT(ids(), ElementsAre("arena-a", "arena-b"));
    restart();
  }
  EXPECT_TRUE(create(wish("duel-a", {}, 1, "duel"))) << "epochs are of one scheduler";
  ASSERT_TRUE(end("arena-a", 3));
  EXPECT_TRUE(is_deleted("arena-a"));
  ASSERT_TRUE(end("arena-b", 4));
  EXPECT_TRUE(is_deleted("arena-b"));
}

TEST_P(RoomHostExam, OfARemovedSchedulerNoEpochIsKept) {
  ASSERT_TRUE(create(wish("arena-a", {}, 3)));
  ASSERT_TRUE(life->ask<done>(life->host, remove_scheduler{scheduler_name{"arena"}, owner_epoch{3}}));
  ASSERT_TRUE(is_deleted("arena-a"));
  EXPECT_TRUE(create(wish("arena-b")));
}

INSTANTIATE_TEST_SUITE_P(Each, RoomHostExam, ::testing::Values(host_kind::process, host_kind::simulated),
                         [](const ::testing::TestParamInfo<host_kind>& which) {
                           return which.param == host_kind::process ? "Process" : "Simulated";
                         });

} // namespace
} // namespace maestro
