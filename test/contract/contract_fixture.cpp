#include "test/contract/contract_fixture.hpp"

#include <regex>

namespace maestro {

using namespace std::chrono_literals;

std::unique_ptr<node_process> contract_fixture::node;

std::string steady(const std::string& text) {
  static const std::regex time(R"("20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")");
  static const std::regex id(R"("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")");
  return std::regex_replace(std::regex_replace(text, time, "\"TIME\""), id, "\"ID\"");
}

std::string first_match(const std::string& text, const std::string& pattern) {
  std::smatch found;
  return std::regex_search(text, found, std::regex(pattern)) ? found[1].str() : "";
}

std::string error(int code, const std::string& message) {
  return R"({"code":)" + std::to_string(code) + R"(,"message":")" + message + R"(","details":[]})";
}

std::string escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  auto at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return at == text.npos ? text : text.replace(at, from.size(), to);
}

void contract_fixture::SetUpTestSuite() {
  node = std::make_unique<node_process>(
      MAESTRO_BINARY, std::map<std::string, std::string>{{"MAESTRO_WORKERS_HEALTHCONTROLLERINTERVAL", "200ms"}});
}

void contract_fixture::expect(const http_answer& answer, unsigned status, const std::string& body) {
  EXPECT_EQ(answer.status, status);
  EXPECT_EQ(steady(answer.body), body);
  EXPECT_EQ(answer.headers.at("content-type"), "application/json");
}

std::string contract_fixture::recipe(const std::string& name, int replicas, const std::string& more) {
  return R"({"name":")" + name + R"(","game":"g","maxSurge":"10%","roomsReplicas":)" + std::to_string(replicas) +
         R"(,"portRange":{"start":20000,"end":29999},"spec":{"terminationGracePeriod":"1s","containers":[{)"
         R"("name":"c","image":"i","imagePullPolicy":"IfNotPresent","command":["./run"],)"
         R"("requests":{"memory":"100Mi","cpu":"100m"},"limits":{"memory":"200Mi","cpu":"200m"},)"
         R"("ports":[{"name":"p","protocol":"udp","port":12345}]}]})" +
         more + "}";
}

std::string contract_fixture::shown(const std::string& name, int replicas, const std::string& state) {
  return R"({"name":")" + name + R"(","game":"g","state":")" + state +
         R"(","portRange":{"start":20000,"end":29999},"createdAt":"TIME","maxSurge":"10%","roomsReplicas":)" +
         std::to_string(replicas) +
         R"(,"spec":{"version":"v1.0.0","terminationGracePeriod":"1s","containers":[{"name":"c","image":"i",)"
         R"("imagePullPolicy":"IfNotPresent","command":["./run"],"environment":[],)"
         R"("requests":{"memory":"100Mi","cpu":"100m"},"limits":{"memory":"200Mi","cpu":"200m"},)"
         R"("ports":[{"name":"p","protocol":"udp","port":12345,"hostPort":0}]}],"toleration":"","affinity":"",)"
         R"("restartPolicy":"Never"},"forwarders":[],"annotations":{},"labels":{},)"
         R"("matchAllocation":{"maxMatches":1}})";
}

bool contract_fixture::in_sync(const std::string& name) {
  return within(20s,
                [&] { return ask("GET", "/schedulers/" + name).body.find("\"in-sync\"") != std::string::npos; });
}

std::vector<std::string> contract_fixture::rooms(const std::string& name) {
  std::vector<std::string> ids;
  auto body = ask("GET", "/schedulers/" + name + "/rooms").body;
  static const std::regex id(R"re("id":"([^"]*)")re");
  for (auto i = std::sregex_iterator(body.begin(), body.end(), id); i != std::sregex_iterator(); ++i)
    ids.push_back((*i)[1]);
  return ids;
}

bool contract_fixture::ping(const std::string& name, const std::string& room, const std::string& body) {
  return ask_rooms("PUT", "/scheduler/" + name + "/rooms/" + room + "/ping", body).body == R"({"success":true})";
}

std::vector<std::string> contract_fixture::with_ready_rooms(const std::string& name, const std::string& game,
                                                            int count, const std::string& more) {
  EXPECT_EQ(ask("POST", "/schedulers", of_game(recipe(name, count, more), game)).status, 200);
  std::vector<std::string> ids;
  EXPECT_TRUE(within(30s, [&] {
    ids = rooms(name);
    if (ids.size() != static_cast<std::size_t>(count))
      return false;
    for (auto& id : ids)
      ping(name, id, R"({"status":"ready"})");
    auto body = ask("GET", "/schedulers/info?game=" + game).body;
    return body.find("\"name\":\"" + name + "\",\"game\":\"" + game +
                     "\",\"state\":\"in-sync\",\"roomsReplicas\":" + std::to_string(count) +
                     ",\"roomsReady\":" + std::to_string(count) + ",") != std::string::npos;
  })) << ask("GET", "/schedulers/" + name + "/rooms").body;
  return ids;
}

bool contract_fixture::ended(const std::string& name, const http_answer& answer, const std::string& status) {
  auto id = first_match(answer.body, R"re("operationId":"([^"]*)")re");
  return within(30s, [&] {
    return ask("GET", "/schedulers/" + name + "/operations/" + id).body.find("\"status\":\"" + status + "\"") !=
           std::string::npos;
  });
}

} // namespace maestro
