// What it costs to ask many rooms how they are: the prober's own thread, by its processor time, with a game server on loopback
// that has a port for each room, as they have.
//
//   probe_bench [ROOMS] [SECONDS] [quake3 | tcp | process | lines]      lines: process, and players counted in a file
#include "runtime/probing/probe_loop.hpp"
#include "runtime/process/room_layout.hpp"
#include "runtime/process/room_questions.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <fmt/format.h>

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <list>
#include <thread>

namespace {

using namespace maestro;
using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using boost::asio::ip::udp;

/// Answers Quake 3's question on so many UDP ports, or takes connections on so many TCP ports, on a thread of its own.
class many_servers {
public:
  many_servers(const std::string& probe, int count) {
    auto here = boost::asio::ip::address_v4::loopback();
    for (int i = 0; i < count; ++i)
      if (probe == "tcp") {
        auto& one = acceptors_.emplace_back(io_, tcp::endpoint{here, 0});
        ports.push_back(one.local_endpoint().port());
        accept(one);
      } else {
        auto& one = sockets_.emplace_back(io_, udp::endpoint{here, 0});
        one.non_blocking(true);
        ports.push_back(one.local_endpoint().port());
        serve(one);
      }
    thread_ = std::thread{[this] { io_.run(); }};
  }
  ~many_servers() {
    io_.stop();
    thread_.join();
  }
  std::vector<std::uint16_t> ports;

private:
  void accept(tcp::acceptor& one) {
    one.async_accept([this, &one](boost::system::error_code, tcp::socket) { accept(one); });
  }
  void serve(udp::socket& one) {
    one.async_wait(udp::socket::wait_read, [this, &one](boost::system::error_code) {
      std::array<char, 512> bytes;
      udp::endpoint from;
      boost::system::error_code ignored;
      auto size = one.receive_from(boost::asio::buffer(bytes), from, 0, ignored);
      std::string question{bytes.data(), size};
      if (auto space = question.find(' '); space != question.npos)
        one.send_to(boost::asio::buffer(head_ + question.substr(space + 1, 8) + "\n"), from, 0, ignored);
      serve(one);
    });
  }

  const std::string head_ = "\xff\xff\xff\xffstatusResponse\n\\mapname\\oa_dm1\\challenge\\";
  boost::asio::io_context io_{1};
  std::list<udp::socket> sockets_;
  std::list<tcp::acceptor> acceptors_;
  std::thread thread_;
};

std::atomic<double> spent_by_prober{0};

void note_time() {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  spent_by_prober = static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

void allow_descriptors() {
  rlimit all{};
  ::getrlimit(RLIMIT_NOFILE, &all);
  all.rlim_cur = all.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &all);
}

} // namespace

int main(int argc, char** argv) {
  auto rooms = argc > 1 ? std::atoi(argv[1]) : 10'000;
  auto seconds = argc > 2 ? std::atoi(argv[2]) : 20;
  std::string probe = argc > 3 ? argv[3] : "quake3";
  allow_descriptors();
  bool counts_lines = probe == "lines";
  if (counts_lines)
    probe = "process";
  many_servers servers{probe, probe == "process" ? 1 : rooms};
  process_host_config config;
  config.data_dir = std::filesystem::temp_directory_path() / fmt::format("maestro-probe-{}", ::getpid());
  process::room_layout layout(config.data_dir);
  std::atomic<std::int64_t> answers{0}, silences{0};
  probing::probe_loop loop{{},
                           {},
                           process::room_players(config),
                           [&](const begin_probing&, ping_room) {
                             // Each look would cost more than it tells.
                             if (++answers % 64 == 0)
                               note_time();
                           },
                           [&](const begin_probing&, report_silence) { ++silences; }};
  begin_probing wish;
  wish.scheduler = scheduler_name{"s"};
  wish.how.probe = probe;
  wish.how.port = "game";
  wish.how.interval = 2s;
  wish.how.failures = 3;
  wish.has_answered = true;
  for (int i = 0; i < rooms; ++i) {
    wish.id = room_id{fmt::format("s-{:06}", i)};
    auto port = servers.ports[static_cast<std::size_t>(i) % servers.ports.size()];
    wish.ports = {{"game", probe == "tcp" ? "tcp" : "udp", port}};
    if (counts_lines) {
      wish.how.joined = {"joined"};
      std::filesystem::create_directories(layout.room(wish.scheduler, wish.id));
      std::ofstream{layout.room(wish.scheduler, wish.id) + "/players"} << "0000000002 0000000002\n";
    }
    loop.begin(wish);
  }
  std::this_thread::sleep_for(4s); // all of them were asked
  auto answered_before = answers.load();
  auto spent_before = spent_by_prober.load();
  auto began = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::seconds{seconds});
  auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  auto answered = static_cast<double>(answers - answered_before);
  auto spent = spent_by_prober - spent_before;
  fmt::print("{} rooms, {} every 2 s: {:.0f} answers/s, {} silences, {:.1f} % of a core, {:.1f} us each\n", rooms,
             probe, answered / took, silences.load(), 100 * spent / took, 1e6 * spent / answered);
  std::filesystem::remove_all(config.data_dir);
}
