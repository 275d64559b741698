// A small HTTP server on a free loopback port that answers from a script: each `METHOD target` has its answers,
// given in turn, the last one again and again. What is not in the script is answered 404 with an empty error body.
// Requests are kept, so that a test can see what was sent.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace maestro::test {

struct scripted_answer {
  unsigned status = 200; ///< 0: it hangs up instead
  std::string body;
};

struct received_request {
  std::string method, target, body;
  std::string key; ///< its Idempotency-Key
};

class fake_server {
  using tcp = boost::asio::ip::tcp;

public:
  fake_server() : acceptor_(io_, tcp::endpoint{boost::asio::ip::make_address("127.0.0.1"), 0}) {
    thread_ = std::thread{[this] { serve(); }};
  }
  ~fake_server() {
    {
      std::lock_guard lock{mutex_};
      stop_ = true;
    }
    boost::system::error_code ec;
    tcp::socket wake{io_};
    wake.connect(acceptor_.local_endpoint(), ec);
    thread_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

  void on(const std::string& request, std::string body, unsigned status = 200) {
    std::lock_guard lock{mutex_};
    script_[request].push_back({status, std::move(body)});
  }

  std::vector<received_request> requests() const {
    std::lock_guard lock{mutex_};
    return requests_;
  }

private:
  scripted_answer answer_for(received_request request) {
    std::lock_guard lock{mutex_};
    auto& answers = script_[request.method + " " + request.target];
    requests_.push_back(std::move(request));
    if (answers.empty())
      return {404, R"({"code":5,"message":"nothing of that name","details":[]})"};
    auto answer = answers.front();
    if (answers.size() > 1)
      answers.pop_front();
    return answer;
  }

  void serve() {
    namespace http = boost::beast::http;
    for (;;) {
      boost::system::error_code ec;
      tcp::socket socket{io_};
      acceptor_.accept(socket, ec);
      {
        std::lock_guard lock{mutex_};
        if (stop_)
          return;
      }
      boost::beast::flat_buffer buffer;
      http::request<http::string_body> request;
      http::read(socket, buffer, request, ec);
      if (ec)
        continue;
      auto answer = answer_for({std::string{request.method_string()}, std::string{request.target()},
                                request.body(), std::string{request["Idempotency-Key"]}});
      if (answer.status == 0)
        continue;
      http::response<http::string_body> response{http::int_to_status(answer.status), request.version()};
      response.set(http::field::content_type, "application/json");
      response.keep_alive(false);
      response.body() = answer.body;
      response.prepare_payload();
      http::write(socket, response, ec);
      socket.shutdown(tcp::socket::shutdown_both, ec);
    }
  }

  boost::asio::io_context io_;
  tcp::acceptor acceptor_;
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<scripted_answer>> script_;
  std::vector<received_request> requests_;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace maestro::test
