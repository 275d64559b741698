// Connections to matchmakers, over gRPC (proto/README.md 6.4): one plaintext channel for each address while somebody
// uses it, calls that do not wait for one another, one thread that hears of their ends. No actor in it: the FORWARDER
// CLIENT (nodes/forwarding/forwarder_client) owns one and is the only one to call it, from one thread.
#pragma once

#include "messages/forwarding_types.hpp"

#include <functional>
#include <memory>
#include <string>

namespace maestro {

/// Keys adapters.grpc.*; nodes/config fills it.
struct matchmaker_channel_config {
  duration keepalive_time = std::chrono::seconds{30};   ///< gRPC takes no less than 10 s
  duration keepalive_timeout = std::chrono::seconds{5}; ///< a connection that does not answer so long is given up
};

class matchmaker_channels {
public:
  /// Called in the channels' own thread, once for each call.
  using call_ended = std::function<void(matchmaker_answer)>;

  explicit matchmaker_channels(const matchmaker_channel_config& config);
  /// Calls that are under way are canceled, and end.
  ~matchmaker_channels();
  matchmaker_channels(const matchmaker_channels&) = delete;
  matchmaker_channels& operator=(const matchmaker_channels&) = delete;

  /// A channel lives as long as somebody uses its address. It connects with its first call.
  void use(const std::string& address);
  void release(const std::string& address);
  std::size_t size() const;

  /// One try; fails at once where nobody listens, after the call's timeout where nobody answers.
  void call(const matchmaker_call& what, call_ended then);

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace maestro
