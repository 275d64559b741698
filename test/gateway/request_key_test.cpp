// `Idempotency-Key` at the doors: it goes with every request that changes something, and a bad one is refused before anything
// is done.
#include "test/gateway/gateway_fixture.hpp"

namespace maestro {
namespace {

class RequestKey : public GatewayTest {
protected:
  RequestKey() {
    script->remove = [this](const delete_scheduler& x) { return operation_with(x.request); };
    script->switch_version = [this](const switch_active_version& x) { return operation_with(x.request); };
    script->end_room = [this](const request_room_end& x) { return operation_with(x.request); };
    script->cancel = [this](const cancel_operation& x) -> result<done> {
      heard = x.request.str();
      return done{};
    };
    script->allocate = [this](const allocate_room& x) -> result<allocated_room> {
      heard = x.request.str();
      return allocated_room{room_id("s-1"), "10.0.0.1", {}};
    };
    script->create = [this](const create_scheduler& x) -> result<scheduler> {
      heard = x.request.str();
      return x.recipe;
    };
    script->get = [](const get_scheduler& x) -> result<scheduler> {
      scheduler active;
      active.name = x.name;
      active.game = "game";
      active.max_surge = "5";
      active.rooms_replicas = 4;
      active.spec.version = "v1.0.0";
      return active;
    };
  }

  result<operation_id> operation_with(const request_key& key) {
    heard = key.str();
    return operation_id("op");
  }
  std::string said(const http_answer& answer) {
    return answer.status == 200 ? std::exchange(heard, "nothing") : std::to_string(answer.status) + answer.body;
  }

  static inline const http_client::header_list with_key{{"Idempotency-Key", "abc-1"}};
  std::string heard = "nothing"; ///< handlers have run when the answer is there
};

TEST_F(RequestKey, GoesWithWhateverChangesSomething) {
  open();
  EXPECT_EQ(said(management("DELETE", "/schedulers/s", {}, with_key)), "abc-1");
  EXPECT_EQ(said(management("PUT", "/schedulers/s", R"({"version":"v1.0.0"})", with_key)), "abc-1");
  EXPECT_EQ(said(management("DELETE", "/schedulers/s/rooms/s-1", {}, with_key)), "abc-1");
  EXPECT_EQ(said(management("POST", "/schedulers/s/operations/op/cancel", {}, with_key)), "abc-1");
  EXPECT_EQ(said(game_rooms("POST", "/scheduler/s/rooms/allocate", {}, with_key)), "abc-1");
  EXPECT_EQ(said(game_rooms("POST", "/scheduler/s/rooms/allocate")), "");
}

TEST_F(RequestKey, IsOfOneRequestOfItsConnection) {
  open();
  http_client client(ports.rooms);
  client.request("POST", "/scheduler/s/rooms/allocate", {}, with_key);
  EXPECT_EQ(heard, "abc-1");
  client.request("POST", "/scheduler/s/rooms/allocate");
  EXPECT_EQ(heard, "");
}

TEST_F(RequestKey, MayStandInQuotes) {
  open();
  EXPECT_EQ(said(management("DELETE", "/schedulers/s", {}, {{"idempotency-key", "\"abc-1\""}})), "abc-1");
}

TEST_F(RequestKey, IsRefusedWhenItIsNone) {
  open();
  auto refusal = [&](const std::string& key) {
    auto answer = management("DELETE", "/schedulers/s", {}, {{"Idempotency-Key", key}});
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(heard, "nothing");
    return answer.body;
  };
  EXPECT_EQ(refusal(std::string(65, 'k')), error_json(3, "Idempotency-Key must be at most 64 bytes, not 65"));
  EXPECT_EQ(refusal("a b"),
            error_json(3, R"(Idempotency-Key must be visible ASCII characters without blanks, not "a b")"));
  EXPECT_EQ(refusal("\"\""),
            error_json(3, R"(Idempotency-Key must be visible ASCII characters without blanks, not "")"));
  EXPECT_EQ(refusal("k\xc3\xa9y"),
            error_json(3, "Idempotency-Key must be visible ASCII characters without blanks, not \"k\xc3\xa9y\""));
}

// The patch has been made, so nothing is left of it to make: whoever says who he is hears what came of it.
TEST_F(RequestKey, APatchThatComesAgainIsAnsweredAsTheFirstTime) {
  script->new_version = [this](const new_scheduler_version& x) -> result<operation_id> {
    heard = x.request.str();
    return x.request.str() == "abc-1" ? result<operation_id>(operation_id("op"))
                                      : failure{ec::already_exists, "no change found to scheduler s"};
  };
  open();
  auto patch = [&](const http_client::header_list& headers) {
    return management("PATCH", "/schedulers/s", R"({"roomsReplicas":4})", headers);
  };
  EXPECT_EQ(patch({}).status, 409);
  EXPECT_EQ(patch(with_key).body, R"({"operationId":"op"})");
  EXPECT_EQ(patch({{"Idempotency-Key", "another"}}).status, 409);
}

} // namespace
} // namespace maestro
