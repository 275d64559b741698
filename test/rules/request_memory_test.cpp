// What is remembered of requests, and for how long: the newest whatever the clock does, others for a while, never more than
// so many; and that a table's snapshot holds it.
#include "actors/rules/request_memory.hpp"

#include "actors/rules/room_table.hpp"
#include "actors/rules/scheduler_table.hpp"

#include <gtest/gtest.h>

namespace maestro::rules {
namespace {

using namespace std::chrono_literals;

constexpr timestamp noon{std::chrono::hours{12}};

request_key key(std::size_t number) {
  return request_key("k" + std::to_string(number));
}

void remember(request_memory& memory, std::size_t number, timestamp at) {
  memory.remember({key(number), at, "allocate_room", "room-" + std::to_string(number)});
}

TEST(RequestMemory, AnswersAsTheFirstTime) {
  request_memory memory;
  EXPECT_EQ(memory.find(key(1)), nullptr);
  remember(memory, 1, noon);
  memory.remember({key(1), noon + 1s, "allocate_room", "another"});
  ASSERT_NE(memory.find(key(1)), nullptr);
  EXPECT_EQ(memory.find(key(1))->answer, "room-1");
  EXPECT_EQ(memory.size(), 1u);
  EXPECT_FALSE(check_same(*memory.find(key(1)), "delete_scheduler"));
  EXPECT_TRUE(check_same(*memory.find(key(1)), "allocate_room"));
}

TEST(RequestMemory, WithoutAKeyNothingIsRemembered) {
  request_memory memory;
  memory.remember({{}, noon, "allocate_room", "room"});
  EXPECT_EQ(memory.size(), 0u);
  EXPECT_EQ(memory.find({}), nullptr);
}

TEST(RequestMemory, TheNewestAreKeptWhateverTheClockDoes) {
  request_memory memory;
  for (std::size_t i = 0; i < request_memory::kept_always; ++i)
    remember(memory, i, noon + i * 24h);
  EXPECT_EQ(memory.size(), request_memory::kept_always);
  remember(memory, request_memory::kept_always, noon - 24h);
  EXPECT_NE(memory.find(key(0)), nullptr) << "the clock was set back";
  remember(memory, request_memory::kept_always + 1, noon + 1000 * 24h);
  EXPECT_EQ(memory.size(), request_memory::kept_always);
  EXPECT_EQ(memory.find(key(0)), nullptr);
  EXPECT_EQ(memory.find(key(1)), nullptr);
  EXPECT_NE(memory.find(key(2)), nullptr);
}

TEST(RequestMemory, OthersAreKeptForAWhileAndNeverTooMany) {
  request_memory memory;
  for (std::size_t i = 0; i < request_memory::kept_at_most + 10; ++i)
    remember(memory, i, noon + i * 1ms);
  EXPECT_EQ(memory.size(), request_memory::kept_at_most);
  EXPECT_EQ(memory.find(key(9)), nullptr);
  EXPECT_NE(memory.find(key(10)), nullptr);
  remember(memory, request_memory::kept_at_most + 10, noon + request_memory::kept_for + 1s);
  EXPECT_LT(memory.size(), request_memory::kept_at_most);
  EXPECT_EQ(memory.find(key(900)), nullptr);
  EXPECT_NE(memory.find(key(request_memory::kept_at_most - 1)), nullptr);
}

room_record room(const std::string& id) {
  room_record one;
  one.id = room_id(id);
  one.status = room_status::ready;
  return one;
}

TEST(RequestMemory, IsPartOfAPoolsSnapshotAlsoInParts) {
  room_table table;
  table.apply(room_created{room("arena-a")});
  table.apply(room_allocated{room_id("arena-a"), noon, 0, key(1)});
  room_table whole;
  whole.restore(table.snapshot());
  EXPECT_EQ(whole.requests().all(), table.requests().all());
  ASSERT_EQ(whole.requests().size(), 1u);
  room_table parts;
  table.begin_snapshot();
  for (auto more = true; more;) {
    pool_snapshot part;
    more = table.next_part(1, part) == slice_outcome::more;
    parts.restore_part(std::move(part));
  }
  EXPECT_EQ(parts.requests().all(), table.requests().all());
}

TEST(RequestMemory, OfASchedulerOutlivesTheOperationAndEndsWithTheScheduler) {
  scheduler_table table;
  table.apply(scheduler_created{});
  operation deleting;
  deleting.id = operation_id("one");
  deleting.definition = delete_scheduler_operation{};
  table.apply(operation_enqueued{deleting, false, key(1)});
  table.apply(operation_ended{deleting.id, operation_status::canceled, noon});
  scheduler_table copy;
  copy.restore(table.snapshot());
  ASSERT_NE(copy.requests().find(key(1)), nullptr);
  EXPECT_EQ(copy.requests().find(key(1))->answer, "one");
  table.apply(scheduler_deleted{noon});
  EXPECT_EQ(table.requests().size(), 0u);
}

} // namespace
} // namespace maestro::rules
