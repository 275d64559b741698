// The Management API as the commands use it: a path in, JSON out, every refusal a `failure` with the server's own
// text and the exit code that goes with it. What changes something has a key (proto/README.md 1.12) and is asked again when its
// answer was lost, until the timeout: it is done once.
#pragma once

#include "nodes/cli/http_client.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

namespace maestro::cli {

using json = nlohmann::ordered_json;

class api_client {
public:
  /// What people will read comes `for_people`: with its control characters shown instead of obeyed. `pause`: the terminal's.
  api_client(server_url server, duration timeout, bool for_people, std::function<void(duration)> pause)
      : server_(std::move(server)), timeout_(timeout), for_people_(for_people), pause_(std::move(pause)) {}

  json get(const std::string& target) const { return call("GET", target, ""); }
  json post(const std::string& target, const std::string& body) const { return call("POST", target, body); }
  json put(const std::string& target, const std::string& body) const { return call("PUT", target, body); }
  json patch(const std::string& target, const std::string& body) const { return call("PATCH", target, body); }
  json remove(const std::string& target) const { return call("DELETE", target, ""); }

  /// What is no JSON, as it comes.
  std::string download(const std::string& target) const { return exchange("GET", target, ""); }

  duration timeout() const { return timeout_; }

private:
  http_answer ask(const std::string& method, const std::string& target, const std::string& body) const;
  std::string exchange(const std::string& method, const std::string& target, const std::string& body) const;
  json call(const std::string& method, const std::string& target, const std::string& body) const;

  server_url server_;
  duration timeout_;
  bool for_people_;
  std::function<void(duration)> pause_;
};

/// `/schedulers/{a}/{b}…` with every part encoded.
std::string schedulers_path(const std::vector<std::string>& parts);

} // namespace maestro::cli
