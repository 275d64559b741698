// `--watch` of a list: what is in it, as it changes. On a terminal the table is redrawn in place with the latest
// changes under it; elsewhere, and with -o json, each change is one line, so that the output can be piped and
// kept.
#pragma once

#include "nodes/cli/answers.hpp"
#include "nodes/cli/render.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace maestro::cli {

class change_feed;

struct watch_options {
  bool watch = false;
  bool await = false; ///< the scheduler may come into being later
  std::string title;  ///< stands before the counts in place of the list's own
  duration poll = std::chrono::milliseconds{500};
  duration watch_for{}; ///< 0 = until interrupted
};

struct watched_list {
  item_kind kind;
  std::string title; ///< stands before the counts
  std::function<std::vector<json>()> fetch;
  std::function<table(const std::vector<json>&)> show;
  std::function<std::string(const json&)> status;                            ///< a change of it is told
  std::function<std::string(const json&)> detail = [](auto&) { return ""; }; ///< stands behind the change
  std::function<std::string(const json&)> group{}; ///< is counted in the first line; none: the status
  std::shared_ptr<change_feed> changes{}; ///< what it tells is shown; none: what differs between two looks
};

/// Until interrupted, or for `watch_for`. A node that is away for a moment is said and waited for.
void watch_list(const context& ctx, const watched_list& list, const watch_options& options);

} // namespace maestro::cli
