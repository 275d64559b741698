#include "nodes/cli/list_watch.hpp"

#include "nodes/cli/change_feed.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/printable.hpp"

#include "messages/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <ostream>
#include <sstream>
#include <utility>

namespace maestro::cli {

namespace {

constexpr std::size_t changes_shown = 12;
constexpr std::size_t items_shown = 30;
constexpr auto redraw_interval = std::chrono::milliseconds{500}; ///< ages move on even where nothing changes

struct change {
  timestamp at = never;
  std::string item, from, to, detail;
};

std::string clock_text(timestamp now) {
  auto time =
      std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::system_clock::duration>(now));
  std::tm local{};
  localtime_r(&time, &local);
  return fmt::format("{:02}:{:02}:{:02}", local.tm_hour, local.tm_min, local.tm_sec);
}

class list_view {
public:
  list_view(const context& ctx, const watched_list& list) : ctx_(ctx), list_(list) {}

  /// What has changed is what differs from the last look.
  void show(const std::vector<json>& items);
  /// What has changed was told.
  void show(const std::vector<json>& items, const std::vector<status_step>& steps);
  void show_away(const std::string& why);

private:
  std::vector<change> differences(const std::vector<json>& items);
  void tell(const std::vector<json>& items, const std::vector<change>& changes);
  std::string line_of(const change& c, bool with_detail = true) const;
  void redraw(const std::vector<json>& items);
  bool fits(const change& c) const;
  std::vector<json> interesting_first(std::vector<json> items) const;

  const context& ctx_;
  const watched_list& list_;
  std::map<std::string, std::string> known_;
  std::deque<change> recent_;
  std::size_t drawn_lines_ = 0;
  timestamp drawn_at_ = never;
  bool first_ = true;
  bool away_ = false;
};

std::vector<change> list_view::differences(const std::vector<json>& items) {
  std::vector<change> changes;
  auto at = ctx_.term.now();
  std::map<std::string, std::string> now;
  for (auto& item : items) {
    auto id = text_of(item, list_.kind.id), status = list_.status(item);
    now[id] = status;
    auto before = known_.find(id);
    if (before == known_.end())
      changes.push_back({at, id, "", status, list_.detail(item)});
    else if (before->second != status)
      changes.push_back({at, id, before->second, status, list_.detail(item)});
  }
  for (auto& [id, status] : known_) {
    if (!now.contains(id))
      changes.push_back({at, id, status, "gone", ""});
  }
  known_ = std::move(now);
  return changes;
}

/// An address that is cut looks like another one: where there is no room for the detail it is not shown.
std::string list_view::line_of(const change& c, bool with_detail) const {
  auto color = ctx_.term.color;
  auto arrow = c.from.empty() ? paint_status(c.to, color)
                              : fmt::format("{} → {}", paint_status(c.from, color), paint_status(c.to, color));
  auto width = c.from.empty() ? c.to.size() : c.from.size() + c.to.size() + 3;
  auto line = fmt::format("{}  {}  {}", clock_text(c.at), printable(c.item), arrow);
  auto detail = std::string(width < 24 ? 24 - width : 0, ' ') + "  " + printable(c.detail);
  return with_detail ? line + detail : line;
}

bool list_view::fits(const change& c) const {
  auto cells = clock_text(c.at).size() + c.item.size() +
               std::max<std::size_t>(24, c.from.size() + c.to.size() + 3) + 6 + cell_width(c.detail);
  auto width = ctx_.term.width();
  return width == 0 || cells <= width;
}

/// Where not all of them can be seen: what is wrong, then what goes on, and what changed last before its like.
std::vector<json> list_view::interesting_first(std::vector<json> items) const {
  if (!ctx_.output.sort_by.empty())
    return items;
  auto place = [&](const json& item) {
    auto id = text_of(item, list_.kind.id);
    auto changed = std::find_if(recent_.rbegin(), recent_.rend(), [&](auto& c) { return c.item == id; });
    return changed == recent_.rend() ? 0 : std::distance(changed, recent_.rend());
  };
  std::stable_sort(items.begin(), items.end(), [&](auto& a, auto& b) {
    auto rank_a = urgency(list_.status(a)), rank_b = urgency(list_.status(b));
    return rank_a != rank_b ? rank_a > rank_b : place(a) > place(b);
  });
  return items;
}

void list_view::redraw(const std::vector<json>& items) {
  std::map<std::string, int> counts;
  for (auto& item : items)
    ++counts[list_.group ? list_.group(item) : list_.status(item)];
  std::string summary;
  for (auto& [status, n] : counts)
    summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", n, paint_status(status, ctx_.term.color));

  // What does not fit the terminal would scroll away and could not be redrawn.
  auto height = ctx_.term.height();
  auto budget = height == 0 ? items_shown : std::clamp<std::size_t>(height, 10, 100) - 5;
  auto changes = std::min(recent_.size(), height == 0 ? changes_shown : std::min(changes_shown, budget / 2));
  budget -= height == 0 ? 0 : changes;

  std::ostringstream screen;
  std::size_t lines = 0;
  auto add = [&](const std::string& text) {
    screen << "\x1b[2K" << cut_line(text, ctx_.term.width()) << "\n";
    ++lines;
  };
  screen << "\x1b[?7l"; // long lines are cut, not wrapped
  if (drawn_lines_ > 0)
    screen << fmt::format("\x1b[{}A", drawn_lines_);
  add(fmt::format("{}  {}: {} {}{}{}", clock_text(ctx_.term.now()), list_.title, items.size(), list_.kind.plural,
                  summary.empty() ? "" : ": ", summary));
  add("");
  bool is_all = items.size() + 1 <= budget;
  auto table_lines =
      list_.show(is_all ? items : interesting_first(items)).fitted(ctx_.term.width()).lines(ctx_.term.color);
  auto shown = table_lines.size() <= budget ? table_lines.size() : budget - 1;
  for (std::size_t i = 0; i < shown; ++i)
    add(table_lines[i]);
  if (shown < table_lines.size())
    add(fmt::format("… and {} more", table_lines.size() - shown));
  if (changes > 0)
    add("");
  for (auto i = recent_.size() - changes; i < recent_.size(); ++i)
    add(line_of(recent_[i], fits(recent_[i])));
  screen << "\x1b[J\x1b[?7h";
  drawn_lines_ = lines;
  drawn_at_ = ctx_.term.now();
  ctx_.term.out << screen.str() << std::flush;
}

void list_view::show(const std::vector<json>& items) {
  tell(items, differences(items));
}

void list_view::show(const std::vector<json>& items, const std::vector<status_step>& steps) {
  std::map<std::string, const json*> by_id;
  for (auto& item : items)
    by_id[text_of(item, list_.kind.id)] = &item;
  std::vector<change> changes;
  for (auto& step : steps) {
    auto item = by_id.find(step.id);
    auto detail = item == by_id.end() || !step.detail.empty() ? step.detail : list_.detail(*item->second);
    auto at = parse_rfc3339(step.at);
    changes.push_back(
        {at ? timestamp(std::chrono::seconds(at->seconds) + std::chrono::nanoseconds(at->nanos)) : ctx_.term.now(),
         step.id, step.from, step.to, detail});
  }
  known_.clear(); // of the list, for when nothing is told any more
  for (auto& item : items)
    known_[text_of(item, list_.kind.id)] = list_.status(item);
  tell(items, changes);
}

void list_view::tell(const std::vector<json>& items, const std::vector<change>& changes) {
  if (away_ && !ctx_.term.live)
    ctx_.term.err << "the node answers again" << std::endl;
  away_ = false;
  if (!ctx_.plain()) {
    for (auto& c : changes)
      ctx_.term.out
          << json{{"at", to_rfc3339(c.at)}, {list_.kind.singular, c.item}, {"from", c.from}, {"to", c.to}}.dump()
          << std::endl;
  } else if (ctx_.term.live) {
    for (auto& c : changes) {
      if (!first_)
        recent_.push_back(c);
    }
    while (recent_.size() > changes_shown)
      recent_.pop_front();
    if (first_ || !changes.empty() || ctx_.term.now() - drawn_at_ >= redraw_interval)
      redraw(items);
  } else {
    for (auto& c : changes)
      ctx_.term.out << line_of(c) << std::endl;
  }
  first_ = false;
}

void list_view::show_away(const std::string& why) {
  if (away_)
    return;
  away_ = true;
  ctx_.term.err << why << "; waiting for it to come back" << std::endl;
  drawn_lines_ = 0;
}

/// One look at the list and at what has changed.
class look {
public:
  look(const context& ctx, const watched_list& list) : ctx_(ctx), list_(list), view_(ctx, list) {}

