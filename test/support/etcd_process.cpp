#include "test/support/etcd_process.hpp"

#include "test/support/node_process.hpp"
#include "test/support/wire_client.hpp"

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

std::string url(std::uint16_t port) {
  return "http://127.0.0.1:" + std::to_string(port);
}

} // namespace

etcd_process::etcd_process(const std::string& binary)
    : binary_(binary), port_(free_port()), peer_port_(free_port()) {
  if (::access(binary.c_str(), X_OK) != 0)
    throw std::runtime_error(binary +
                             " is missing: Debian's package etcd-server could not be unpacked at build time");
  auto pattern = (std::filesystem::temp_directory_path() / "maestro-etcd-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  start();
}

etcd_process::~etcd_process() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string etcd_process::endpoint() const {
  return url(port_);
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

void etcd_process::start() {
  std::vector<std::string> command{binary_,
                                   "--data-dir=" + folder_ + "/data",
                                   "--listen-client-urls=" + url(port_),
                                   "--advertise-client-urls=" + url(port_),
                                   "--listen-peer-urls=" + url(peer_port_),
                                   "--initial-advertise-peer-urls=" + url(peer_port_),
                                   "--initial-cluster=default=" + url(peer_port_)};
  process_ = ::fork();
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    int out = ::open((folder_ + "/etcd.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    std::vector<char*> words;
    for (auto& word : command)
      words.push_back(word.data());
    words.push_back(nullptr);
    ::execv(words[0], words.data());
    std::_Exit(127);
  }
  bool is_up = within(std::chrono::seconds(30), [this] {
    try {
      return fetch(port_, "GET", "/health").status == 200;
    } catch (const std::runtime_error&) {
      return false;
    }
  });
  if (!is_up)
    throw std::runtime_error("etcd did not come up; its log:\n" + log());
}

std::string etcd_process::log() const {
  std::ifstream file(folder_ + "/etcd.log");
  return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace maestro
