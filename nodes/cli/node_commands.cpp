#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/confirmation.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/render.hpp"

#include <fmt/format.h>

#include <ostream>

namespace maestro::cli {

namespace {

std::string node_path(const std::string& name) {
  return "/nodes/" + url_encode(name);
}

std::string list_text(const json& words) {
  std::string text;
  for (auto& word : words)
    text += (text.empty() ? "" : ", ") + word.get<std::string>();
  return text;
}

/// `4 cores, 8192 MiB`; what is 0 is left out.
std::string resources_text(const json& resources) {
  std::string text;
  if (auto cpu = number_of(resources, "cpuMillis"); cpu > 0)
    text = fmt::format("{:.6g} cores", static_cast<double>(cpu) / 1000);
  if (auto memory = number_of(resources, "memoryBytes"); memory > 0)
    text += fmt::format("{}{} MiB", text.empty() ? "" : ", ", memory >> 20);
  return text;
}

std::string labels_text(const json& labels) {
  std::string text;
  for (auto& [key, value] : labels.items())
    text += (text.empty() ? "" : ", ") + key + "=" + value.get<std::string>();
  return text;
}

table nodes_table(const std::vector<json>& nodes, bool wide, timestamp now) {
  std::vector<std::string> headings{"NAME", "STATUS", "SCHEDULERS", "ADDRESS", "ZONE", "VERSION", "AGE"};
  if (wide)
    headings.insert(headings.end(), {"ROLES", "LABELS"});
  headings.emplace_back("REASON");
  table all{headings};
  for (auto& node : nodes) {
    std::vector<std::string> row{text_of(node, "name") + (truth_of(node, "isSelf") ? " *" : ""),
                                 text_of(node, "status"),
                                 std::to_string(number_of(node, "schedulers")),
                                 text_of(node, "address"),
                                 text_of(node, "zone"),
                                 text_of(node, "version"),
                                 age_of(text_of(node, "startedAt"), now)};
    if (wide) {
      row.push_back(list_text(list_of(node, "roles")));
      row.push_back(labels_text(object_of(node, "labels")));
    }
    row.push_back(text_of(node, "reason"));
    all.add(std::move(row));
  }
  for (auto* heading : {"ADDRESS", "ZONE", "REASON"})
    all.remove_empty_column(heading);
  all.may_drop({"VERSION", "ZONE", "AGE"});
  return all;
}

std::string node_text(const context& ctx, const json& node) {
  return description(
      {{"Name", text_of(node, "name") + (truth_of(node, "isSelf") ? " (the node that answers)" : "")},
       {"Status", text_of(node, "status")},
       {"Reason", text_of(node, "reason")},
       {"Schedulers", std::to_string(number_of(node, "schedulers"))},
       {"Address", text_of(node, "address")},
       {"Zone", text_of(node, "zone")},
       {"Rooms may have", resources_text(object_of(node, "offer"))},
       {"Rooms request", resources_text(object_of(node, "requested"))},
       {"Suspected by", list_text(list_of(node, "suspectedBy"))},
       {"Labels", labels_text(object_of(node, "labels"))},
       {"Roles", list_text(list_of(node, "roles"))},
       {"Version", text_of(node, "version")},
       {"Started", text_of(node, "startedAt")}},
      ctx.term.color);
}

} // namespace

void list_nodes(const context& ctx, const list_nodes_options& options) {
  auto show = [&](const std::vector<json>& all) { return nodes_table(all, ctx.wide(), ctx.term.now()); };
  if (options.watch.watch) {
    watched_list list{.kind = node_items,
                      .title = "nodes",
                      .fetch = [&] { return items_of(ctx.api.get("/nodes"), node_items); },
                      .show = show,
                      .status = [](const json& one) { return text_of(one, "status"); },
                      .detail = [](const json& one) { return text_of(one, "reason"); },
                      .group = [](const json& one) { return text_of(one, "status"); }};
    return watch_list(ctx, list, options.watch);
  }
  auto answer = ctx.api.get("/nodes");
  auto items = items_of(answer, node_items);
  sort_items(items, ctx.output.sort_by);
  if (print_items(ctx, answer, node_items, items))
    return;
  if (text_of(answer, "cluster").empty())
    ctx.term.err << "this node stands alone; a cluster begins with: maestro node --cluster-etcd URL\n";
  ctx.print(show(items));
}

void get_nodes(const context& ctx, const std::vector<std::string>& names) {
  for_each_of(ctx, names, [&](const std::string& name) {
    auto answer = ctx.api.get(node_path(name));
    if (!print_items(ctx, answer, node_items))
      ctx.term.out << node_text(ctx, object_of(answer, "node"));
  });
}

void drain_nodes(const context& ctx, const std::vector<std::string>& names) {
  for_each_of(ctx, names, [&](const std::string& name) {
    auto answer = ctx.api.post(node_path(name) + "/drain", "{}");
    if (ctx.plain())
      ctx.term.out << fmt::format("node {} gets no new schedulers\n", name);
    else
      ctx.print(answer);
  });
}

void undrain_nodes(const context& ctx, const std::vector<std::string>& names) {
  for_each_of(ctx, names, [&](const std::string& name) {
    auto answer = ctx.api.post(node_path(name) + "/undrain", "{}");
    if (ctx.plain())
      ctx.term.out << fmt::format("node {} gets new schedulers again\n", name);
    else
      ctx.print(answer);
  });
}

void remove_nodes(const context& ctx, const remove_nodes_options& options) {
  for_each_of(ctx, options.names, [&](const std::string& name) {
    ctx.api.get(node_path(name)); // one that is unknown is not asked about
    confirm(
        ctx,
        fmt::format("node {} is forgotten, with its rooms and its copy of the journal; it can come back with an "
                    "empty data directory only",
                    name),
        options.yes);
    auto answer = ctx.api.remove(node_path(name));
    if (ctx.plain())
      ctx.term.out << fmt::format("node {} removed\n", name);
    else
      ctx.print(answer);
  });
}

} // namespace maestro::cli
