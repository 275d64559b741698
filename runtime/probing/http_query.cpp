#include "runtime/probing/http_query.hpp"

#include <fmt/format.h>

namespace maestro::probing {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

} // namespace

std::string http_question(const std::string& host, std::uint16_t port, const std::string& path) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: {}:{}\r\nUser-Agent: maestro-probe\r\nAccept: */*\r\n"
                     "Connection: close\r\n\r\n",
                     path, host, port);
}

probe_reading read_http(std::string_view bytes) {
  constexpr std::string_view head = "HTTP/1.";
  auto known = std::min(bytes.size(), head.size());
  if (bytes.substr(0, known) != head.substr(0, known))
    return unusable("what it answers is no HTTP");
  auto end = bytes.find('\n');
  if (end == bytes.npos)
    return bytes.size() > longest_status_line ? unusable("what it answers is no HTTP") : more_to_come();
  auto line = bytes.substr(head.size(), end - head.size());
  // "1 200 OK"
  if (line.size() < 5 || !is_digit(line[0]) || line[1] != ' ' || !is_digit(line[2]) || !is_digit(line[3]) ||
      !is_digit(line[4]) || (line.size() > 5 && is_digit(line[5])))
    return unusable("what it answers is no HTTP");
  return line[2] == '2' ? answer_alone() : unusable("it answers another status than 2xx");
}

} // namespace maestro::probing
