// What differs between two recipes, field by field, and what kind of version the difference makes (proto/README.md 2.2). For
// `apply` and its `--plan`.
#pragma once

#include "messages/scheduler_types.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace maestro::cli {

struct field_difference {
  std::string path;                     ///< `spec.containers[0].image`
  nlohmann::ordered_json before, after; ///< null: not there
};

struct recipe_change {
  std::vector<field_difference> fields; ///< empty: nothing differs
  bool is_major = false;                ///< rooms are made anew
};

recipe_change change_between(const scheduler& before, const scheduler& after);

/// The fields of `after`, all of which are there, that a patch has to name. Empty: it cannot be said by a patch, which cannot take a block away.
nlohmann::ordered_json patch_for(const recipe_change& change, const nlohmann::ordered_json& after);

/// `~ maxSurge: "10%" -> "25%"`
std::string difference_text(const field_difference& difference);

} // namespace maestro::cli
