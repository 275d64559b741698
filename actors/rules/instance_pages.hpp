// The lists of several machines as one, page by page. A page ends where the first list that goes on ends: behind that, its
// machine may have instances that nobody has heard of yet.
#pragma once

#include "messages/runtime_commands.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace maestro::rules {

class instance_pages {
public:
  /// At most so many instances; 0: all.
  explicit instance_pages(std::uint64_t limit) : limit_(limit) {}

  /// A machine's answer to the same question, each instance with the machine's node.
  void add(instance_list page, const std::string& node_id);
  /// A machine that cannot be asked, or did not answer.
  void miss(const std::string& node_id);
  /// By id, each once, with the machines that were missed.
  instance_list take();

private:
  std::uint64_t limit_ = 0;
  instance_list all_;
  room_id end_; ///< of the first list that goes on; empty: all are whole
};

} // namespace maestro::rules
