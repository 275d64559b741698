#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/progress.hpp"
#include "nodes/cli/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

namespace maestro::cli {

namespace {

constexpr std::array stages{"active", "pending", "final"};

std::string stage_path(const std::string& scheduler, const std::string& stage) {
  return schedulers_path({scheduler, "operations"}) + "?stage=" + stage;
}

bool is_final(const std::string& status) {
  return status != "pending" && status != "in_progress";
}

json operation_of(const context& ctx, const std::string& scheduler, const std::string& id) {
  return ctx.api.get(schedulers_path({scheduler, "operations", id}))["operation"];
}

json rooms_of(const context& ctx, const std::string& scheduler) {
  try {
    return list_of(ctx.api.get(schedulers_path({scheduler, "rooms"})), "rooms");
  } catch (const failure&) {
    return json::array(); // the scheduler is gone, or this server lists no rooms
  }
}

/// How much of an operation's work can be seen done from outside: rooms created for it, or rooms gone since.
class work_meter {
public:
  work_meter(const context& ctx, std::string scheduler, const json& operation)
      : ctx_(ctx), scheduler_(std::move(scheduler)), kind_(text_of(operation, "definitionName")),
        created_at_(time_of(text_of(operation, "createdAt"))) {
    auto input = operation.value("input", json::object());
    if (kind_ == "add_rooms")
      total_ = number_of(input, "amount");
    else if (kind_ == "delete_scheduler")
      total_ = static_cast<std::int64_t>(rooms_of(ctx_, scheduler_).size());
  }

