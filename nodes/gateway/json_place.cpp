#include "nodes/gateway/json_place.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro {

std::string json_place::show() const {
  auto before = text_.substr(0, static_cast<std::size_t>(raw_token().data() - text_.data()));
  auto line = 1 + std::count(before.begin(), before.end(), '\n');
  auto line_start = before.rfind('\n') + 1; // 0 when there is none
  return fmt::format("(line {}:{})", line, before.size() - line_start + 1);
}

std::string json_place::token() const {
  constexpr std::size_t shown = 80;
  auto raw = raw_token();
  return std::string(raw.substr(0, shown)) + (raw.size() > shown ? "…" : "");
}

/// RapidJSON reports a bracket before it takes it.
std::string_view json_place::raw_token() const {
  auto start = text_.find_first_not_of(" \t\r\n,:}]", previous_end_);
  if (start == text_.npos)
    return text_.substr(text_.size());
  auto end = stream_.Tell();
  return text_.substr(start, end > start ? end - start : 1);
}

} // namespace maestro
