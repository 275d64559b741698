// Timelines of living and ended rooms and operations, asked of the directory of a whole node.
#include "test/actors/node_fixture.hpp"

#include <gmock/gmock.h>

namespace maestro {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Timelines : public NodeTest {
protected:
  template <class Query>
  std::vector<std::string> told(const Query& query) {
    auto answer = order<timeline>(query);
    if (!answer)
      return {from_caf(answer.error()).text};
    std::vector<std::string> lines;
    for (auto& line : answer->lines)
      lines.push_back(line.what + (line.cause.empty() ? "" : " " + line.cause));
    return lines;
  }
  std::vector<std::string> of_room(const room_id& id, const std::string& scheduler = "s") {
    return told(get_room_timeline{scheduler_name{scheduler}, id});
  }
  std::vector<std::string> of_operation(const operation_id& id) {
    return told(get_operation_timeline{scheduler_name{"s"}, id});
  }
};

TEST_F(Timelines, OfALivingRoomAndOfOneThatHasEnded) {
  create("s", 1);
  auto id = rooms("s").at(0).id;
  ASSERT_TRUE(ping(id, ping_status::ready));
  auto first = of_room(id);
  ASSERT_GE(first.size(), 3u);
  EXPECT_THAT(first.front(), HasSubstr("room_created "));
  EXPECT_EQ(first.back(), "room_pinged ping");
  world->kill(id);
  pass(std::chrono::minutes(5));
  auto whole = of_room(id);
  EXPECT_THAT(whole.back(), HasSubstr("room_removed"));
  EXPECT_EQ(std::vector<std::string>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(first.size())),
            first);
  restart();
  pass(std::chrono::seconds(1));
  EXPECT_EQ(of_room(id), whole);
}

TEST_F(Timelines, OfAnOperationThatHasEnded) {
  create("s", 2);
  auto page = order<operation_page>(list_operations{scheduler_name{"s"}, operation_stage::final});
  ASSERT_TRUE(page);
  auto add = std::find_if(page->items.begin(), page->items.end(),
                          [](auto& one) { return std::holds_alternative<add_rooms_operation>(one.definition); });
  ASSERT_NE(add, page->items.end());
  auto lines = of_operation(add->id);
  EXPECT_EQ(lines.front(), "operation_enqueued add_rooms");
  EXPECT_THAT(lines, Contains("operation_started"));
  EXPECT_EQ(lines.back(), "operation_ended finished");
}

TEST_F(Timelines, OfADeletedScheduler) {
  create("s", 1);
  auto id = rooms("s").at(0).id;
  auto deletion = order<operation_id>(delete_scheduler{scheduler_name{"s"}});
  ASSERT_TRUE(deletion);
  pass(std::chrono::seconds(20));
  EXPECT_EQ(of_room(id).back(), "room_removed scheduler_deleted");
  EXPECT_EQ(of_operation(*deletion).back(), "operation_ended finished");
  EXPECT_TRUE(disk->streams["scheduler/s"].has_ended);
  EXPECT_TRUE(disk->streams["rooms/s"].has_ended);
}

TEST_F(Timelines, WhatTheJournalDoesNotKnowIsNotFound) {
  create("s", 0);
  EXPECT_THAT(of_room(room_id{"s-nope"}), ElementsAre("room s-nope not found in scheduler s"));
  EXPECT_THAT(of_operation(operation_id{"nope"}), ElementsAre("operation nope not found in scheduler s"));
  EXPECT_THAT(of_room(room_id{}), ElementsAre("room  not found in scheduler s"));
  EXPECT_THAT(of_room(room_id{"x-1"}, "never"), ElementsAre("room x-1 not found in scheduler never"));
}

// -- how all of them change ------------------------------------------------------------------------------------

class Changes : public NodeTest {
protected:
  change_list ask(const list_changes& wanted) {
    auto answer = order<change_list>(wanted);
    EXPECT_TRUE(answer);
    return answer ? *answer : change_list{};
  }
  /// All statuses of that id since the last time.
  std::vector<std::string> since(std::uint64_t& place, const std::string& id, bool of_operations = false) {
    std::vector<std::string> statuses;
    for (bool is_last = false; !is_last;) {
      auto told = ask({scheduler_name{"s"}, of_operations, false, place});
      for (auto& one : told.items)
        if (one.id == id)
          statuses.push_back(one.status);
      place = told.next;
      is_last = told.is_last;
      EXPECT_FALSE(told.has_gap);
    }
    return statuses;
  }
};

TEST_F(Changes, TellEveryStatusOfARoomFromAPlaceOn) {
  create("s", 1);
  auto id = rooms("s").at(0).id;
  std::uint64_t place = 0;
  auto begun = since(place, id.str());
  ASSERT_FALSE(begun.empty());
  EXPECT_EQ(begun.front(), "pending");
  EXPECT_EQ(ask({scheduler_name{"s"}, false, true}).next, place);
  EXPECT_THAT(since(place, id.str()), ElementsAre());
  ASSERT_TRUE(ping(id, ping_status::ready));
  ASSERT_TRUE(ping(id, ping_status::occupied));
  ASSERT_TRUE(ping(id, ping_status::ready));
  EXPECT_THAT(since(place, id.str()), ElementsAre("ready", "occupied", "ready"))
      << "nobody looked in between, and none is missing";
  world->kill(id);
  pass(std::chrono::minutes(5));
  auto end = since(place, id.str());
  ASSERT_FALSE(end.empty());
  EXPECT_EQ(end.back(), "gone");
}

TEST_F(Changes, TellOfOperationsAndOfNoTickThatDidNothing) {
  create("s", 2);
  pass(std::chrono::minutes(10));
  std::uint64_t place = 0;
  auto page = order<operation_page>(list_operations{scheduler_name{"s"}, operation_stage::final});
  ASSERT_TRUE(page);
  auto add = std::find_if(page->items.begin(), page->items.end(),
                          [](auto& one) { return std::holds_alternative<add_rooms_operation>(one.definition); });
  ASSERT_NE(add, page->items.end());
  EXPECT_THAT(since(place, add->id.str(), true), ElementsAre("pending", "in_progress", "finished"));
  for (auto& one : ask({scheduler_name{"s"}, true, false, 0}).items)
    if (one.status == "finished") {
      EXPECT_TRUE(std::any_of(page->items.begin(), page->items.end(),
                              [&](auto& listed) { return listed.id.str() == one.id; }))
          << one.id << " is not listed";
    }
}

TEST_F(Changes, OfASchedulerThatIsNotThereBeginAtTheFirst) {
  auto nothing = ask({scheduler_name{"s"}, false, true});
  EXPECT_EQ(nothing.next, 0u);
  EXPECT_TRUE(nothing.is_last);
  create("s", 1);
  std::uint64_t place = nothing.next;
  EXPECT_EQ(since(place, rooms("s").at(0).id.str()).front(), "pending");
}

} // namespace
} // namespace maestro
