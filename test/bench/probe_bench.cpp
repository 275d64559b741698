// What it costs to ask many rooms how they are: the prober's own thread, by its processor time, with a game server on loopback that
// answers Quake 3's question for all of them.
//
//   probe_bench [ROOMS] [SECONDS]
#include "runtime/probing/probe_loop.hpp"

#include <boost/asio/ip/udp.hpp>
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <thread>

namespace {

using namespace maestro;
using namespace std::chrono_literals;
using boost::asio::ip::udp;

/// Answers until it hears an empty datagram.
void serve(udp::socket& socket) {
  std::array<char, 512> bytes;
  const std::string head = "\xff\xff\xff\xffstatusResponse\n\\mapname\\oa_dm1\\challenge\\";
  for (udp::endpoint from; auto size = socket.receive_from(boost::asio::buffer(bytes), from);) {
    std::string question{bytes.data(), size};
    boost::system::error_code ignored;
    socket.send_to(boost::asio::buffer(head + question.substr(question.find(' ') + 1, 8) + "\n"), from, 0,
                   ignored);
  }
}

std::atomic<double> spent_by_prober{0};

void note_time() {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  spent_by_prober = static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

} // namespace

int main(int argc, char** argv) {
  auto rooms = argc > 1 ? std::atoi(argv[1]) : 10'000;
  auto seconds = argc > 2 ? std::atoi(argv[2]) : 20;
  boost::asio::io_context io;
  udp::socket socket{io, {boost::asio::ip::address_v4::loopback(), 0}};
  socket.set_option(udp::socket::receive_buffer_size{4 << 20});
  auto port = socket.local_endpoint().port();
  std::thread server{[&] { serve(socket); }};
  std::atomic<std::int64_t> answers{0}, silences{0};
  {
    probing::probe_loop loop{{},
                             {},
                             [&](const begin_probing&, ping_room) {
                               ++answers;
                               note_time();
                             },
                             [&](const begin_probing&, report_silence) { ++silences; }};
    begin_probing wish;
    wish.scheduler = scheduler_name{"s"};
    wish.how.probe = "quake3";
    wish.how.port = "game";
    wish.how.interval = 2s;
    wish.how.failures = 3;
    wish.ports = {{"game", "udp", port}};
    wish.has_answered = true;
    for (int i = 0; i < rooms; ++i) {
      wish.id = room_id{fmt::format("s-{:06}", i)};
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
    fmt::print("{} rooms, every 2 s: {:.0f} answers/s, {} silences, {:.1f} % of a core, {:.1f} us each\n", rooms,
               answered / took, silences.load(), 100 * spent / took, 1e6 * spent / answered);
  }
  udp::socket knock{io, udp::v4()};
  knock.send_to(boost::asio::buffer("", 0), {boost::asio::ip::address_v4::loopback(), port});
  server.join();
}
