#include "nodes/cli/answers.hpp"

#include "nodes/cli/failure.hpp"
#include "nodes/cli/json_path.hpp"
#include "nodes/cli/recipe.hpp"
#include "nodes/cli/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <ostream>

namespace maestro::cli {

namespace {

/// `NAME:.name,READY:.roomsReady`
table custom_table(const std::string& columns, const std::vector<json>& items) {
  std::vector<std::string> headings;
  std::vector<json_path> paths;
  for (std::size_t at = 0; at <= columns.size();) {
    auto end = std::min(columns.find(',', at), columns.size());
    auto column = columns.substr(at, end - at);
    auto colon = column.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == column.size())
      throw failure(exit_usage, fmt::format("custom-columns: \"{}\": expected HEADING:.FIELD", column));
    headings.push_back(column.substr(0, colon));
    paths.push_back(json_path::parse(column.substr(colon + 1)));
    at = end + 1;
  }
  table all{headings};
  for (auto& item : items) {
    std::vector<std::string> row;
    for (auto& path : paths) {
      std::string cell;
      for (auto* value : path.find(item))
        cell += (cell.empty() ? "" : ",") + bare_text(*value);
      row.push_back(cell.empty() ? "<none>" : cell);
    }
    all.add(std::move(row));
  }
  return all;
}

/// Numbers by value, also those that JSON writes as texts; everything else as text.
bool is_less(const json& a, const json& b) {
  auto number = [](const json& value) -> std::optional<double> {
    if (value.is_number())
      return value.get<double>();
    if (!value.is_string())
      return std::nullopt;
    auto& text = value.get_ref<const std::string&>();
    bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos && text.size() < 19;
    return digits ? std::optional<double>{std::stod(text)} : std::nullopt;
  };
  auto x = number(a), y = number(b);
  return x && y ? *x < *y : bare_text(a) < bare_text(b);
}

} // namespace

void context::print(const json& answer) const {
  switch (output.format) {
  case output_format::as_yaml: term.out << json_to_yaml(answer.dump()); break;
  case output_format::jsonpath: {
    auto text = json_template::parse(output.expression).render(answer);
    term.out << text << (text.empty() || text.back() == '\n' ? "" : "\n");
    break;
  }
  default: term.out << answer.dump(2) << "\n";
  }
  term.out << std::flush;
}

void context::print(const table& rows) const {
  auto width = term.live ? term.width() : 0;
  for (auto& line : rows.fitted(width).lines(term.color, !output.no_headers))
    term.out << line << "\n";
  term.out << std::flush;
}

std::vector<json> items_of(const json& answer, const item_kind& kind) {
  if (answer.is_object() && answer.contains(kind.singular) && answer[kind.singular].is_object())
    return {answer[kind.singular]};
  auto list = list_of(answer, kind.plural);
  return {list.begin(), list.end()};
}

void sort_items(std::vector<json>& items, const std::string& field) {
  if (field.empty())
    return;
  auto path = json_path::parse(field);
  auto key = [&](const json& item) {
    auto found = path.find(item);
    return found.empty() ? nullptr : found.front();
  };
  bool is_known = items.empty() || std::any_of(items.begin(), items.end(), key);
  if (!is_known)
    throw failure(
        exit_usage,
        fmt::format("--sort-by {}: none of them has such a field; `-o json` shows which there are", field));
  std::stable_sort(items.begin(), items.end(), [&](const json& a, const json& b) {
    auto *x = key(a), *y = key(b);
    return x != nullptr && y != nullptr ? is_less(*x, *y) : x != nullptr;
  });
}

bool print_items(const context& ctx, const json& answer, const item_kind& kind, const std::vector<json>& items) {
  switch (ctx.output.format) {
  case output_format::human:
  case output_format::wide: return false;
  case output_format::names:
    for (auto& item : items)
      ctx.term.out << text_of(item, kind.id) << "\n";
    ctx.term.out << std::flush;
    return true;
  case output_format::custom_columns: ctx.print(custom_table(ctx.output.expression, items)); return true;
  case output_format::as_json:
  case output_format::as_yaml:
  case output_format::jsonpath: break;
  }
  if (ctx.output.sort_by.empty() || !list_of(answer, kind.plural).size()) {
    ctx.print(answer);
    return true;
  }
  auto sorted = items_of(answer, kind);
  sort_items(sorted, ctx.output.sort_by);
  auto ordered = answer;
  ordered[kind.plural] = sorted;
  ctx.print(ordered);
  return true;
}

bool print_items(const context& ctx, const json& answer, const item_kind& kind) {
  auto items = items_of(answer, kind);
  return print_items(ctx, answer, kind, items);
}

std::string text_of(const json& value, const std::string& field, const std::string& fallback) {
  auto found = value.is_object() ? value.find(field) : value.end();
  if (found == value.end() || found->is_null())
    return fallback;
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::int64_t number_of(const json& value, const std::string& field) {
  auto found = value.is_object() ? value.find(field) : value.end();
  if (found == value.end())
    return 0;
  if (found->is_number())
    return found->get<std::int64_t>();
  return found->is_string() ? std::atoll(found->get_ref<const std::string&>().c_str()) : 0;
}

bool truth_of(const json& value, const std::string& field) {
  auto found = value.is_object() ? value.find(field) : value.end();
  return found != value.end() && found->is_boolean() && found->get<bool>();
}

json list_of(const json& value, const std::string& field) {
  auto found = value.is_object() ? value.find(field) : value.end();
  return found != value.end() && found->is_array() ? *found : json::array();
}

json object_of(const json& value, const std::string& field) {
  auto found = value.is_object() ? value.find(field) : value.end();
  return found != value.end() && found->is_object() ? *found : json::object();
}

} // namespace maestro::cli
