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
#include <thread>
#include <vector>

namespace maestro {

namespace {

[[noreturn]] void become(const std::vector<std::string>& command,
                         const std::map<std::string, std::string>& environment, const std::string& log) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  for (auto& [name, value] : environment)
    ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> words;
  for (auto& word : command)
    words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execv(words[0], words.data());
  std::_Exit(127);
}

} // namespace

node_process::node_process(const std::string& binary, const std::map<std::string, std::string>& environment)
    : binary_(binary), environment_(environment), management_(free_port()), rooms_(free_port()),
      internal_(free_port()), management_grpc_(free_port()), rooms_grpc_(free_port()) {
  auto pattern = (std::filesystem::temp_directory_path() / "maestro-node-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  start();
}

node_process::~node_process() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void node_process::kill() {
  if (process_ <= 0)
    return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

int node_process::stop(std::chrono::seconds patience) {
  ::kill(process_, SIGTERM);
  int status = -1;
  if (!within(patience, [&] { return ::waitpid(process_, &status, WNOHANG) == process_; }))
    return -1;
  process_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void node_process::start(std::chrono::seconds patience) {
  std::vector<std::string> command{binary_,
                                   "node",
                                   "--data-dir",
                                   folder_ + "/data",
                                   "--management-port",
                                   std::to_string(management_),
                                   "--rooms-port",
                                   std::to_string(rooms_),
                                   "--internal-port",
                                   std::to_string(internal_),
                                   "--management-grpc-port",
                                   std::to_string(management_grpc_),
                                   "--rooms-grpc-port",
                                   std::to_string(rooms_grpc_)};
  if (!environment_.contains("MAESTRO_RUNTIME"))
    command.insert(command.end(), {"--runtime", "simulated"});
  process_ = ::fork();
  if (process_ == 0)
    become(command, environment_, folder_ + "/node.log");
  bool has_ended = false;
  bool started = within(patience, [&] {
    has_ended = ::waitpid(process_, nullptr, WNOHANG) != 0;
    return has_ended || ready();
  });
  if (has_ended)
    process_ = -1;
  if (!started || has_ended)
    throw std::runtime_error("the node did not become ready; its log:\n" + log());
}

bool node_process::ready() const {
  try {
    return fetch(internal_, "GET", "/readyz").status == 200;
  } catch (const std::runtime_error&) {
    return false;
  }
}

std::string node_process::log() const {
  std::ifstream file(folder_ + "/node.log");
  return {std::istreambuf_iterator<char>(file), {}};
}

bool within(std::chrono::milliseconds limit, const std::function<bool()>& condition) {
  auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

} // namespace maestro
