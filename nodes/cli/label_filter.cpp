#include "nodes/cli/label_filter.hpp"

#include "messages/text.hpp"
#include "nodes/cli/answers.hpp"
#include "nodes/cli/failure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::cli {

label_filter label_filter::parse(const std::string& text) {
  label_filter filter;
  if (text.empty())
    return filter;
  for (auto& part : split_list(text)) {
    condition one;
    if (auto differs = part.find("!="); differs != std::string::npos)
      one = {condition::kind::differs, part.substr(0, differs), part.substr(differs + 2)};
    else if (auto equal = part.find('='); equal != std::string::npos)
      one = {condition::kind::equal, part.substr(0, equal), part.substr(equal + (part[equal + 1] == '=' ? 2 : 1))};
    else if (part.starts_with('!'))
      one = {condition::kind::absent, part.substr(1), ""};
    else
      one = {condition::kind::present, part, ""};
    if (one.key.empty())
      throw failure(
          exit_usage,
          fmt::format("--selector \"{}\": expected KEY=VALUE, KEY!=VALUE, KEY or !KEY, separated by commas",
                      text));
    filter.conditions_.push_back(std::move(one));
  }
  return filter;
}

bool label_filter::holds(const json& labels) const {
  return std::all_of(conditions_.begin(), conditions_.end(), [&](auto& wanted) {
    bool has = labels.is_object() && labels.contains(wanted.key);
    switch (wanted.what) {
    case condition::kind::present: return has;
    case condition::kind::absent: return !has;
    case condition::kind::equal: return has && text_of(labels, wanted.key) == wanted.value;
    case condition::kind::differs: return !has || text_of(labels, wanted.key) != wanted.value;
    }
    return false;
  });
}

} // namespace maestro::cli
