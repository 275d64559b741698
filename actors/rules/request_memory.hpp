// What was done for requests that name a key, so that one that comes again (its answer was lost, its door or its owner
// ended) is answered as the first time and nothing is done twice. Part of a durable table: it changes with the events that
// carry the keys, so it is the same after a crash and at the next owner. Only what was done is remembered: a request that was
// refused may succeed the next time.
//
// Held by scheduler_table (operations) and room_table (allocations). Bounded: the newest `kept_always` are kept whatever the
// clock does, others for `kept_for`, and never more than `kept_at_most`.
#pragma once

#include "messages/error.hpp"
#include "messages/events.hpp"

#include <memory>
#include <vector>

namespace maestro::rules {

class request_memory {
public:
  static constexpr std::size_t kept_always = 100;
  static constexpr std::size_t kept_at_most = 20'000;
  static constexpr duration kept_for = std::chrono::minutes{10};

  request_memory();
  request_memory(request_memory&&) noexcept;
  request_memory& operator=(request_memory&&) noexcept;
  ~request_memory();

  /// Does nothing without a key. Of two with one key the first counts.
  void remember(remembered_request done);

  /// nullptr: nothing that is remembered was done for that key.
  const remembered_request* find(const request_key& key) const;

  std::size_t size() const;
  /// Oldest first.
  std::vector<remembered_request> all() const;
  void restore(std::vector<remembered_request> requests);

private:
  struct container;
  std::unique_ptr<container> requests_; ///< few tables have any
};

/// What was remembered is `what`; else why the key cannot be taken for it.
result<done> check_same(const remembered_request& known, const std::string& what);

} // namespace maestro::rules
