#include "test/support/etcd_process.hpp"

#include "test/support/node_process.hpp"
#include "test/support/wire_client.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace maestro {

namespace {

constexpr std::uint16_t usual_port = 2379;
constexpr std::uint16_t usual_peer_port = 2380;

std::string url(std::uint16_t port, const std::string& host = "127.0.0.1") {
  return "http://" + host + ":" + std::to_string(port);
}

std::string make_folder(const std::string& binary) {
  if (::access(binary.c_str(), X_OK) != 0)
    throw std::runtime_error(binary + " is missing: MAESTRO_TEST_ETCD names it, or Debian's package etcd-server "
                                      "could not be unpacked at build time");
  auto pattern = (std::filesystem::temp_directory_path() / "maestro-etcd-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("no temporary folder");
  return pattern;
}

} // namespace

etcd_process::etcd_process(const std::string& binary, bool has_slow_disk)
    : binary_(etcd_to_test(binary)), seat_{{}, {}, has_slow_disk}, folder_(make_folder(binary_)),
      port_(free_port()), peer_port_(free_port()), disk_(has_slow_disk ? std::make_unique<slow_disk>() : nullptr) {
  start();
}

etcd_process::etcd_process(const std::string& binary, etcd_seat seat)
    : binary_(etcd_to_test(binary)), seat_(std::move(seat)), folder_(make_folder(binary_)), port_(usual_port),
      peer_port_(usual_peer_port), disk_(seat_.has_slow_disk ? std::make_unique<slow_disk>() : nullptr) {
  launch();
}

etcd_process::~etcd_process() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string etcd_process::endpoint() const {
  return seat_.name.empty() ? url(port_) : url(port_, seat_.members.at(seat_.name));
}

void etcd_process::kill() {
  if (process_ <= 0)
    return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

void etcd_process::lose_everything() {
  kill();
  for (auto& entry : std::filesystem::directory_iterator(folder_))
    if (entry.is_directory())
      std::filesystem::remove_all(entry.path());
  start();
}

void etcd_process::pause() {
  ::kill(process_, SIGSTOP);
}

void etcd_process::go_on() {
  ::kill(process_, SIGCONT);
}

void etcd_process::sync_takes(std::chrono::milliseconds time) {
  disk_->set(time);
}

std::vector<std::string> etcd_process::command() const {
  std::string name = "default", all = name + "=" + url(peer_port_), here = url(peer_port_), clients = url(port_);
  if (!seat_.name.empty()) {
    name = seat_.name;
    all.clear();
    for (auto& [member, address] : seat_.members)
      all += (all.empty() ? "" : ",") + member + "=" + url(peer_port_, address);
    here = url(peer_port_, seat_.members.at(name));
    clients += "," + endpoint();
  }
  return {binary_,
          "--name=" + name,
          "--data-dir=" + folder_ + "/data",
          "--listen-client-urls=" + clients,
          "--advertise-client-urls=" + endpoint(),
          "--listen-peer-urls=" + here,
          "--initial-advertise-peer-urls=" + here,
          "--initial-cluster=" + all};
}

void etcd_process::launch() {
  auto text = command();
  process_ = ::fork();
  if (process_ != 0) {
    if (disk_)
      disk_->serve();
    return;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (disk_ && !disk_->enter())
    std::_Exit(126);
  int out = ::open((folder_ + "/etcd.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  std::vector<char*> words;
  for (auto& word : text)
    words.push_back(word.data());
  words.push_back(nullptr);
  ::execv(words[0], words.data());
  std::_Exit(127);
}

void etcd_process::start() {
  launch();
  wait_until_up();
}

void etcd_process::wait_until_up() {
  if (!within(std::chrono::seconds(30), [this] { return is_up(); }))
    throw std::runtime_error("etcd did not come up; its log:\n" + log());
}

bool etcd_process::is_up() const {
  try {
    return fetch(port_, "GET", "/health").status == 200;
  } catch (const std::runtime_error&) {
    return false;
  }
}

bool etcd_process::leads() const {
  try {
    return fetch(port_, "GET", "/metrics").body.find("\netcd_server_is_leader 1") != std::string::npos;
  } catch (const std::runtime_error&) {
    return false;
  }
}

void etcd_process::revoke_leases() const {
  auto ask = [this](const std::string& what, const nlohmann::json& body) {
    auto answer = fetch(port_, "POST", "/v3/lease/" + what, body.dump());
    if (answer.status != 200)
      throw std::runtime_error(what + ": " + answer.body);
    return nlohmann::json::parse(answer.body);
  };
  for (auto& lease : ask("leases", nlohmann::json::object()).value("leases", nlohmann::json::array()))
    ask("revoke", {{"ID", lease["ID"]}});
}

std::string etcd_process::log() const {
  std::ifstream file(folder_ + "/etcd.log");
  return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace maestro
