// Requests that are refused from their header alone, on every door: what other sites' pages make browsers send, hosts
// that are not ours, and framing that two readers could read in two ways. And that every program goes on as before.
#include "test/gateway/gateway_fixture.hpp"

#include <vector>

namespace {

using namespace maestro;

class SitePolicy : public GatewayTest {
protected:
  SitePolicy() {
    script->list = [this](const list_schedulers&) -> result<scheduler_list> {
      ++reached;
      return scheduler_list{};
    };
    script->create = [this](const create_scheduler&) -> result<scheduler> {
      ++reached;
      return failure{ec::already_exists, "reached"};
    };
    script->remove = [this](const delete_scheduler&) -> result<operation_id> {
      ++reached;
      return failure{ec::not_found, "reached"};
    };
  }
  std::vector<std::uint16_t> all_doors() const { return {ports.management, ports.rooms, ports.internal}; }
  static unsigned status_of(std::uint16_t port, const std::string& bytes) {
    http_client client(port);
    client.send(bytes);
    return client.read_answer().status;
  }
  static unsigned plain(std::uint16_t port, const std::string& headers) {
    return status_of(port, "GET /schedulers HTTP/1.1\r\n" + headers + "\r\n");
  }

  std::atomic<int> reached{0};
};

TEST_F(SitePolicy, FormPostedByAForeignPageRunsNothing) {
  open();
  const std::string recipe = R"({"ignored":"=","name":"s1","game":"g"})";
  for (auto type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"}) {
    auto answer =
        management("POST", "/schedulers", recipe,
                   {{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Content-Type", type}});
    EXPECT_EQ(answer.status, 403) << type;
    EXPECT_EQ(answer.body,
              error_json(7, "Origin is \"https://evil.example\" but must be this door's own or one of "
                            "api.origins"));
    EXPECT_FALSE(answer.keep_alive);
  }
  EXPECT_EQ(management("POST", "/schedulers", recipe, {{"Origin", "null"}}).status, 403);
  EXPECT_EQ(management("DELETE", "/schedulers/a", {}, {{"Sec-Fetch-Site", "same-site"}}).status, 403);
  EXPECT_EQ(management("POST", "/schedulers", recipe,
                       {{"Referer", "https://evil.example/"}, {"Content-Type", "text/plain"}})
                .status,
            403)
      << "of a browser that does not know Origin";
  EXPECT_EQ(reached, 0);
}

TEST_F(SitePolicy, EveryDoorRefusesForeignPagesAndForeignHosts) {
  open();
  for (auto port : all_doors()) {
    EXPECT_EQ(plain(port, "Host: localhost\r\nOrigin: https://evil.example\r\n"), 403U);
    EXPECT_EQ(plain(port, "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n"), 403U);
    EXPECT_EQ(plain(port, "Host: localhost\r\nOrigin: http://localhost\r\nOrigin: https://evil.example\r\n"),
              403U);
    for (auto host :
         {"evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "93.184.216.34",
          "[2001:db8::1]:80", "a b", "user@localhost", "localhost:x", ":80", "[::1", "localhost/evil.example"})
      EXPECT_EQ(plain(port, std::string("Host: ") + host + "\r\n"), 421U) << host;
    EXPECT_EQ(status_of(port, "GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"), 421U);
  }
  EXPECT_EQ(reached, 0);
}

TEST_F(SitePolicy, HostStandsThereOnce) {
  open();
  for (auto port : all_doors()) {
    EXPECT_EQ(plain(port, ""), 400U);
    EXPECT_EQ(plain(port, "Host: localhost\r\nHost: localhost\r\n"), 400U);
    EXPECT_EQ(plain(port, "Host: localhost\r\nHost: evil.example\r\n"), 400U);
  }
  http_client none(ports.management);
  none.send("GET /schedulers HTTP/1.1\r\n\r\n");
  EXPECT_EQ(none.read_answer().body, "400 Bad Request: missing required Host header");
  EXPECT_EQ(status_of(ports.management, "GET /schedulers HTTP/1.0\r\n\r\n"), 200U) << "before 1.1 it needs none";
}

TEST_F(SitePolicy, AnEndThatCouldBeReadInTwoWaysIsTheEndOfTheConnection) {
  open();
  const std::string body = "\r\n2\r\n{}\r\n0\r\n\r\nGET /schedulers HTTP/1.1\r\nHost: localhost\r\n\r\n";
  struct row {
    const char* headers;
    const char* status;
  };
  for (auto port : all_doors())
    for (auto& [headers, status] :
         std::vector<row>{{"Transfer-Encoding: gzip, chunked\r\n", "501"},
                          {"Transfer-Encoding: chunked, chunked\r\n", "501"},
                          {"Transfer-Encoding: identity\r\nContent-Length: 0\r\n", "501"},
                          {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "400"},
                          {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "400"},
                          {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "400"},
                          {"Expect: 999-please\r\n", "417"}}) {
      http_client client(port);
      client.send(std::string("POST /schedulers HTTP/1.1\r\nHost: localhost\r\n") + headers + body);
      auto text = client.read_to_end();
      EXPECT_EQ(text.find(std::string("HTTP/1.1 ") + status), 0U) << headers << text;
      EXPECT_EQ(text.find("HTTP/1.1", 1), text.npos) << "a second request was read: " << headers;
    }
  EXPECT_EQ(reached, 0);
}

TEST_F(SitePolicy, NothingIsReadBehindConnect) {
  open();
  for (auto port : all_doors()) {
    http_client client(port);
    client.send("CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n"
                "GET /schedulers HTTP/1.1\r\nHost: localhost\r\n\r\n");
    auto text = client.read_to_end();
    EXPECT_EQ(text.find("HTTP/1.1 400"), 0U);
    EXPECT_EQ(text.find("HTTP/1.1", 1), text.npos);
  }
}

TEST_F(SitePolicy, ATrailerChangesNothing) {
  open();
  http_client client(ports.management);
  client.send("POST /schedulers HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
              "2\r\n{}\r\n0\r\nHost: evil.example\r\nX-HTTP-Method-Override: DELETE\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 400) << "of the recipe, which is empty";
  EXPECT_EQ(client.get("/schedulers").status, 200) << "the connection goes on";
}

TEST_F(SitePolicy, ProgramsAndOwnPagesGoOnAsBefore) {
  open();
  for (auto host : {"localhost", "localhost:8080", "LOCALHOST.", "127.0.0.1:1", "127.8.9.1", "[::1]:8080",
                    "maestro", "api.maestro.svc", "rooms.localhost"})
    EXPECT_EQ(plain(ports.management, std::string("Host: ") + host + "\r\n"), 200U) << host;
  EXPECT_EQ(plain(ports.management, "Host: localhost:80\r\nOrigin: http://localhost:80\r\n"
                                    "Sec-Fetch-Site: same-origin\r\nUser-Agent: Mozilla/5.0\r\n"),
            200U);
  EXPECT_EQ(plain(ports.management, "Host: localhost\r\nSec-Fetch-Site: none\r\n"), 200U) << "typed by hand";
  for (auto type : {"", "text/plain", "application/x-www-form-urlencoded", "application/json"})
    EXPECT_EQ(management("POST", "/schedulers", "{}", {{"Content-Type", type}, {"User-Agent", "curl/7"}}).status,
              400)
        << type;
}

TEST_F(SitePolicy, ConfiguredNamesAndPagesAreOurs) {
  settings.hosts = {"Maestro.Example.org", "*.games.example.org"};
  settings.origins = {"https://console.example.org"};
  open();
  EXPECT_EQ(plain(ports.management, "Host: maestro.example.org:80\r\n"), 200U);
  EXPECT_EQ(plain(ports.management, "Host: eu.games.example.org\r\n"), 200U);
  EXPECT_EQ(plain(ports.management, "Host: games.example.org\r\n"), 421U);
  EXPECT_EQ(plain(ports.management, "Host: localhost\r\nOrigin: https://console.example.org\r\n"
                                    "Sec-Fetch-Site: cross-site\r\n"),
            200U);
}

TEST_F(SitePolicy, BeyondLoopbackProgramsMayUseAnyNameAndBrowsersOnlyOurs) {
  settings.bind_address = "0.0.0.0";
  open();
  EXPECT_EQ(plain(ports.management, "Host: maestro.studio.example\r\n"), 200U);
  EXPECT_EQ(plain(ports.management, "Host: 10.1.2.3:8080\r\nUser-Agent: Mozilla/5.0\r\n"), 200U);
  for (auto sign : {"Origin: http://evil.example", "User-Agent: Mozilla/5.0", "Accept-Language: en",
                    "Sec-Fetch-Site: same-origin", "Referer: http://evil.example/", "Cookie: a=b"})
    EXPECT_EQ(plain(ports.management, std::string("Host: evil.example\r\n") + sign + "\r\n"), 421U) << sign;
  http_client changing(ports.management);
  changing.send("GET /schedulers HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_EQ(changing.read_answer().status, 200);
  changing.send("GET /schedulers HTTP/1.1\r\nHost: evil.example\r\nUser-Agent: Mozilla/5.0\r\n\r\n");
  EXPECT_EQ(changing.read_answer().status, 421) << "what was right for a program is not for a browser";
}

TEST_F(SitePolicy, BeyondLoopbackConfiguredNamesAreTheOnlyOnes) {
  settings.bind_address = "0.0.0.0";
  settings.hosts = {"maestro.studio.example"};
  open();
  EXPECT_EQ(plain(ports.management, "Host: maestro.studio.example\r\n"), 200U);
  EXPECT_EQ(plain(ports.management, "Host: other.example\r\n"), 421U);
}

} // namespace
