#include "nodes/cli/cluster_status.hpp"

#include <fmt/format.h>

#include <map>

namespace maestro::cli {

namespace {

constexpr std::size_t most_named = 10;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (auto& word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// How many there are of each, and by name whoever is not ready or not trusted by somebody.
std::string nodes_text(const std::vector<json>& nodes) {
  std::map<std::string, int> counts;
  std::vector<std::string> noted;
  for (auto& node : nodes) {
    auto status = text_of(node, "status");
    ++counts[status];
    std::vector<std::string> suspecting;
    for (auto& name : list_of(node, "suspectedBy"))
      suspecting.push_back(name.get<std::string>());
    if (status == "ready" && suspecting.empty())
      continue;
    auto text = text_of(node, "name") + " " + status;
    if (auto reason = text_of(node, "reason"); !reason.empty())
      text += ": " + reason;
    if (!suspecting.empty())
      text += fmt::format(" (suspected by {})", joined(suspecting));
    noted.push_back(text);
  }
  std::vector<std::string> parts;
  for (auto* status : {"ready", "draining", "unreachable", "gone"})
    if (counts[status] > 0)
      parts.push_back(fmt::format("{} {}", counts[status], status));
  if (noted.size() > most_named) {
    auto more = noted.size() - most_named;
    noted.resize(most_named);
    noted.push_back(fmt::format("and {} others", more));
  }
  return joined(parts) + (noted.empty() ? "" : "; " + joined(noted));
}

std::string store_text(const json& store) {
  if (!truth_of(store, "answers"))
    return "does not answer: " + text_of(store, "reason");
  auto micros = number_of(store, "roundTripMicros");
  return micros > 0 ? fmt::format("answers in {:.1f} ms", static_cast<double>(micros) / 1000) : "answers";
}

std::string copying_text(const json& copying) {
  auto in_store = number_of(copying, "inStore"), to_copy = number_of(copying, "toCopy");
  return fmt::format("{} batch{} in the store, {} on {} way to this node's disk", in_store,
                     in_store == 1 ? "" : "es", to_copy, to_copy == 1 ? "its" : "their");
}

} // namespace

std::vector<std::pair<std::string, std::string>> cluster_facts(const json& answer) {
  auto cluster = text_of(answer, "cluster");
  if (cluster.empty())
    return {};
  auto nodes = items_of(answer, node_items);
  std::string self;
  for (auto& node : nodes)
    if (truth_of(node, "isSelf"))
      self = text_of(node, "name");
  std::vector<std::pair<std::string, std::string>> facts{
      {"Cluster", fmt::format("{}, node {} answers", cluster, self)},
      {"Nodes", nodes_text(nodes)},
      {"Store", store_text(object_of(answer, "store"))},
      {"Copying", copying_text(object_of(answer, "copying"))}};
  if (auto lost = number_of(answer, "schedulersWithoutOwner"); lost > 0)
    facts.emplace_back("Without owner", fmt::format("{} schedulers: their node is not in the cluster", lost));
  return facts;
}

} // namespace maestro::cli
