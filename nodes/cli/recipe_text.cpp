#include "nodes/cli/recipe_text.hpp"

#include "nodes/cli/json_path.hpp"
#include "nodes/cli/printable.hpp"
#include "nodes/cli/render.hpp"
#include "nodes/cli/scheduler_health.hpp"

#include <fmt/format.h>

namespace maestro::cli {

std::string range_text(const json& range) {
  return range.is_object() ? fmt::format("{}-{}", number_of(range, "start"), number_of(range, "end")) : "-";
}

namespace {

std::string port_text(const json& port) {
  auto text = fmt::format("{} {}/{}", text_of(port, "name"), number_of(port, "port"), text_of(port, "protocol"));
  if (auto count = number_of(port, "count"); count > 1)
    text += fmt::format(" x{}", count);
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
  auto requests = object_of(c, "requests"), limits = object_of(c, "limits");
  return "\n" + fmt::format("Container \"{}\"\n", printable(text_of(c, "name"))) +
         description({{"Image", text_of(c, "image")},
                      {"Command", joined(list_of(c, "command"), command_word, " ")},
                      {"Ports", joined(list_of(c, "ports"), port_text, ", ")},
                      {"Requests", text_of(requests, "cpu", "-") + " cpu, " + text_of(requests, "memory", "-")},
                      {"Limits", text_of(limits, "cpu", "-") + " cpu, " + text_of(limits, "memory", "-")}});
}

std::string autoscaling_text(const json& a) {
  if (a.empty())
    return "";
  auto max = number_of(a, "max");
  auto policy = object_of(a, "policy");
  return fmt::format("{}{}, {} to {} rooms", truth_of(a, "enabled") ? "" : "off, ", text_of(policy, "type"),
                     number_of(a, "min"), max < 0 ? "any number of" : std::to_string(max));
}

std::string labels_text(const json& labels) {
  std::string text;
  for (auto& [name, value] : labels.items())
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, bare_text(value));
  return text;
}

} // namespace

std::string scheduler_text(const context& ctx, const json& s, const json& info, const std::string& health) {
  auto spec = object_of(s, "spec");
  auto matches = object_of(s, "matchAllocation");
  auto labels = object_of(s, "labels");
  auto text = description(
      {{"Name", text_of(s, "name")},
       {"Game", text_of(s, "game")},
       {"State", text_of(s, "state")},
       {"Version", text_of(spec, "version")},
       {"Created", text_of(s, "createdAt") + " (" + age_of(text_of(s, "createdAt"), ctx.term.now()) + " ago)"},
       {"Rooms wanted", std::to_string(number_of(s, "roomsReplicas"))},
       {"Rooms", info.is_object() ? counts_text(info) : "-"},
       {"Health", health.empty() ? "good" : health},
       {"Max surge", text_of(s, "maxSurge")},
       {"Matches/room", std::to_string(number_of(matches, "maxMatches"))},
       {"Host ports", range_text(s.value("portRange", json{}))},
       {"Autoscaling", autoscaling_text(object_of(s, "autoscaling"))},
       {"Labels", labels_text(labels)},
       {"Grace period", text_of(spec, "terminationGracePeriod")},
       {"Restart", text_of(spec, "restartPolicy")}},
      ctx.term.color);
  for (auto& container : list_of(spec, "containers"))
    text += container_text(container);
  for (auto& f : list_of(s, "forwarders"))
    text += fmt::format("\nForwarder \"{}\"\n", printable(text_of(f, "name"))) +
            description({{"Address", text_of(f, "address")},
                         {"Type", text_of(f, "type")},
                         {"Enabled", truth_of(f, "enable") ? "yes" : "no"}});
  return text;
}

} // namespace maestro::cli
