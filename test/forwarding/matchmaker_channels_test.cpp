// The channels to matchmakers against a real one: every field on the wire, what calls end with when it is slow, dies
// or comes back, and how long a channel lives.
#include "nodes/forwarding/matchmaker_channels.hpp"
#include "test/support/matchmaker.hpp"

#include <gmock/gmock.h>

#include <future>

namespace maestro {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Pair;

class MatchmakerChannels : public ::testing::Test {
public:
  MatchmakerChannels() { channels.use(server.address()); }

  matchmaker_call call(matchmaker_method method) {
    matchmaker_call one;
    one.address = server.address();
    one.timeout = 5s;
    one.method = method;
    one.game = "arena";
    one.room = room_id{"arena-abcde"};
    one.host = "10.0.0.7";
    one.port = 20001;
    one.room_type = "ranked";
    one.metadata = {{"region", "eu"}, {"ports", "[]"}};
    one.status = ping_status::occupied;
    one.event = "goal";
    one.what_player = player_event::left;
    one.player_id = "p1";
    return one;
  }

  std::future<matchmaker_answer> begin(const matchmaker_call& one) {
    auto ended = std::make_shared<std::promise<matchmaker_answer>>();
    channels.call(one, [ended](matchmaker_answer answer) { ended->set_value(std::move(answer)); });
    return ended->get_future();
  }
  matchmaker_answer send(const matchmaker_call& one) { return begin(one).get(); }

  matchmaker server;
  matchmaker_channels channels{{}};
};

TEST_F(MatchmakerChannels, EveryFieldArrives) {
  for (auto method : {matchmaker_method::room_status, matchmaker_method::room_resync,
                      matchmaker_method::room_event, matchmaker_method::player_event})
    EXPECT_EQ(send(call(method)).grpc_code, "OK");
  auto all = server.all();
  ASSERT_EQ(all.size(), 4u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(all[i].game, "arena");
    EXPECT_EQ(all[i].room, "arena-abcde");
    EXPECT_EQ(all[i].host, "10.0.0.7");
    EXPECT_EQ(all[i].port, 20001);
    EXPECT_EQ(all[i].room_type, "ranked");
    EXPECT_THAT(all[i].metadata, ElementsAre(Pair("ports", "[]"), Pair("region", "eu")));
  }
  EXPECT_EQ(all[0].method, "SendRoomStatus");
  EXPECT_EQ(all[0].status, "occupied");
  EXPECT_EQ(all[1].method, "SendRoomResync");
  EXPECT_EQ(all[1].status, "occupied");
  EXPECT_EQ(all[2].event, "goal");
  auto& player = all[3];
  EXPECT_EQ(player.method, "SendPlayerEvent");
  EXPECT_EQ(player.game + " " + player.room, "arena arena-abcde");
  EXPECT_EQ(player.host + std::to_string(player.port) + player.room_type, "0") << "a player's room has no address";
  EXPECT_EQ(player.event, "PLAYER_LEFT");
  EXPECT_EQ(player.player_id, "p1");
  EXPECT_THAT(player.metadata, ElementsAre(Pair("ports", "[]"), Pair("region", "eu")));
}

TEST_F(MatchmakerChannels, ANumberInTheAnswerIsHandedOn) {
  server.answer(500);
  auto answer = send(call(matchmaker_method::room_event));
  EXPECT_EQ(answer.grpc_code, "OK");
  EXPECT_EQ(answer.code, 500);
  EXPECT_GT(answer.took, 0ns);
}

TEST_F(MatchmakerChannels, AFailureHasItsNameInGo) {
  for (auto [code, name] :
       {std::pair{1, "Canceled"}, {9, "FailedPrecondition"}, {12, "Unimplemented"}, {14, "Unavailable"}}) {
    server.fail(code);
    EXPECT_EQ(send(call(matchmaker_method::room_event)).grpc_code, name);
  }
}

TEST_F(MatchmakerChannels, ASlowMatchmakerIsGivenUpAfterTheTimeout) {
  server.hold([](auto& told) { return told.event == "goal"; });
  auto slow = call(matchmaker_method::room_event);
  slow.timeout = 100ms;
  auto waiting = begin(slow);
  EXPECT_EQ(send(call(matchmaker_method::room_status)).grpc_code, "OK") << "one call waits for another";
  EXPECT_EQ(waiting.get().grpc_code, "DeadlineExceeded");
}

TEST_F(MatchmakerChannels, ADeadMatchmakerFailsAtOnceAndComesBack) {
  EXPECT_EQ(send(call(matchmaker_method::room_event)).grpc_code, "OK");
  server.die();
  EXPECT_EQ(send(call(matchmaker_method::room_event)).grpc_code, "Unavailable");
  server.come_back();
  auto until = std::chrono::steady_clock::now() + 20s;
  std::string code;
  while (code != "OK" && std::chrono::steady_clock::now() < until)
    code = send(call(matchmaker_method::room_event)).grpc_code;
  EXPECT_EQ(code, "OK");
}

TEST_F(MatchmakerChannels, ACallThatIsUnderWayWhenItDiesFails) {
  server.hold([](auto&) { return true; });
  auto waiting = begin(call(matchmaker_method::room_event));
  EXPECT_EQ(waiting.wait_for(200ms), std::future_status::timeout);
  server.die();
  EXPECT_EQ(waiting.get().grpc_code, "Unavailable");
}

TEST_F(MatchmakerChannels, AChannelLivesAsLongAsItIsUsed) {
  channels.use(server.address());
  EXPECT_EQ(channels.size(), 1u);
  channels.release(server.address());
  EXPECT_EQ(send(call(matchmaker_method::room_event)).grpc_code, "OK");
  channels.release(server.address());
  EXPECT_EQ(channels.size(), 0u);
  EXPECT_EQ(send(call(matchmaker_method::room_event)).grpc_code, "Unavailable");
}

TEST_F(MatchmakerChannels, CallsEndWithTheChannels) {
  server.hold([](auto&) { return true; });
  std::promise<matchmaker_answer> ended;
  {
    matchmaker_channels short_lived{{}};
    short_lived.use(server.address());
    auto slow = call(matchmaker_method::room_event);
    slow.timeout = 1h;
    short_lived.call(slow, [&](matchmaker_answer answer) { ended.set_value(std::move(answer)); });
  }
  EXPECT_EQ(ended.get_future().get().grpc_code, "Canceled");
}

TEST_F(MatchmakerChannels, WhatIsNoAddressFailsLikeADeadMatchmaker) {
  for (std::string address : {"", "no port", "127.0.0.1:1", "unix:/nowhere/at/all", "999.999.999.999:80"}) {
    channels.use(address);
    auto lost = call(matchmaker_method::room_event);
    lost.address = address;
    EXPECT_NE(send(lost).grpc_code, "OK") << address;
  }
}

} // namespace
} // namespace maestro