  void again();
  void show_away(const std::string& why) { view_.show_away(why); }
  /// There is no such scheduler now. False: there was one, and all of it is gone.
  bool awaits();

private:
  std::vector<json> fetch() const;
  /// The first one, or one after something was missed.
  void begin();

  const context& ctx_;
  const watched_list& list_;
  list_view view_;
  bool is_told_ = false; ///< by the journal, what has changed
  bool has_begun_ = false;
  bool was_missing_ = false;
};

std::vector<json> look::fetch() const {
  auto items = list_.fetch();
  sort_items(items, ctx_.output.sort_by);
  return items;
}

void look::begin() {
  is_told_ = list_.changes && list_.changes->begin(was_missing_);
  auto items = fetch(); // throws as long as there is no such scheduler
  bool is_all_told = is_told_ && std::exchange(was_missing_, false);
  if (is_told_ && !is_all_told)
    list_.changes->know(items);
  view_.show(is_all_told ? std::vector<json>{} : items);
  has_begun_ = true;
}

void look::again() {
  if (!has_begun_)
    return begin();
  if (!is_told_)
    return view_.show(fetch());
  auto steps = list_.changes->next();
  if (!steps)
    return begin();
  view_.show(fetch(), *steps);
}

bool look::awaits() {
  if (has_begun_)
    view_.show({});
  was_missing_ = true;
  return !has_begun_;
}

} // namespace

void watch_list(const context& ctx, const watched_list& list, const watch_options& options) {
  look look_at{ctx, list};
  auto until = ctx.term.now() + options.watch_for;
  bool seen = false;
  for (;;) {
    try {
      look_at.again();
      seen = true;
    } catch (const unreachable& e) {
      if (!seen)
        throw;
      look_at.show_away(e.what());
    } catch (const failure& e) {
      if (e.code != exit_not_found || (!seen && !options.await))
        throw;
      if (!look_at.awaits())
        return;
    }
    if (options.watch_for.count() > 0 && ctx.term.now() >= until)
      return;
    ctx.term.pause(options.poll);
  }
}

} // namespace maestro::cli
