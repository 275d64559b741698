// A hostile client against the real binary: it uses up whatever one client can use up, and meanwhile the node's health is
// answered, its memory stays within what is configured, and operators and rooms are served again as soon as it has left.
#include "test/e2e/live_node.hpp"
#include "test/support/wire_client.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

using namespace maestro::test;
using maestro::http_client;

namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

class HostileClient : public ::testing::Test {
protected:
  HostileClient() {
    node_.environment["MAESTRO_RUNTIME"] = "simulated";
    node_.environment["MAESTRO_API_MAXBUFFERBYTES"] = std::to_string(16 * mebibyte);
    node_.environment["MAESTRO_ROOMSAPI_MAXBUFFERBYTES"] = std::to_string(16 * mebibyte);
    node_.start();
    at_rest_ = resident();
  }
  std::size_t resident() const {
    std::ifstream status("/proc/" + std::to_string(pid()) + "/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("VmRSS:"))
        return std::stoull(line.substr(6)) * 1024;
    return 0;
  }
  pid_t pid() const { return const_cast<node&>(node_).running().pid(); }
  void expect_health_and_memory(std::size_t allowed) {
    EXPECT_EQ(node_.internal("/healthz").status, 200U);
    EXPECT_EQ(node_.internal("/readyz").status, 200U);
    EXPECT_LT(resident(), at_rest_ + allowed);
  }
  void TearDown() override {
    EXPECT_EQ(node_.management("GET", "/schedulers").status, 200U);
    EXPECT_EQ(node_.stop(SIGTERM), 0) << node_.log();
  }
  std::uint16_t management() const { return static_cast<std::uint16_t>(node_.management_port()); }
  std::uint16_t rooms() const { return static_cast<std::uint16_t>(node_.rooms_port()); }
  std::uint16_t internal() const { return static_cast<std::uint16_t>(node_.internal_port()); }
  /// As long as somebody listens, at most so much.
  static void pour(http_client& client, const std::string& piece, std::size_t most) {
    try {
      for (std::size_t sent = 0; sent < most; sent += piece.size())
        client.send(piece);
    } catch (const std::runtime_error&) {
    }
  }

  node node_;
  std::size_t at_rest_ = 0;
};

TEST_F(HostileClient, APageOfAnotherSiteStartsNothing) {
  const std::string body = R"({"ignored":"=","name":"owned","game":"g"})";
  for (auto headers : {"Host: 127.0.0.1\r\nOrigin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n",
                       "Host: rebind.evil.example\r\n"}) {
    http_client client(management());
    client.send(std::string("POST /schedulers HTTP/1.1\r\n") + headers +
                "Content-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    auto status = client.read_answer().status;
    EXPECT_TRUE(status == 403 || status == 421) << status;
  }
  EXPECT_EQ(node_.management("GET", "/schedulers/owned").status, 404U);
}

TEST_F(HostileClient, EndlessExtensionsAndTrailersTakeNoMemory) {
  for (auto start : {"1;", "2\r\n{}\r\n0\r\nx: "}) {
    http_client client(rooms());
    client.send("PUT /scheduler/s/rooms/r/ping HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send(start);
    pour(client, std::string(mebibyte, 'a'), 200 * mebibyte);
    expect_health_and_memory(64 * mebibyte);
  }
}

TEST_F(HostileClient, UnfinishedBodiesTakeTheDoorsBytesAndNoMore) {
  std::vector<std::unique_ptr<http_client>> clients;
  for (int i = 0; i < 300; ++i) {
    auto door = i % 2 == 0 ? management() : rooms();
    clients.push_back(std::make_unique<http_client>(door));
    pour(*clients.back(), "POST /schedulers HTTP/1.1\r\nHost: localhost\r\nContent-Length: 262144\r\n\r\n", 1);
    pour(*clients.back(), std::string(250'000, ' '), 1);
  }
  expect_health_and_memory(128 * mebibyte);
}

TEST_F(HostileClient, AnswersThatNobodyReadsTakeTheDoorsBytesAndNoMore) {
  for (int i = 0; i < 40; ++i) {
    json recipe = node_.recipe("s-" + std::to_string(i), 0);
    recipe["annotations"] = {{"a", std::string(100'000, 'x')}};
    ASSERT_EQ(node_.management("POST", "/schedulers", recipe).status, 200U);
  }
  at_rest_ = resident();
  std::vector<std::unique_ptr<http_client>> clients;
  for (int i = 0; i < 60; ++i) {
    clients.push_back(std::make_unique<http_client>(management()));
    for (int j = 0; j < 16; ++j)
      pour(*clients.back(), "GET /schedulers HTTP/1.1\r\nHost: localhost\r\n\r\n", 1);
  }
  for (int look = 0; look < 20; ++look)
    expect_health_and_memory(256 * mebibyte);
}

TEST_F(HostileClient, IdleConnectionsUpToEveryLimitLeaveHealthAlone) {
  std::vector<std::unique_ptr<http_client>> idle;
  for (int i = 0; i < 600; ++i)
    for (auto door : {management(), internal(), rooms()}) {
      idle.push_back(std::make_unique<http_client>(door));
      if (i % 2 == 0)
        idle.back()->send_some("GET /half");
    }
  expect_health_and_memory(64 * mebibyte);
  EXPECT_EQ(node_.management("GET", "/schedulers").status, 200U);
}

TEST_F(HostileClient, KeysOfAMapAreBounded) {
  std::string labels = R"({"name":"s","labels":{)";
  for (int i = 0; i < 100'000; ++i) {
    labels += i == 0 ? "\"" : ",\"";
    labels += std::to_string(i) + "\":\"\"";
  }
  http_client client(management());
  EXPECT_EQ(client.request("POST", "/schedulers", labels + "}}").status, 400U);
  expect_health_and_memory(128 * mebibyte);
}

} // namespace