  std::optional<double> share(std::string& text) const {
    if (total_ <= 0)
      return std::nullopt;
    auto rooms = rooms_of(ctx_, scheduler_);
    std::int64_t done = 0;
    if (kind_ == "add_rooms") {
      done = std::count_if(rooms.begin(), rooms.end(), [&](auto& room) {
        auto at = time_of(text_of(room, "createdAt"));
        return at && created_at_ && *at >= *created_at_;
      });
    } else {
      done = total_ - static_cast<std::int64_t>(rooms.size());
    }
    done = std::clamp<std::int64_t>(done, 0, total_);
    text = fmt::format("{}/{} rooms", done, total_);
    return static_cast<double>(done) / static_cast<double>(total_);
  }

private:
  const context& ctx_;
  std::string scheduler_;
  std::string kind_;
  std::optional<timestamp> created_at_;
  std::int64_t total_ = 0;
};

std::string last_event(const json& operation) {
  auto history = list_of(operation, "executionHistory");
  return history.empty() ? "" : text_of(history.back(), "event");
}

std::string short_id(const std::string& id) {
  return id.substr(0, 8);
}

/// Newest first by creation; several stages may be merged.
void sort_newest_first(std::vector<json>& operations) {
  std::stable_sort(operations.begin(), operations.end(),
                   [](auto& a, auto& b) { return text_of(a, "createdAt") > text_of(b, "createdAt"); });
}

std::string newest_operation(const context& ctx, const std::string& scheduler) {
  for (auto* stage : stages) {
    auto answer = ctx.api.get(stage_path(scheduler, stage));
    auto found = list_of(answer, "operations");
    std::vector<json> operations(found.begin(), found.end());
    sort_newest_first(operations);
    if (!operations.empty())
      return text_of(operations.front(), "id");
  }
  throw failure(exit_not_found, fmt::format("scheduler {} has no operations", scheduler));
}

void end_watch(const context& ctx, progress& line, const std::string& scheduler, const json& operation) {
  auto status = text_of(operation, "status");
  auto name = text_of(operation, "definitionName");
  auto events = list_of(operation, "executionHistory");
  duration took{};
  if (events.size() > 1) {
    auto first = time_of(text_of(events.front(), "createdAt"));
    auto last = time_of(text_of(events.back(), "createdAt"));
    took = first && last ? *last - *first : duration{};
  }
  auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  auto took_text = ms < 10000 ? fmt::format("{}.{:03}s", ms / 1000, ms % 1000) : age(took);
  if (ctx.plain())
    line.finish(fmt::format("{} {} of {}: {} after {}", name, text_of(operation, "id"), scheduler,
                            paint_status(status, ctx.term.color), took_text));
  else
    ctx.print(json{{"operation", operation}});
  if (status == "finished")
    return;
  std::string why;
  for (auto& event : events)
    why += "\n  " + text_of(event, "event");
  throw failure(status == "error" ? exit_refused : exit_canceled,
                fmt::format("operation {} ended {}:{}", text_of(operation, "id"), status, why));
}

} // namespace

std::string find_operation(const context& ctx, const std::string& scheduler, const std::string& definition_name) {
  // An operation moves pending -> active -> final while we look: one more round finds it.
  for (int round = 0; round < 2; ++round) {
    for (auto* stage : {"pending", "active", "final"}) {
      auto found = list_of(ctx.api.get(stage_path(scheduler, stage)), "operations");
      std::vector<json> operations(found.begin(), found.end());
      sort_newest_first(operations);
      for (auto& operation : operations) {
        if (text_of(operation, "definitionName") == definition_name)
          return text_of(operation, "id");
      }
    }
  }
  return {};
}

void list_operations(const context& ctx, const list_operations_options& options) {
  std::vector<json> operations;
  json answers = json::object();
  std::int64_t total = 0, shown = 0;
  for (auto* stage : stages) {
    if (!options.stage.empty() && options.stage != stage)
      continue;
    auto path = stage_path(options.scheduler, stage);
    bool paged = std::string{stage} == "final";
    if (paged)
      path += fmt::format("&page={}&perPage={}", options.page, options.page_size);
    auto answer = ctx.api.get(path);
    for (auto& operation : list_of(answer, "operations"))
      operations.push_back(operation);
    total += paged ? number_of(answer, "total") : 0;
    shown += paged ? static_cast<std::int64_t>(list_of(answer, "operations").size()) : 0;
    answers[stage] = std::move(answer);
  }
  if (!ctx.plain())
    return ctx.print(options.stage.empty() ? answers : answers[options.stage]);
  if (operations.empty()) {
    ctx.term.err << fmt::format("no operations of scheduler {}\n", options.scheduler);
    return;
  }
  table all{{"ID", "NAME", "STATUS", "AGE", "LEASE UNTIL"}};
  for (auto& o : operations) {
    auto lease = o.contains("lease") && o["lease"].is_object() ? text_of(o["lease"], "ttl") : "";
    all.add({text_of(o, "id"), text_of(o, "definitionName"), text_of(o, "status"),
             age_of(text_of(o, "createdAt"), ctx.term.now()), lease});
  }
  all.remove_empty_column("LEASE UNTIL");
  ctx.term.out << all.text(ctx.term.color);
  if (total > shown)
    ctx.term.err << fmt::format("page {}: {} of {} final operations; --page {} shows more\n", options.page, shown,
                                total, options.page + 1);
}

void get_operation(const context& ctx, const std::string& scheduler, const std::string& id) {
  auto answer = ctx.api.get(schedulers_path({scheduler, "operations", id}));
  if (!ctx.plain())
    return ctx.print(answer);
  auto& o = answer["operation"];
  ctx.term.out << description(
      {{"Id", text_of(o, "id")},
       {"Name", text_of(o, "definitionName")},
       {"Scheduler", text_of(o, "schedulerName")},
       {"Status", text_of(o, "status")},
       {"Created", text_of(o, "createdAt") + " (" + age_of(text_of(o, "createdAt"), ctx.term.now()) + " ago)"}},
      ctx.term.color);
  table history{{"AT", "EVENT"}};
  for (auto& event : list_of(o, "executionHistory"))
    history.add({text_of(event, "createdAt"), text_of(event, "event")});
  ctx.term.out << "\n" << history.text(ctx.term.color);
  if (ctx.wide())
    ctx.term.out << "\nInput\n" << o.value("input", json{}).dump(2) << "\n";
}

void cancel_operation(const context& ctx, const std::string& scheduler, const std::string& id) {
  auto answer = ctx.api.post(schedulers_path({scheduler, "operations", id, "cancel"}), "");
  if (!ctx.plain())
    return ctx.print(answer);
  ctx.term.out << fmt::format("operation {} of scheduler {} canceled\n", id, scheduler);
}

void watch_operation(const context& ctx, const std::string& scheduler, const std::string& id,
                     const wait_options& wait) {
  auto wanted = id.empty() ? newest_operation(ctx, scheduler) : id;
  auto deadline = ctx.term.now() + wait.limit;
  auto operation = operation_of(ctx, scheduler, wanted);
  work_meter meter{ctx, scheduler, operation};
  progress line{ctx.term, fmt::format("{} {}", text_of(operation, "definitionName"), short_id(wanted))};
  while (!is_final(text_of(operation, "status"))) {
    if (ctx.term.now() >= deadline)
      throw failure(exit_timeout, fmt::format("operation {} is still {} after {}; it goes on without us", wanted,
                                              text_of(operation, "status"), age(wait.limit)));
    try {
      std::string work;
      auto share = text_of(operation, "status") == "in_progress" ? meter.share(work) : std::nullopt;
      auto event = last_event(operation);
      if (ctx.plain())
        line.show(share, work.empty() ? text_of(operation, "status") + (event.empty() ? "" : ", " + event) : work);
      ctx.term.pause(wait.poll);
      operation = operation_of(ctx, scheduler, wanted);
    } catch (const unreachable&) {
      if (ctx.plain())
        line.show(std::nullopt, "the node does not answer, waiting for it");
      ctx.term.pause(std::chrono::seconds{1});
    }
  }
  end_watch(ctx, line, scheduler, operation);
}

} // namespace maestro::cli
