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

} // namespace
} // namespace maestro
