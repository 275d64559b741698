// How JSON, paths, methods and forms are read and written (proto/README.md 1.1, 1.2), spoken to the real binary.
#include "test/contract/contract_fixture.hpp"

namespace maestro {
namespace {

using namespace std::chrono_literals;

class FormsContract : public contract_fixture {
protected:
  /// What M2 shows of this field, up to the next one.
  static std::string part(const std::string& body, const std::string& from, const std::string& to) {
    auto begin = body.find(from);
    return begin == body.npos ? body : body.substr(begin, body.find(to, begin) - begin);
  }
  static http_answer created(const std::string& name, const std::string& from, const std::string& to) {
    return ask("POST", "/schedulers", replaced(recipe(name, 0), from, to));
  }
};

TEST_F(FormsContract, DurationsHaveNoneThreeSixOrNineDigits) {
  int number = 0;
  for (auto [sent, shown] : {std::pair{"100s", "100s"},
                             {"0.5s", "0.500s"},
                             {"1.5000s", "1.500s"},
                             {"0.0005s", "0.000500s"},
                             {"1.000000001s", "1.000000001s"},
                             {"1.s", "1s"},
                             {"+2s", "2s"},
                             {"3.0s", "3s"}}) {
    auto answer = created("lasts-" + std::to_string(++number), R"("1s")", "\"" + std::string(sent) + "\"");
    EXPECT_EQ(part(answer.body, "\"terminationGracePeriod\"", ",\"containers\""),
              "\"terminationGracePeriod\":\"" + std::string(shown) + "\"");
  }
  for (auto* wrong : {"\"1\"", "1", "\"1m\"", "\"\"", "\"s\"", "\"1.0000000001s\""}) {
    auto answer = created("never", R"("1s")", wrong);
    EXPECT_EQ(answer.status, 400) << wrong;
    EXPECT_EQ(answer.body.find(R"({"code":3,"message":"proto: (line 1:)"), 0U) << answer.body;
  }
}

TEST_F(FormsContract, FloatsAreShortestAndLongsAreStrings) {
  auto answer = created(
      "numbers", R"("game":"g")",
      R"("game":"g","autoscaling":{"enabled":true,"min":1,"max":-1,"policy":{"type":"roomOccupancy","parameters":)"
      R"({"fixedBuffer":{"amount":2},"roomOccupancy":{"readyTarget":0.33,"downThreshold":0.1}}}},)"
      R"("forwarders":[{"name":"f","type":"gRPC","address":"a:1","options":{"timeout":1e3,)"
      R"("metadata":{"z":1.5,"n":null,"b":[true,"x",{}]}}},{"name":"d","type":"gRPC","address":"a:1"}],)"
      R"("labels":{"z":"1","a":"2"})");
  EXPECT_EQ(
      answer.body.substr(std::min(answer.body.find(R"("autoscaling")"), answer.body.size())),
      R"("autoscaling":{"enabled":true,"min":1,"max":-1,"policy":{"type":"roomOccupancy","parameters":)"
      R"({"roomOccupancy":{"readyTarget":0.33,"downThreshold":0.1},"fixedBuffer":{"amount":2}}},"cooldown":0},)"
      R"("forwarders":[{"name":"f","enable":false,"type":"gRPC","address":"a:1","options":{"timeout":"1000",)"
      R"("metadata":{"b":[true,"x",{}],"n":null,"z":1.5}}},{"name":"d","enable":false,"type":"gRPC",)"
      R"("address":"a:1","options":{"timeout":"1000","metadata":{}}}],"annotations":{},"labels":{"a":"2","z":"1"},)"
      R"("matchAllocation":{"maxMatches":1}}})");
}

TEST_F(FormsContract, WhatIsUnsetIsNullOrLeftOutOrEmpty) {
  auto answer = created("unset", R"("portRange":{"start":20000,"end":29999},)", "");
  EXPECT_EQ(answer.status, 400);
  auto own =
      replaced(replaced(recipe("unset", 0), R"("portRange":{"start":20000,"end":29999},)", ""), R"("port":12345})",
               R"("port":12345,"hostPortRange":{"start":7,"end":9}},)"
               R"({"name":"q","protocol":"tcp","port":1,"hostPortRange":{"start":7,"end":9}})");
  own = replaced(own, R"("command":["./run"])",
                 R"("environment":[{"name":"A","value":"x"},{"name":"N"},)"
                 R"({"name":"B","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}},)"
                 R"({"name":"C","value_from":{"secretKeyRef":{"name":"n","key":"k"}}}])");
  answer = ask("POST", "/schedulers", own);
  EXPECT_EQ(part(answer.body, R"("portRange")", R"(,"createdAt")"), R"("portRange":null)");
  EXPECT_EQ(part(answer.body, R"("command")", R"(,"requests")"),
            R"("command":[],"environment":[{"name":"A","value":"x"},{"name":"N"},)"
            R"({"name":"B","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}},)"
            R"({"name":"C","valueFrom":{"secretKeyRef":{"name":"n","key":"k"}}}])");
  EXPECT_EQ(
      part(answer.body, R"("ports")", R"(}],"toleration")"),
      R"("ports":[{"name":"p","protocol":"udp","port":12345,"hostPort":0,"hostPortRange":{"start":7,"end":9}},)"
      R"({"name":"q","protocol":"tcp","port":1,"hostPort":0,"hostPortRange":{"start":7,"end":9}}])");
  EXPECT_EQ(answer.body.find("\"autoscaling\""), std::string::npos);
}

