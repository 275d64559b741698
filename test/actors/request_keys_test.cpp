// G3 on one node: a request that comes again with its key has one effect and one answer, also while it is carried out, and
// after the node's death.
#include "test/actors/node_fixture.hpp"

#include <gmock/gmock.h>

namespace maestro {

namespace {

using namespace std::chrono_literals;
using ::testing::SizeIs;

const request_key key{"one"};

class RequestKeys : public NodeTest {
protected:
  scheduler_name name{"s"};

  void make(int amount) {
    create("s", amount);
    ping_all("s");
    ASSERT_EQ(count("s", room_status::ready), static_cast<std::size_t>(amount));
  }
  std::string allocate(const request_key& with) {
    auto room = order<allocated_room>(allocate_room{name, {}, 0, with});
    return room ? room->id.str() : to_string(from_caf(room.error()).code);
  }
};

TEST_F(RequestKeys, AnAllocationIsMadeOnce) {
  make(3);
  auto room = allocate(key);
  EXPECT_EQ(allocate(key), room);
  EXPECT_NE(allocate(request_key("two")), room);
  EXPECT_EQ(count("s", room_status::allocated), 2u);
  restart();
  pass(2s);
  EXPECT_EQ(allocate(key), room) << "the node has forgotten";
  EXPECT_EQ(count("s", room_status::allocated), 2u);
}

TEST_F(RequestKeys, WhoComesAgainMeanwhileWaitsForTheAnswer) {
  make(3);
  std::set<std::string> given;
  int answers = 0;
  keep(sys.spawn([&](caf::event_based_actor* me) -> caf::behavior {
    for (int i = 0; i < 3; ++i)
      me->request(directory, caf::infinite, allocate_room{name, {}, 0, key})
          .then([&](const allocated_room& room) { ++answers, given.insert(room.id.str()); },
                [](const caf::error& why) { ADD_FAILURE() << from_caf(why).text; });
    return {[](done) {}};
  }));
  pass(1s);
  EXPECT_EQ(answers, 3);
  EXPECT_THAT(given, SizeIs(1));
  EXPECT_EQ(count("s", room_status::allocated), 1u);
}

TEST_F(RequestKeys, WhatWasRefusedIsTriedAnew) {
  create("s", 1);
  EXPECT_EQ(allocate(key), "unknown");
  ping_all("s");
  EXPECT_EQ(allocate(key), rooms("s").front().id.str());
}

TEST_F(RequestKeys, ASchedulerIsCreatedAndDeletedOnce) {
  auto created = order<scheduler>(create_scheduler{recipe("s", 1), first_epoch, key});
  ASSERT_TRUE(created);
  EXPECT_TRUE(order<scheduler>(create_scheduler{recipe("s", 1), first_epoch, key}));
  EXPECT_FALSE(order<scheduler>(create_scheduler{recipe("s", 1), first_epoch, request_key("two")}));
  EXPECT_FALSE(order<scheduler>(create_scheduler{recipe("s", 1)}));
  restart();
  pass(1s);
  EXPECT_TRUE(order<scheduler>(create_scheduler{recipe("s", 1), first_epoch, key}));
}

TEST_F(RequestKeys, AnOperationIsAnsweredAlsoWhenItHasEnded) {
  make(2);
  auto room = rooms("s").front().id;
  auto end = [&] {
    auto id = order<operation_id>(request_room_end{name, room, key});
    return id ? id->str() : from_caf(id.error()).text;
  };
  auto first = end();
  pass(5s);
  EXPECT_EQ(end(), first) << "the room is gone";
  restart();
  pass(2s);
  EXPECT_EQ(end(), first);
  EXPECT_FALSE(order<operation_id>(request_room_end{name, room, request_key("two")}));
}

TEST_F(RequestKeys, ToCancelTwiceIsNoFailure) {
  make(1);
  auto changed = recipe("s", 1);
  changed.spec.containers[0].image = "another";
  operation_id edit;
  std::string told;
  keep(sys.spawn([&](caf::event_based_actor* me) -> caf::behavior {
    me->request(directory, caf::infinite, new_scheduler_version{changed}).then([&, me](const operation_id& id) {
      edit = id;
      me->request(directory, caf::infinite, cancel_operation{name, id, key})
          .then([&](done) { told = "done"; }, [&](const caf::error& why) { told = from_caf(why).text; });
    });
    return {[](done) {}};
  }));
  pass(5s);
  ASSERT_EQ(told, "done");
  EXPECT_TRUE(order<done>(cancel_operation{name, edit, key}));
  EXPECT_FALSE(order<done>(cancel_operation{name, edit}));
  restart();
  pass(1s);
  EXPECT_TRUE(order<done>(cancel_operation{name, edit, key})) << "the journal knows how it ended";
}

} // namespace

} // namespace maestro
