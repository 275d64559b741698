#include "test/support/allocation_history.hpp"

#include <algorithm>
#include <map>

namespace maestro {

namespace {

/// Not before `from`, not after `to`: the moment at which it took effect.
struct span {
  history_time from;
  history_time to;
};

/// The earliest moment in the span that is not before what came before; none: there is no such moment.
std::optional<history_time> place(const span& where, history_time after) {
  auto at = std::max(where.from, after);
  return at <= where.to ? std::optional(at) : std::nullopt;
}

/// A holder has the room from its answer until it begins to give it back, at least. Those times cannot overlap, so their
/// order is the only one that the room's holders can have had, and the earliest moments are as good as any.
void examine_room(std::vector<const allocation*> holders, std::vector<std::string>& found) {
  std::sort(holders.begin(), holders.end(), [](auto* a, auto* b) { return a->answered < b->answered; });
  auto at = history_time::min();
  const allocation* before = nullptr;
  for (auto* one : holders) {
    if (before != nullptr) {
      auto freed = before->return_asked
                       ? place({*before->return_asked, before->returned.value_or(history_time::max())}, at)
                       : std::nullopt;
      if (!freed) {
        found.push_back("room " + one->room + " was given to " + one->client + " while " + before->client +
                        " had it");
        before = one;
        continue;
      }
      at = *freed;
    }
    auto given = place({one->asked, one->answered}, at);
    if (!given)
      found.push_back("room " + one->room + " was given to " + one->client + " before " + before->client +
                      " gave it back");
    at = given.value_or(one->answered);
    before = one;
  }
}

} // namespace

allocation_counts count(const std::vector<allocation>& history) {
  allocation_counts all;
  for (auto& one : history)
    switch (one.outcome) {
    case allocation_outcome::given: ++all.given; break;
    case allocation_outcome::refused: ++all.refused; break;
    case allocation_outcome::unknown: ++all.unknown; break;
    }
  return all;
}

std::vector<std::string> violations(const std::vector<allocation>& history, const std::set<std::string>& rooms) {
  std::vector<std::string> found;
  std::map<std::string, std::vector<const allocation*>> by_room;
  for (auto& one : history) {
    if (one.outcome != allocation_outcome::given)
      continue;
    by_room[one.room].push_back(&one);
    if (!rooms.contains(one.room))
      found.push_back("room " + one.room + " was given to " + one.client + " and never was");
    if (one.answered < one.asked || (one.return_asked && *one.return_asked < one.answered))
      found.push_back("the history of " + one.client + " with room " + one.room + " runs backwards");
  }
  for (auto& [room, holders] : by_room)
    examine_room(holders, found);
  return found;
}

} // namespace maestro