TEST_F(FormsContract, BothSpellingsOfAllNamesAreRead) {
  auto body = recipe("snake", 0);
  for (auto [camel, snake] : {std::pair{"maxSurge", "max_surge"},
                              {"roomsReplicas", "rooms_replicas"},
                              {"portRange", "port_range"},
                              {"terminationGracePeriod", "termination_grace_period"},
                              {"imagePullPolicy", "image_pull_policy"}})
    body = replaced(body, camel, snake);
  expect(ask("POST", "/schedulers", body), 200, "{\"scheduler\":" + shown("snake", 0, "creating") + "}");
}

TEST_F(FormsContract, BodiesAreReadAsProtojsonReadsThem) {
  struct row {
    std::string from, to, text;
  };
  const std::string game = R"("game":"g")";
  const std::string replicas = R"("roomsReplicas":0)";
  for (auto& [from, to, text] :
       std::vector<row>{{game, R"("game":"g","game":"h")", R"(proto: (line 1:29): duplicate field "game")"},
                        {replicas, R"("roomsReplicas":0,"rooms_replicas":0)",
                         R"(proto: (line 1:64): duplicate field "rooms_replicas")"},
                        {game, R"("game":7)", "proto: (line 1:25): invalid value for string field game: 7"},
                        {replicas, R"("roomsReplicas":1.5)",
                         "proto: (line 1:62): invalid value for int32 field roomsReplicas: 1.5"},
                        {replicas, R"("roomsReplicas":2147483648)",
                         "proto: (line 1:62): invalid value for int32 field roomsReplicas: 2147483648"},
                        {replicas, R"("roomsReplicas":"x")",
                         R"(proto: (line 1:62): invalid value for int32 field roomsReplicas: "x")"},
                        {replicas, R"("roomsReplicas":true)",
                         "proto: (line 1:62): invalid value for int32 field roomsReplicas: true"}}) {
    SCOPED_TRACE(to);
    expect(ask("POST", "/schedulers", replaced(recipe("formed", 0), from, to)), 400, error(3, escaped(text)));
  }
  int number = 0;
  for (auto* zero : {"0", "0.0", "0e3", "\"0\"", "-0", "null", "\"0.0\""}) {
    auto name = "zero-" + std::to_string(++number);
    EXPECT_EQ(created(name, replicas, R"("roomsReplicas":)" + std::string(zero)).status, 200) << zero;
  }
  // Unknown fields of any shape, what follows the first value, and the content type make no difference.
  expect(ask("POST", "/schedulers",
             "  " + replaced(recipe("rest", 0), game, game + R"(,"x":[{"y":null},1e9],"":{})") + "}] what follows",
             {{"Content-Type", "text/csv"}}),
         200, "{\"scheduler\":" + shown("rest", 0, "creating") + "}");
  for (auto [broken, text] : {std::pair{"{", "unexpected EOF"},
                              {"nul", "unexpected EOF"},
                              {"{\"a\" 1}", "invalid character '1' after object key at byte 5"},
                              {"[]", "proto: (line 1:1): an object is wanted, unexpected token ["},
                              {"7", "proto: (line 1:1): an object is wanted, unexpected token 7"},
                              {"\"x\"", "proto: (line 1:1): an object is wanted, unexpected token \"x\""}}) {
    SCOPED_TRACE(broken);
    expect(ask("POST", "/schedulers", broken), 400, error(3, escaped(text)));
  }
}

