#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/log_text.hpp"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <ostream>

namespace maestro::cli {

namespace {

std::string fetch_logs(const context& ctx, const room_logs_options& options, const std::string& container) {
  auto path = schedulers_path({options.scheduler, "rooms", options.room, "logs"});
  std::string query;
  auto add = [&](const std::string& part) { query += (query.empty() ? "?" : "&") + part; };
  if (!container.empty())
    add("container=" + url_encode(container));
  if (options.since > duration{})
    add(fmt::format("sinceSeconds={}", std::chrono::ceil<std::chrono::seconds>(options.since).count()));
  if (options.previous)
    add("previous=true");
  path += query;
  return text_of(ctx.api.get(path), "logs");
}

/// Those of its version's recipe; empty: the first one, whatever its name.
std::vector<std::string> containers_of(const context& ctx, const room_logs_options& options) {
  if (!options.all_containers)
    return {options.container};
  auto room = object_of(ctx.api.get(schedulers_path({options.scheduler, "rooms", options.room})), "room");
  auto version = text_of(room, "version");
  auto query = version.empty() ? std::string{} : "?version=" + url_encode(version);
  auto scheduler = object_of(ctx.api.get(schedulers_path({options.scheduler}) + query), "scheduler");
  std::vector<std::string> names;
  for (auto& container : list_of(object_of(scheduler, "spec"), "containers"))
    names.push_back(text_of(container, "name"));
  return names;
}

void print_logs(const context& ctx, const std::string& container, const std::string& text, bool is_named) {
  ctx.term.out << (is_named ? prefixed_lines(text, container + "  ") : text) << std::flush;
}

/// Until interrupted, or until the room is gone.
void follow_logs(const context& ctx, const room_logs_options& options, const std::vector<std::string>& containers,
                 std::map<std::string, std::string>& shown) {
  auto until = ctx.term.now() + options.follow_for;
  while (options.follow_for.count() == 0 || ctx.term.now() < until) {
    ctx.term.pause(options.poll);
    try {
      for (auto& container : containers) {
        auto text = fetch_logs(ctx, options, container);
        print_logs(ctx, container, text_behind(shown[container], text), containers.size() > 1);
        shown[container] = std::move(text);
      }
    } catch (const unreachable&) {
      // a node that restarts: its rooms write on
    } catch (const failure& e) {
      if (e.code != exit_not_found)
        throw;
      ctx.term.err << fmt::format("room {} is gone\n", options.room) << std::flush;
      return;
    }
  }
}

} // namespace

void room_artifacts(const context& ctx, const room_artifacts_options& options) {
  auto archive = ctx.api.download(schedulers_path({options.scheduler, "rooms", options.room, "artifacts"}));
  if (options.file == "-") {
    ctx.term.out << archive << std::flush;
    return;
  }
  auto path = options.file.empty() ? options.room + ".tar" : options.file;
  std::ofstream file{path, std::ios::binary};
  if (!(file << archive).flush())
    throw failure(exit_usage, fmt::format("cannot write {}", path));
  ctx.term.err << fmt::format("{}: {} bytes\n", path, archive.size());
}

void room_logs(const context& ctx, const room_logs_options& options) {
  auto containers = containers_of(ctx, options);
  std::map<std::string, std::string> shown;
  json all = json::object();
  for (auto& container : containers) {
    auto text = fetch_logs(ctx, options, container);
    shown[container] = text;
    if (options.tail)
      text = last_lines(text, *options.tail);
    if (ctx.plain())
      print_logs(ctx, container, text, containers.size() > 1);
    else if (containers.size() > 1)
      all["containers"][container] = text;
    else
      all["logs"] = text;
  }
  if (!ctx.plain())
    return ctx.print(all);
  if (options.follow)
    follow_logs(ctx, options, containers, shown);
}

} // namespace maestro::cli
