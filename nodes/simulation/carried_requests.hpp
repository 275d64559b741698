// G3: what was done for requests that name a key. Of each it is done once, and it is what whoever asks is told, as often as
// he asks. What is remembered of a scheduler's requests goes with it. For nodes/simulation/invariants.
#pragma once

#include "messages/ids.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace maestro::simulation {

class carried_requests {
public:
  using report = std::function<void(const std::string& text)>;

  explicit carried_requests(report tell) : tell_(std::move(tell)) {}

  /// It became durable. `what` begins with the answer.
  void note(const scheduler_name& scheduler, const request_key& key, const std::string& what);
  /// A client was answered with an operation's id, or a room's.
  void note_answer(const scheduler_name& scheduler, const request_key& key, const std::string& answer);
  void forget(const scheduler_name& scheduler);

private:
  report tell_;
  std::map<std::pair<scheduler_name, request_key>, std::string> done_;
  std::map<std::pair<scheduler_name, request_key>, std::vector<std::string>>
      former_; ///< of schedulers that are gone
};

} // namespace maestro::simulation