TEST_F(FormsContract, AnEmptyListIsAbsentAndAnEmptyMapIsThere) {
  ASSERT_EQ(created("maps", R"("game":"g")",
                    R"("game":"g","annotations":{"k":"v"},"labels":{"l":"m"},)"
                    R"("forwarders":[{"name":"f","type":"gRPC","address":"a:1"}])")
                .status,
            200);
  ASSERT_TRUE(in_sync("maps"));
  const std::string at = "/schedulers/maps";
  for (auto* nothing : {"", "{}", R"({"forwarders":[]})", R"({"game":"x","unknown":1})", R"({"maxSurge":null})",
                        R"({"spec":null})"})
    expect(ask("PATCH", at, nothing), 409, error(6, "no change found to scheduler maps"));
  expect(ask("PATCH", at + "?maxSurge=50%25&roomsReplicas=3"), 409, error(6, "no change found to scheduler maps"));
  auto cleared = ask("PATCH", at, R"({"annotations":{}})");
  ASSERT_EQ(cleared.status, 200) << cleared.body;
  EXPECT_TRUE(within(20s, [&] { return rooms("maps").size() == 1; })) << "a major change: it is tried out";
  auto room = rooms("maps").at(0);
  EXPECT_TRUE(within(20s, [&] { return ping("maps", room, R"({"status":"ready"})"); }));
  EXPECT_TRUE(within(20s, [&] {
    return ask("GET", at).body.find(R"("annotations":{},"labels":{"l":"m"})") != std::string::npos;
  })) << ask("GET", at).body;
  EXPECT_NE(ask("GET", at).body.find(R"("forwarders":[{"name":"f")"), std::string::npos);
}

TEST_F(FormsContract, PathsAndMethodsThatAreNone) {
  struct row {
    std::string method, path;
    unsigned status;
  };
  for (auto& [method, path, status] : std::vector<row>{{"GET", "/", 404},
                                                       {"GET", "/scheduler", 404},
                                                       {"POST", "/schedulers/a/b", 404},
                                                       {"GET", "/schedulers/a/versions/", 404},
                                                       {"GET", "/schedulers/a/operations/b/cancel/c", 404},
                                                       {"PUT", "/scheduler/a/rooms/b/ping", 404},
                                                       {"POST", "/schedulers/a/add-rooms", 404},
                                                       {"POST", "/schedulers/a/remove-rooms", 404},
                                                       {"PUT", "/schedulers", 501},
                                                       {"DELETE", "/schedulers", 501},
                                                       {"PATCH", "/schedulers", 501},
                                                       {"BREW", "/schedulers/a", 501},
                                                       {"POST", "/schedulers/a/versions", 501},
                                                       {"DELETE", "/schedulers/a/operations", 501},
                                                       {"PATCH", "/schedulers/a/operations/b", 501},
                                                       {"GET", "/schedulers/a/operations/b/cancel", 501}}) {
    SCOPED_TRACE(method + " " + path);
    expect(ask(method, path), status, status == 404 ? error(5, "Not Found") : error(12, "Method Not Allowed"));
  }
  for (auto& [method, path, status] : std::vector<row>{{"GET", "/scheduler/a/rooms/b", 404},
                                                       {"GET", "/schedulers", 404},
                                                       {"POST", "/scheduler/a/rooms/b/ping", 501},
                                                       {"GET", "/scheduler/a/rooms/b/roomevent", 501},
                                                       {"PUT", "/scheduler/a/rooms/b/playerevent", 501},
                                                       {"POST", "/scheduler/a/rooms/b/status", 501},
                                                       {"PUT", "/scheduler/a/rooms/b/address", 501},
                                                       {"GET", "/scheduler/a/rooms/allocate", 501}}) {
    SCOPED_TRACE(method + " " + path);
    expect(ask_rooms(method, path), status,
           status == 404 ? error(5, "Not Found") : error(12, "Method Not Allowed"));
  }
}

