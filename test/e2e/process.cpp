#include "test/e2e/process.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char** environ;

namespace maestro::test {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> environment_of(const program& what) {
  std::vector<std::string> all;
  for (char** e = environ; *e != nullptr; ++e) {
    std::string entry{*e};
    auto name = entry.substr(0, entry.find('='));
    // What the caller's shell says of Maestro must not reach the node under test.
    if (!what.environment.contains(name) && !name.starts_with("MAESTRO_"))
      all.push_back(entry);
  }
  for (auto& [name, value] : what.environment)
    all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts)
    all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

int code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

void sleep_a_moment() {
  std::this_thread::sleep_for(std::chrono::milliseconds{20});
}

process::process(const program& what) {
  auto command = what.command;
  auto environment = environment_of(what);
  auto argv = pointers(command);
  auto envp = pointers(environment);
  auto output = what.output.empty() ? std::string{"/dev/null"} : what.output;
  pid_ = ::fork();
  if (pid_ < 0)
    throw std::runtime_error("fork failed");
  if (pid_ > 0)
    return;
  // A group of its own: signals meant for the test's terminal must not reach it.
  ::setpgid(0, 0);
  int in = ::open("/dev/null", O_RDONLY), out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::close_range(3, ~0u, 0);
  if (!what.folder.empty() && ::chdir(what.folder.c_str()) != 0)
    ::_exit(126);
  ::execve(argv[0], argv.data(), envp.data());
  ::_exit(127);
}

process::~process() {
  if (!running())
    return;
  signal(SIGTERM);
  if (wait(seconds{10}))
    return;
  signal(SIGKILL);
  wait(seconds{10});
}

bool process::running() {
  return !wait(seconds{0}).has_value();
}

void process::signal(int number) {
  if (!ended_)
    ::kill(pid_, number);
}

std::optional<int> process::wait(seconds limit) {
  eventually(limit, [this] {
    int status = 0;
    if (!ended_ && ::waitpid(pid_, &status, WNOHANG) == pid_)
      ended_ = code_of(status);
    return ended_.has_value();
  });
  return ended_;
}

finished run(program what, seconds limit) {
  static std::atomic<int> number{0};
  auto file = fs::temp_directory_path() /
              ("maestro-e2e-" + std::to_string(::getpid()) + "-" + std::to_string(++number) + ".out");
  what.output = file.string();
  process p{what};
  auto code = p.wait(limit);
  finished result{code.value_or(-1), read_text(file.string())};
  std::error_code ec;
  fs::remove(file, ec);
  return result;
}

std::string read_text(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf(); // of a process that ends meanwhile there is nothing to read
  return text.str();
}

std::map<std::string, pid_t> game_servers(const std::string& data, const std::string& scheduler) {
  std::map<std::string, pid_t> found;
  std::error_code ec;
  for (auto& entry : fs::directory_iterator{"/proc", ec}) {
    auto pid = std::atoi(entry.path().filename().c_str());
    auto cwd = pid > 0 ? fs::read_symlink(entry.path() / "cwd", ec).string() : std::string{};
    if (!cwd.starts_with(data + "/rooms/" + (scheduler.empty() ? "" : scheduler + "/")) || !cwd.ends_with("/work"))
      continue;
    static const std::string name = std::string{'\0'} + "MAESTRO_ROOM_ID=";
    auto environment = std::string{'\0'} + read_text((entry.path() / "environ").string());
    auto at = environment.find(name);
    if (at != std::string::npos)
      found[environment.c_str() + at + name.size()] = pid;
  }
  return found;
}

std::vector<pid_t> processes_of(const std::string& folder) {
  std::vector<pid_t> found;
  std::error_code ec;
  for (auto& entry : fs::directory_iterator{"/proc", ec}) {
    auto pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0 || pid == ::getpid())
      continue;
    auto cwd = fs::read_symlink(entry.path() / "cwd", ec).string();
    auto text = read_text((entry.path() / "cmdline").string()) + read_text((entry.path() / "environ").string());
    if (cwd.starts_with(folder) || text.find(folder) != std::string::npos)
      found.push_back(pid);
  }
  return found;
}

} // namespace maestro::test
