#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/printable.hpp"
#include "nodes/cli/render.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <istream>
#include <iterator>
#include <ostream>

namespace maestro::cli {

namespace {

constexpr std::size_t recipe_limit = 16u << 20;

/// One byte more than a recipe may have, at most: a pipe or a device may have no end.
std::string read_bounded(std::istream& in) {
  std::string text(recipe_limit + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

std::string read_recipe(terminal& term, const std::string& file) {
  std::string text;
  if (file == "-") {
    text = read_bounded(term.in);
  } else {
    std::error_code ec;
    if (std::filesystem::is_directory(file, ec))
      throw failure(exit_usage, fmt::format("{}: is a folder; a recipe file is expected", file));
    std::ifstream in{file, std::ios::binary};
    if (!in)
      throw failure(exit_usage, fmt::format("{}: cannot be read: {}", file, std::strerror(errno)));
    text = read_bounded(in);
  }
  if (text.size() > recipe_limit)
    throw failure(exit_usage, fmt::format("{}: a recipe has at most {} bytes", file, recipe_limit));
  return text;
}

std::string folder_of(const std::string& file) {
  auto path = file == "-" ? std::filesystem::current_path() : std::filesystem::absolute(file).parent_path();
  return path.lexically_normal().string();
}

std::string range_text(const json& range) {
  return range.is_object() ? fmt::format("{}-{}", number_of(range, "start"), number_of(range, "end")) : "-";
}

std::string port_text(const json& port) {
  auto text = fmt::format("{} {}/{}", text_of(port, "name"), number_of(port, "port"), text_of(port, "protocol"));
  if (port.contains("hostPortRange"))
    text += fmt::format(" from {}", range_text(port["hostPortRange"]));
  return text;
}

std::string joined(const json& items, std::string (*show)(const json&), const char* separator) {
  std::string text;
  for (auto& item : items)
    text += (text.empty() ? "" : separator) + show(item);
  return text;
}

std::string command_word(const json& word) {
  auto text = word.is_string() ? word.get<std::string>() : word.dump();
  return text.empty() || text.find_first_of(" \t\"'") != std::string::npos ? json(text).dump() : text;
}

std::string container_text(const json& c) {
  auto requests = c.value("requests", json::object()), limits = c.value("limits", json::object());
  return "\n" + fmt::format("Container \"{}\"\n", printable(text_of(c, "name"))) +
         description({{"Image", text_of(c, "image")},
                      {"Command", joined(list_of(c, "command"), command_word, " ")},
                      {"Ports", joined(list_of(c, "ports"), port_text, ", ")},
                      {"Requests", text_of(requests, "cpu", "-") + " cpu, " + text_of(requests, "memory", "-")},
                      {"Limits", text_of(limits, "cpu", "-") + " cpu, " + text_of(limits, "memory", "-")}});
}

/// The counts of M9; null when the scheduler is not listed there (yet).
json info_of(const context& ctx, const std::string& name, const std::string& game) {
  auto all = ctx.api.get("/schedulers/info?game=" + url_encode(game));
  for (auto& info : list_of(all, "schedulers")) {
    if (text_of(info, "name") == name)
      return info;
  }
  return nullptr;
}

std::string scheduler_text(const context& ctx, const json& s) {
  auto spec = s.value("spec", json::object());
  auto info = info_of(ctx, text_of(s, "name"), text_of(s, "game"));
  auto matches = s.value("matchAllocation", json::object());
  auto text = description(
      {{"Name", text_of(s, "name")},
       {"Game", text_of(s, "game")},
       {"State", text_of(s, "state")},
       {"Version", text_of(spec, "version")},
       {"Created", text_of(s, "createdAt") + " (" + age_of(text_of(s, "createdAt"), ctx.term.now()) + " ago)"},
       {"Rooms wanted", std::to_string(number_of(s, "roomsReplicas"))},
       {"Rooms", fmt::format("{} ready, {} occupied, {} pending, {} terminating", number_of(info, "roomsReady"),
                             number_of(info, "roomsOccupied"), number_of(info, "roomsPending"),
                             number_of(info, "roomsTerminating"))},
       {"Max surge", text_of(s, "maxSurge")},
       {"Matches/room", std::to_string(number_of(matches, "maxMatches"))},
       {"Host ports", range_text(s.value("portRange", json{}))},
       {"Grace period", text_of(spec, "terminationGracePeriod")},
       {"Restart", text_of(spec, "restartPolicy")}},
      ctx.term.color);
  for (auto& container : list_of(spec, "containers"))
    text += container_text(container);
  for (auto& f : list_of(s, "forwarders"))
    text += fmt::format("\nForwarder \"{}\"\n", printable(text_of(f, "name"))) +
            description({{"Address", text_of(f, "address")},
                         {"Type", text_of(f, "type")},
                         {"Enabled", f.value("enable", false) ? "yes" : "no"}});
  return text;
}

} // namespace

void create_scheduler(const context& ctx, const create_options& options) {
  auto vars = options.vars;
  vars.emplace("RECIPE_DIR", folder_of(options.file));
  auto body =
      recipe_to_json(read_recipe(ctx.term, options.file), options.file == "-" ? "<stdin>" : options.file, vars);
  auto answer = ctx.api.post("/schedulers", body);
  auto& created = answer["scheduler"];
  auto name = text_of(created, "name");
  auto operation = find_operation(ctx, name, "create_scheduler");
  if (!ctx.plain())
    ctx.print(answer);
  else
    ctx.term.out << fmt::format("scheduler {} created: {} rooms wanted, version {}\n", name,
                                number_of(created, "roomsReplicas"),
                                text_of(created.value("spec", json::object()), "version"));
  if (!options.wait.wait) {
    if (ctx.plain() && !operation.empty())
      ctx.term.out << fmt::format("operation {}\nfollow it with: maestro operation watch {} {}\n", operation, name,
                                  operation);
    return;
  }
  if (!operation.empty())
    watch_operation(ctx, name, operation, options.wait);
  if (options.wait.rooms_ready)
    wait_for_rooms(ctx, name, options.wait);
}

void list_schedulers(const context& ctx, const list_schedulers_options& options) {
  auto filter = "?game=" + url_encode(options.game);
  auto answer = ctx.api.get("/schedulers" + filter);
  if (!ctx.plain())
    return ctx.print(answer);
  std::map<std::string, json> infos;
  for (auto& info : list_of(ctx.api.get("/schedulers/info" + filter), "schedulers"))
    infos[text_of(info, "name")] = info;

  std::vector<std::string> headings{"NAME",  "GAME",     "STATE",   "VERSION", "WANTED",
                                    "READY", "OCCUPIED", "PENDING", "AGE"};
  if (ctx.wide())
    headings.insert(headings.end(), {"TERMINATING", "MAX SURGE", "MATCHES/ROOM", "HOST PORTS"});
  std::map<std::string, std::vector<std::string>> rows;
  for (auto& s : list_of(answer, "schedulers")) {
    auto name = text_of(s, "name");
    auto& info = infos[name];
    std::vector<std::string> row{name,
                                 text_of(s, "game"),
                                 text_of(s, "state"),
                                 text_of(s, "version"),
                                 std::to_string(number_of(s, "roomsReplicas")),
                                 std::to_string(number_of(info, "roomsReady")),
                                 std::to_string(number_of(info, "roomsOccupied")),
                                 std::to_string(number_of(info, "roomsPending")),
                                 age_of(text_of(s, "createdAt"), ctx.term.now())};
    if (ctx.wide()) {
      row.push_back(std::to_string(number_of(info, "roomsTerminating")));
      row.push_back(text_of(s, "maxSurge"));
      row.push_back(std::to_string(number_of(s.value("matchAllocation", json::object()), "maxMatches")));
      row.push_back(range_text(s.value("portRange", json{})));
    }
    rows[name] = std::move(row);
  }
  if (rows.empty()) {
    ctx.term.err << "no schedulers; create one with: maestro scheduler create -f FILE\n";
    return;
  }
  table all{headings};
  for (auto& [name, row] : rows)
    all.add(std::move(row));
  ctx.term.out << all.text(ctx.term.color);
}

void get_scheduler(const context& ctx, const std::string& name, const std::string& version) {
  auto query = version.empty() ? std::string{} : "?version=" + url_encode(version);
  auto answer = ctx.api.get(schedulers_path({name}) + query);
  if (!ctx.plain())
    return ctx.print(answer);
  ctx.term.out << scheduler_text(ctx, answer["scheduler"]);
}

void list_versions(const context& ctx, const std::string& name) {
  auto answer = ctx.api.get(schedulers_path({name, "versions"}));
  if (!ctx.plain())
    return ctx.print(answer);
  table all{{"VERSION", "ACTIVE", "CREATED", "AGE"}};
  for (auto& v : list_of(answer, "versions"))
    all.add({text_of(v, "version"), v.value("isActive", false) ? "yes" : "no", text_of(v, "createdAt"),
             age_of(text_of(v, "createdAt"), ctx.term.now())});
  ctx.term.out << all.text(ctx.term.color);
}

void delete_scheduler(const context& ctx, const std::string& name, const wait_options& wait) {
  auto answer = ctx.api.remove(schedulers_path({name}));
  auto operation = text_of(answer, "operationId");
  if (!ctx.plain())
    ctx.print(answer);
  else
    ctx.term.out << fmt::format("scheduler {} is being deleted\n", name);
  if (wait.wait)
    return watch_operation(ctx, name, operation, wait);
  if (ctx.plain())
    ctx.term.out << fmt::format("operation {}\nfollow it with: maestro operation watch {} {}\n", operation, name,
                                operation);
}

} // namespace maestro::cli
