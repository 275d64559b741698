#include "test/bench/fleet.hpp"

#include "test/support/wire_client.hpp"

#include "api/v1/rooms.pb.h"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <thread>

namespace maestro {

using namespace std::chrono_literals;

std::string measured_binary(const char* built) {
  auto* other = std::getenv("BENCH_BINARY");
  return other != nullptr ? other : built;
}

std::map<std::string, std::string> fast_rooms() {
  return {{"MAESTRO_OPERATIONS_ROOMS_ADD_LIMIT", "1000000"}, {"MAESTRO_OPERATIONS_ROOMS_ADD_BATCHSIZE", "1000"},
          {"MAESTRO_SIMULATED_PENDINGDELAYMAX", "0s"},       {"MAESTRO_SIMULATED_READYDELAYMAX", "0s"},
          {"MAESTRO_SIMULATED_PENDINGDELAYMIN", "0s"},       {"MAESTRO_SIMULATED_READYDELAYMIN", "0s"},
          {"MAESTRO_REPORTER_METRICS_INTERVALMILLIS", "500"}};
}

void create_scheduler(const node_process& node, const std::string& name, std::int64_t replicas) {
  auto recipe = R"({"name":")" + name + R"(","game":")" + name + R"(","maxSurge":"1","roomsReplicas":)" +
                std::to_string(replicas) +
                R"(,"portRange":{"start":1024,"end":65000},"spec":{"terminationGracePeriod":"1s","containers":[{)"
                R"("name":"c","image":"i","imagePullPolicy":"Never","requests":{"memory":"1","cpu":"1"},)"
                R"("limits":{"memory":"1","cpu":"1"},"ports":[]}]}})";
  auto created = fetch(node.management_port(), "POST", "/schedulers", recipe);
  if (created.status != 200)
    throw std::runtime_error("create: " + created.body);
}

std::int64_t info_of(const node_process& node, const std::string& scheduler, const std::string& field) {
  auto body = fetch(node.management_port(), "GET", "/schedulers/info?game=" + scheduler).body;
  auto mark = "\"" + field + "\":";
  auto at = body.find(mark);
  return at == body.npos ? -1 : std::atoll(body.c_str() + at + mark.size());
}

void wait_for_rooms(const node_process& node, const std::string& name, std::int64_t count,
                    std::chrono::seconds limit) {
  std::int64_t seen = 0;
  auto mark = "maestro_worker_instance_ready{game=\"" + name + "\",scheduler=\"" + name + "\"} ";
  auto all_there = [&] {
    auto body = http_client(node.internal_port(), 60s).get("/metrics").body;
    auto at = body.find(mark);
    seen = at == body.npos ? 0 : static_cast<std::int64_t>(std::atof(body.c_str() + at + mark.size()));
    if (seen < count)
      std::this_thread::sleep_for(100ms);
    return seen >= count;
  };
  if (!within(limit, all_there))
    throw std::runtime_error("only " + std::to_string(seen) + " rooms of " + std::to_string(count) + " came");
}

std::vector<std::string> room_ids(const node_process& node, const std::string& scheduler) {
  constexpr std::string_view mark = R"({"id":")";
  std::vector<std::string> ids;
  auto body = http_client(node.management_port(), 60s).get("/schedulers/" + scheduler + "/rooms").body;
  for (auto at = body.find(mark); at != body.npos; at = body.find(mark, at + 1))
    ids.push_back(body.substr(at + mark.size(), body.find('"', at + mark.size()) - at - mark.size()));
  return ids;
}

