#include "nodes/cli/api_client.hpp"

#include "nodes/cli/failure.hpp"
#include "nodes/cli/printable.hpp"

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <fmt/format.h>

#include <chrono>

namespace maestro::cli {

namespace {

constexpr int depth_limit = 200;
constexpr auto pause_between_tries = std::chrono::milliseconds{250};

std::string random_key() {
  return boost::uuids::to_string(boost::uuids::random_generator()());
}

/// The error body is `{"code","message","details"}`; anything else is shown as it came.
std::string refusal_text(const http_answer& answer) {
  auto body = json::parse(answer.body, nullptr, false);
  if (body.is_object() && body.contains("message") && body["message"].is_string())
    return printable_lines(body["message"].get_ref<const std::string&>());
  if (answer.body.empty())
    return fmt::format("the server answered {} without a text", answer.status);
  return fmt::format("the server answered {}: {}", answer.status, printable(answer.body.substr(0, 500)));
}

/// A server that is none of ours may answer anything.
void check_depth(const json& value, const std::string& method, const std::string& url, int left = depth_limit) {
  if (left == 0)
    throw failure(exit_refused,
                  fmt::format("{} {}: the answer is nested deeper than {} levels", method, url, depth_limit));
  if (value.is_structured())
    for (auto& item : value)
      check_depth(item, method, url, left - 1);
}

} // namespace

// A server that is not there is said at once; one that has gone silent over a request may be on its way up again.
http_answer api_client::ask(const std::string& method, const std::string& target, const std::string& body) const {
  using clock = std::chrono::steady_clock;
  auto key = method == "GET" ? std::string{} : random_key();
  bool was_asked = false;
  for (auto left = timeout_;;) {
    auto began = clock::now();
    try {
      return http_request(server_, method, target, body, left, key);
    } catch (const unreachable& lost) {
      was_asked = was_asked || lost.was_asked;
      left -= clock::now() - began + pause_between_tries;
      if (key.empty() || !was_asked || left <= duration::zero())
        throw;
    }
    pause_(pause_between_tries);
  }
}

std::string api_client::exchange(const std::string& method, const std::string& target,
                                 const std::string& body) const {
  auto answer = ask(method, target, body);
  if (answer.status == 404 && refusal_text(answer) == "Not Found")
    throw failure(exit_refused, fmt::format("{} {}: no such route; is this a Management API, and as new as this "
                                            "command line?",
                                            method, server_.text() + target));
  if (answer.status == 404)
    throw failure(exit_not_found, refusal_text(answer));
  if (answer.status < 200 || answer.status >= 300)
    throw failure(exit_refused, refusal_text(answer));
  return std::move(answer.body);
}

json api_client::call(const std::string& method, const std::string& target, const std::string& body) const {
  auto text = exchange(method, target, body);
  auto parsed = json::parse(text, nullptr, false);
  if (parsed.is_discarded())
    throw failure(exit_refused, fmt::format("{} {}: the answer is no JSON; is this a Maestro Management API?",
                                            method, server_.text() + target));
  check_depth(parsed, method, server_.text() + target);
  if (for_people_)
    make_printable(parsed);
  return parsed;
}

std::string schedulers_path(const std::vector<std::string>& parts) {
  std::string path = "/schedulers";
  for (auto& part : parts)
    path += "/" + url_encode(part);
  return path;
}

} // namespace maestro::cli
