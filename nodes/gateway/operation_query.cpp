#include "nodes/gateway/operation_query.hpp"

#include <optional>
#include <sstream>
#include <vector>

namespace maestro {

namespace {

constexpr std::uint32_t most_per_page = 100;

failure refused(std::string text) {
  return {ec::invalid_argument, std::move(text)};
}

/// Whether newest come first.
result<bool> read_order(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;)
    words.push_back(word);
  if (words.size() > 2)
    return refused("invalid sorting parameters number");
  if (!words.empty() && words[0] != "createdAt")
    return refused("invalid sorting field: " + words[0]);
  if (words.size() < 2 || words[1] == "desc")
    return true;
  if (words[1] == "asc")
    return false;
  return refused("invalid sorting order: " + words[1]);
}

std::optional<operation_stage> read_stage(const std::string& text) {
  for (auto stage : {operation_stage::pending, operation_stage::active, operation_stage::final})
    if (text == stage_name(stage))
      return stage;
  return std::nullopt;
}

} // namespace

std::string_view stage_name(operation_stage stage) {
  switch (stage) {
  case operation_stage::pending: return "pending";
  case operation_stage::active: return "active";
  case operation_stage::final: return "final";
  }
  return "invalid";
}

result<list_operations> operation_query(const std::string& scheduler, const query_parameters& query) {
  auto order_by = query.text("order_by", "orderBy");
  if (!order_by)
    return order_by.error();
  auto stage_text = query.text("stage", "stage");
  if (!stage_text)
    return stage_text.error();
  auto page = query.number("page", "page");
  if (!page)
    return page.error();
  auto per_page = query.number("per_page", "perPage");
  if (!per_page)
    return per_page.error();

  auto descending = read_order(*order_by);
  if (!descending)
    return descending.error();
  if (*page && **page == 0)
    return refused("page must be greater than 0");
  if (*per_page && (**per_page == 0 || **per_page > most_per_page))
    return refused("page size must be between 0 and 100");
  if ((*page || *per_page) && *stage_text != "final")
    return refused("there is no pagination filter implemented for " + *stage_text + " stage");
  auto stage = read_stage(*stage_text);
  if (!stage)
    return refused("invalid stage filter: " + *stage_text);

  list_operations asked;
  asked.scheduler = scheduler_name(scheduler);
  asked.stage = *stage;
  asked.page = (*page).value_or(asked.page);
  asked.per_page = (*per_page).value_or(asked.per_page);
  asked.descending = *descending;
  return asked;
}

} // namespace maestro
