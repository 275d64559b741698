#include "test/bench/references.hpp"

#include "test/bench/bare_server.hpp"
#include "test/bench/fleet.hpp"
#include "test/support/node_process.hpp"
#include "test/support/wire_client.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <stdexcept>

namespace maestro {

using namespace std::chrono_literals;

measurement measure(pid_t server, const load_plan& plan) {
  return measure(std::vector{server}, plan);
}

measurement measure(const std::vector<pid_t>& servers, const load_plan& plan) {
  auto used_by_all = [&] {
    return std::accumulate(servers.begin(), servers.end(), 0.0,
                           [](double sum, pid_t server) { return sum + cpu_seconds(server); });
  };
  auto before = used_by_all();
  auto load = run_load(plan);
  auto used = used_by_all() - before;
  return {load, used * 1e6 / static_cast<double>(std::max<std::uint64_t>(load.answered, 1))};
}

void print(const std::string& name, const measurement& seen) {
  std::printf("  %-24s %8.0f /s   p50 %6lld us   p99 %6lld us   cpu %6.2f us each   errors %llu\n", name.c_str(),
              seen.load.requests_per_second, static_cast<long long>(seen.load.p50.count()),
              static_cast<long long>(seen.load.p99.count()), seen.cpu_us,
              static_cast<unsigned long long>(seen.load.errors));
  std::fflush(stdout);
}

namespace {

void serve_one(announce_port opened) {
  run_bare_server(opened, 1);
}
void serve_two(announce_port opened) {
  run_bare_server(opened, 2);
}

} // namespace

references::references(const std::string& nginx_binary)
    : one_thread_(std::make_unique<bench_process>(serve_one)),
      two_threads_(std::make_unique<bench_process>(serve_two)) {
  servers_.push_back({"Beast, one thread", one_thread_->port(), one_thread_->pid()});
  servers_.push_back({"Beast, two threads", two_threads_->port(), two_threads_->pid()});
  if (std::filesystem::exists(nginx_binary))
    start_nginx(nginx_binary);
  else
    std::printf("no nginx at %s: the other references stand alone\n", nginx_binary.c_str());
}

references::~references() {
  if (nginx_ > 0) {
    ::kill(nginx_, SIGKILL);
    ::waitpid(nginx_, nullptr, 0);
  }
  std::error_code ignored;
  if (!nginx_folder_.empty())
    std::filesystem::remove_all(nginx_folder_, ignored);
}

// One process that is master and worker at once: its processor time is all there is.
void references::start_nginx(const std::string& binary) {
  auto pattern = (std::filesystem::temp_directory_path() / "maestro-nginx-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("no temporary folder");
  nginx_folder_ = pattern;
  auto port = free_port();
  std::ofstream(nginx_folder_ + "/nginx.conf")
      << "daemon off;\nmaster_process off;\npid " << nginx_folder_ << "/pid;\nerror_log " << nginx_folder_
      << "/error.log;\nevents { worker_connections 512; }\nhttp {\n access_log off;\n keepalive_requests "
         "100000000;\n"
      << " default_type application/json;\n client_body_temp_path " << nginx_folder_ << "/body;\n proxy_temp_path "
      << nginx_folder_ << "/proxy;\n fastcgi_temp_path " << nginx_folder_ << "/fastcgi;\n uwsgi_temp_path "
      << nginx_folder_ << "/uwsgi;\n scgi_temp_path " << nginx_folder_
      << "/scgi;\n server {\n  listen 127.0.0.1:" << port
      << ";\n  location / { return 200 '{\"success\":true}'; }\n }\n}\n";
  nginx_ = ::fork();
  if (nginx_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    int nothing = ::open("/dev/null", O_WRONLY);
    ::dup2(nothing, STDERR_FILENO);
    auto config = nginx_folder_ + "/nginx.conf";
    ::execl(binary.c_str(), "nginx", "-p", nginx_folder_.c_str(), "-c", config.c_str(), nullptr);
    std::_Exit(127);
  }
  auto answers = [&] {
    try {
      return fetch(port, "GET", "/").status == 200;
    } catch (const std::runtime_error&) {
      return false;
    }
  };
  if (within(30s, answers))
    servers_.push_back({"nginx, one worker", port, nginx_});
  else
    std::printf("nginx does not start: it is left out\n");
}

measurement references::fastest(std::chrono::milliseconds time) {
  static const auto request = ping_request("s", "s-abcde", "ready");
  measurement best;
  for (auto& one : servers_) {
    load_plan plan;
    plan.port = one.port;
    plan.connections = bench_clients;
    plan.time = time;
    plan.next_request = [](int) -> const std::string& { return request; };
    plan.on_answer = ping_succeeded;
    auto seen = measure(one.pid, plan);
    print(one.name, seen);
    if (seen.load.requests_per_second > best.load.requests_per_second)
      best = seen;
  }
  return best;
}

} // namespace maestro
