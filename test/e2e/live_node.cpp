#include "test/e2e/live_node.hpp"

#include "test/support/open_program.hpp"
#include "test/support/test_ports.hpp"

#include <csignal>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace maestro::test {

namespace fs = std::filesystem;

namespace {

/// A block of host ports below the system's ephemeral range, another one for each node of each test process that runs now.
int game_port_block() {
  auto block = reserve_for_test("rooms", 90);
  if (block < 0)
    throw std::runtime_error("no free ports for rooms");
  return 10000 + block * 100;
}

std::string make_folder() {
  auto pattern = (fs::temp_directory_path() / "maestro-e2e-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("no temporary folder");
  return pattern;
}

} // namespace

std::vector<int> free_ports(std::size_t count) {
  std::vector<int> ports;
  while (ports.size() < count)
    ports.push_back(free_port());
  return ports;
}

node::node()
    : binary(MAESTRO_BINARY), folder_(make_folder()), data_(folder_ + "/data"), ports_(free_ports(5)),
      first_game_port_(game_port_block()) {}

node::~node() {
  if (process_)
    process_->signal(SIGKILL);
  process_.reset();
  for (auto pid : processes_of(folder_))
    ::kill(pid, SIGKILL);
  std::error_code ec;
  if (std::getenv("MAESTRO_E2E_KEEP") == nullptr)
    fs::remove_all(folder_, ec);
}

std::string node::log() const {
  std::istringstream in{read_text(folder_ + "/node.log")};
  std::deque<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (line.find("health_controller") == std::string::npos)
      lines.push_back(line);
    if (lines.size() > 60)
      lines.pop_front();
  }
  std::string text = "\n";
  for (auto& line : lines)
    text += line + "\n";
  return text;
}

program node::node_program() const {
  program what;
  what.command = {binary,
                  "node",
                  "--data-dir",
                  data_,
                  "--management-port",
                  std::to_string(management_port()),
                  "--rooms-port",
                  std::to_string(rooms_port()),
                  "--internal-port",
                  std::to_string(internal_port()),
                  "--management-grpc-port",
                  std::to_string(ports_[3]),
                  "--rooms-grpc-port",
                  std::to_string(ports_[4]),
                  "--bind",
                  "127.0.0.1"};
  what.command.insert(what.command.begin(), through.begin(), through.end());
  what.environment = environment;
  what.output = folder_ + "/node.log";
  return what;
}

void node::launch() {
  process_ = std::make_unique<process>(node_program());
}

void node::start(seconds limit) {
  launch();
  if (!wait_ready(limit))
    throw std::runtime_error("the node does not get ready; its log:\n" + log());
}

bool node::wait_ready(seconds limit) {
  return eventually(limit, [this] { return internal("/readyz").status == 200 || !process_->running(); }) &&
         process_->running();
}

void node::kill_now() {
  process_->signal(SIGKILL);
  process_->wait(seconds{10});
}

int node::stop(int signal, seconds limit) {
  process_->signal(signal);
  return process_->wait(limit).value_or(-1);
}

answer node::ask(int port, const std::string& method, const std::string& target, const json& body) const {
  try {
    auto got = cli::http_request({"127.0.0.1", std::to_string(port), ""}, method, target,
                                 body.is_null() ? "" : body.dump(), std::chrono::seconds{15});
    return {got.status, json::parse(got.body, nullptr, false)};
  } catch (const cli::unreachable&) {
    return {};
  }
}

answer node::management(const std::string& method, const std::string& target, const json& body) const {
  return ask(management_port(), method, target, body);
}

answer node::rooms_api(const std::string& method, const std::string& target, const json& body) const {
  return ask(rooms_port(), method, target, body);
}

answer node::internal(const std::string& target) const {
  return ask(internal_port(), "GET", target, nullptr);
}

finished node::cli(std::vector<std::string> arguments, seconds limit) const {
  arguments.insert(arguments.begin(), MAESTRO_BINARY);
  program what;
  what.command = std::move(arguments);
  what.environment = {{"MAESTRO_SERVER", "http://127.0.0.1:" + std::to_string(management_port())}};
  return run(what, limit);
}

program node::bots(const std::string& scheduler, std::vector<std::string> more) const {
  program what;
  what.command = {ARENA_BOT, "--rooms-api", "http://127.0.0.1:" + std::to_string(rooms_port()), "--scheduler",
                  scheduler};
  what.command.insert(what.command.end(), more.begin(), more.end());
  return what;
}

std::map<std::string, json> node::rooms(const std::string& scheduler) const {
  std::map<std::string, json> found;
  auto got = management("GET", "/schedulers/" + scheduler + "/rooms");
  if (got.status == 200) {
    for (auto& room : got.body["rooms"])
      found[room["id"].get<std::string>()] = room;
  }
  return found;
}

std::map<std::string, pid_t> node::servers(const std::string& scheduler) const {
  return game_servers(data_, scheduler);
}

bool node::wait_rooms(const std::string& scheduler, std::size_t count, const std::string& status,
                      seconds limit) const {
  return eventually(limit, [&] {
    std::size_t matching = 0;
    auto all = rooms(scheduler);
    for (auto& [id, room] : all)
      matching += room["status"] == status ? 1 : 0;
    return matching == count && all.size() == count;
  });
}

json node::recipe(const std::string& name, int replicas, std::vector<std::string> arguments) const {
  std::vector<std::string> command{open_program(ARENA_SERVER)};
  command.insert(command.end(), arguments.begin(), arguments.end());
  json container{{"name", "arena"},
                 {"image", "arena:e2e"},
                 {"imagePullPolicy", "IfNotPresent"},
                 {"command", command},
                 {"requests", {{"memory", "16Mi"}, {"cpu", "10m"}}},
                 {"limits", {{"memory", "128Mi"}, {"cpu", "1"}}},
                 {"ports", json::array({{{"name", "game"}, {"protocol", "udp"}, {"port", 7777}}})}};
  return {{"name", name},
          {"game", "arena"},
          {"roomsReplicas", replicas},
          {"maxSurge", "25%"},
          {"portRange", {{"start", first_game_port_}, {"end", first_game_port_ + 99}}},
          {"spec", {{"terminationGracePeriod", "5s"}, {"containers", json::array({container})}}}};
}

std::string node::write(const std::string& file, const std::string& text) const {
  auto path = folder_ + "/" + file;
  std::ofstream{path} << text;
  return path;
}

} // namespace maestro::test