TEST_F(FormsContract, ASchedulerMayBeCalledInfo) {
  auto own = replaced(recipe("info", 0), R"("game":"g")", R"("game":"of-info")");
  ASSERT_EQ(ask("POST", "/schedulers", own).status, 200);
  EXPECT_TRUE(
      within(20s, [] { return ask("GET", "/schedulers?name=info").body.find("in-sync") != std::string::npos; }));
  EXPECT_EQ(ask("GET", "/schedulers/info?game=of-info").body.find(R"({"schedulers":[{"name":"info",)"), 0U);
  expect(ask("PATCH", "/schedulers/info", "{}"), 409, error(6, "no change found to scheduler info"));
  expect(ask("GET", "/schedulers/info/versions"), 200,
         R"({"versions":[{"version":"v1.0.0","isActive":true,"createdAt":"TIME"}]})");
  expect(ask("DELETE", "/schedulers/info"), 200, R"({"operationId":"ID"})");
}

TEST_F(FormsContract, FormsByPostStandInForOtherMethods) {
  const http_client::header_list form{{"Content-Type", "application/x-www-form-urlencoded"}};
  auto as = [&](const std::string& method) {
    auto headers = form;
    headers.emplace_back("X-HTTP-Method-Override", method);
    return headers;
  };
  ASSERT_EQ(ask("POST", "/schedulers", recipe("form", 0)).status, 200);
  ASSERT_TRUE(in_sync("form"));
  const std::string at = "/schedulers/form";
  const std::string versions = R"({"versions":[{"version":"v1.0.0","isActive":true,"createdAt":"TIME"}]})";
  expect(ask("POST", at + "/versions", "", form), 200, versions);
  expect(ask("POST", at + "/versions", "", as("GET")), 200, versions);
  expect(ask("POST", at + "/versions", ""), 501, error(12, "Method Not Allowed"));
  expect(ask("POST", at + "/versions", "", {{"X-HTTP-Method-Override", "GET"}}), 501,
         error(12, "Method Not Allowed"));
  expect(ask("POST", at + "/operations", "stage=odd", form), 400, error(3, "invalid stage filter: odd"));
  expect(ask("POST", at + "/operations?stage=a", "stage=b", form), 400,
         error(3, R"(too many values for field \"stage\": b, a)"));
  expect(ask("POST", at, "version=v9.0.0", as("GET")), 404, error(5, "scheduler form not found"));
  expect(ask("POST", at, "{}", as("PATCH")), 409, error(6, "no change found to scheduler form"));
  expect(ask("POST", at, R"({"version":"v9.0.0"})", as("put")), 200, R"({"operationId":"ID"})");
  expect(ask("POST", at, "", as("DELETE")), 200, R"({"operationId":"ID"})");
}

TEST_F(FormsContract, InternalDoor) {
  for (auto* path : {"/health", "/healthz", "/readyz"}) {
    auto answer = ask_internal(path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.body, "OK") << path;
    EXPECT_EQ(answer.headers.at("content-type"), "text/plain; charset=utf-8") << path;
  }
  auto metrics = ask_internal("/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_EQ(metrics.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(metrics.body.find("# HELP "), 0U);
  EXPECT_EQ(ask_internal("/other").status, 404);
}

} // namespace
} // namespace maestro
