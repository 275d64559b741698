#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/operation_answers.hpp"
#include "nodes/cli/progress.hpp"
#include "nodes/cli/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace maestro::cli {

namespace {

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
    auto input = object_of(operation, "input");
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

std::string short_id(const std::string& id) {
  return id.substr(0, 8);
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
