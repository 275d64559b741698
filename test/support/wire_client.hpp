// A plain HTTP/1.1 client for tests: blocking, one connection, every wait bounded, and able to send what no decent
// client would. Throws std::runtime_error when the server does not answer in time or what it says is no HTTP.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace maestro {

struct http_answer {
  unsigned status = 0;
  std::map<std::string, std::string> headers; ///< names in lower case
  std::string body;
  bool keep_alive = false;
};

class http_client {
public:
  explicit http_client(std::uint16_t port, std::chrono::milliseconds patience = std::chrono::seconds(10));
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  using header_list = std::vector<std::pair<std::string, std::string>>;
  http_answer request(std::string_view method, std::string_view target, std::string_view body = {},
                      const header_list& headers = {});
  http_answer get(std::string_view target) { return request("GET", target); }

  void send(std::string_view bytes);
  /// As much as the kernel takes without waiting; the number of bytes taken.
  std::size_t send_some(std::string_view bytes);
  http_answer read_answer(bool to_head = false);
  /// Everything the server says until it closes.
  std::string read_to_end();
  /// True when the server closes within the time and says nothing before.
  bool closes_within(std::chrono::milliseconds time);
  /// We send no more, but still read.
  void finish_sending();

private:
  /// False at the end of the stream.
  bool receive();

  int socket_ = -1;
  std::chrono::milliseconds patience_;
  std::string received_;
};

/// One request on a connection of its own.
http_answer fetch(std::uint16_t port, std::string_view method, std::string_view target, std::string_view body = {},
                  const http_client::header_list& headers = {});

} // namespace maestro