std::string ping_request(const std::string& scheduler, const std::string& room, const std::string& status) {
  auto body = R"({"status":")" + status + R"(","timestamp":"1700000000"})";
  return "PUT /scheduler/" + scheduler + "/rooms/" + room +
         "/ping HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

bool ping_succeeded(int, unsigned status, std::string_view body) {
  return status == 200 && body == R"({"success":true})";
}

void ping_all_ready(const node_process& node, const fleet& rooms, std::chrono::seconds limit) {
  auto ready = static_cast<std::int64_t>(rooms.rooms.size());
  auto all_ready = [&] {
    std::size_t next = 0;
    std::string request;
    load_plan plan;
    plan.port = node.rooms_port();
    plan.connections = bench_clients;
    plan.warm_up = 0ms;
    plan.time = limit;
    plan.most_requests = rooms.rooms.size();
    plan.next_request = [&](int) -> const std::string& {
      return request = ping_request(rooms.scheduler, rooms.rooms[next++ % rooms.rooms.size()], "ready");
    };
    run_load(plan);
    return info_of(node, rooms.scheduler, "roomsReady") >= ready;
  };
  if (!within(limit, all_ready))
    throw std::runtime_error("rooms do not become ready");
}

fleet make_fleet(const node_process& node, const std::string& name, std::int64_t replicas,
                 std::chrono::seconds limit) {
  fleet made{name, {}};
  create_scheduler(node, name, replicas);
  wait_for_rooms(node, name, replicas, limit);
  made.rooms = room_ids(node, name);
  ping_all_ready(node, made, limit);
  return made;
}

namespace {

/// A connection's own rooms, so that two never change the same one at once.
struct ping_script {
  const fleet* rooms = nullptr;
  std::vector<std::uint32_t> order;
  std::vector<std::size_t> next = std::vector<std::size_t>(bench_clients);
  std::vector<bool> is_occupied; ///< by room
  std::string request;
};

} // namespace

load_plan ping_plan(const node_process& node, const fleet& rooms, bool changing) {
  auto script = std::make_shared<ping_script>();
  script->rooms = &rooms;
  script->is_occupied.resize(rooms.rooms.size());
  for (std::size_t i = 0; i < rooms.rooms.size(); ++i)
    script->order.push_back(static_cast<std::uint32_t>(i));
  std::shuffle(script->order.begin(), script->order.end(), std::mt19937(1));
  for (int i = 0; i < bench_clients; ++i)
    script->next[static_cast<std::size_t>(i)] = static_cast<std::size_t>(i);
  load_plan plan;
  plan.port = node.rooms_port();
  plan.connections = bench_clients;
  plan.on_answer = ping_succeeded;
  plan.next_request = [script, changing](int connection) -> const std::string& {
    auto& next = script->next[static_cast<std::size_t>(connection)];
    auto room = script->order[next];
    next += bench_clients;
    if (next >= script->order.size())
      next = static_cast<std::size_t>(connection);
    bool occupied = changing && !script->is_occupied[room];
    script->is_occupied[room] = occupied;
    auto& all = *script->rooms;
    return script->request = ping_request(all.scheduler, all.rooms[room], occupied ? "occupied" : "ready");
  };
  return plan;
}

load_plan allocate_plan(const node_process& node, const std::string& scheduler, std::uint64_t most) {
  auto request = std::make_shared<std::string>("POST /scheduler/" + scheduler +
                                               "/rooms/allocate HTTP/1.1\r\nHost: localhost\r\n"
                                               "Content-Length: 2\r\n\r\n{}");
  load_plan plan;
  plan.port = node.rooms_port();
  plan.connections = bench_clients;
  plan.warm_up = 0ms;
  plan.time = 60s;
  plan.most_requests = most;
  plan.next_request = [request](int) -> const std::string& { return *request; };
  return plan;
}

load_plan grpc_ping_plan(const node_process& node, const fleet& rooms) {
  struct script {
    std::vector<std::string> requests;
    std::array<std::size_t, bench_clients> next;
  };
  auto pings = std::make_shared<script>();
  for (auto& room : rooms.rooms) {
    api::v1::UpdateRoomWithPingRequest request;
    request.set_scheduler_name(rooms.scheduler);
    request.set_room_name(room);
    request.set_status("ready");
    request.set_timestamp(1700000000);
    pings->requests.push_back(request.SerializeAsString());
  }
  std::shuffle(pings->requests.begin(), pings->requests.end(), std::mt19937(1));
  for (int i = 0; i < bench_clients; ++i)
    pings->next[static_cast<std::size_t>(i)] = static_cast<std::size_t>(i);
  load_plan plan;
  plan.port = node.rooms_grpc_port();
  plan.connections = bench_clients;
  plan.next_request = [pings](int connection) -> const std::string& {
    auto& next = pings->next[static_cast<std::size_t>(connection)];
    next = (next + bench_clients) % pings->requests.size();
    return pings->requests[next];
  };
  plan.on_answer = [](int, unsigned status, std::string_view body) {
    api::v1::UpdateRoomWithPingResponse response;
    return status == 0 && response.ParseFromArray(body.data(), static_cast<int>(body.size())) &&
           response.success();
  };
  return plan;
}

load_plan grpc_allocate_plan(const node_process& node, const std::string& scheduler, std::uint64_t most) {
  api::v1::AllocateRoomRequest wanted;
  wanted.set_scheduler_name(scheduler);
  auto request = std::make_shared<std::string>(wanted.SerializeAsString());
  load_plan plan;
  plan.port = node.rooms_grpc_port();
  plan.connections = bench_clients;
  plan.warm_up = 0ms;
  plan.time = 60s;
  plan.most_requests = most;
  plan.next_request = [request](int) -> const std::string& { return *request; };
  plan.on_answer = [](int, unsigned status, std::string_view) { return status == 0; };
  return plan;
}

} // namespace maestro
