// What a changed recipe is: no change, a minor version that leaves the rooms alone, or a major one that replaces them
// (proto/README.md 2.2), and which number it gets (2.3). Pure; asked by the scheduler's decisions, by the room pool,
// which must know whose rooms are replaced, and by the command line, which shows it before it happens.
#pragma once

#include "messages/error.hpp"
#include "messages/scheduler_types.hpp"

#include <string>
#include <vector>

namespace maestro::rules {

enum class change_kind : std::uint8_t {
  none,  ///< nothing an operator can set differs
  minor, ///< rooms stay as they are
  major, ///< rooms are made anew
};
/// `none`, `minor`, `major`.
std::string to_string(change_kind kind);

/// One field that differs; `path` as in a recipe: `spec.containers[0].image`.
struct field_change {
  std::string path;
  change_kind kind = change_kind::minor;
  bool operator==(const field_change&) const = default;
};

/// Every field that differs, in the order of the recipe. Name, game, state, versions and times belong to the scheduler,
/// not to its recipe. A port that only moved, got another hostPort or was removed is minor, as is everything that
/// is about how many rooms there are; a restart policy that was not given is Never.
std::vector<field_change> changed_fields(const scheduler& before, const scheduler& after);

change_kind classify_change(const scheduler& before, const scheduler& after);

/// The number after `active` among `versions` (which hold it): for a major change one more than the highest major number
/// of all, for a minor one more than the highest minor number of the active version's major. Fails with
/// `unknown` on a version that is no version.
result<std::string> next_version(change_kind kind, const std::string& active,
                                 const std::vector<std::string>& versions);

/// Same major number of two semantic versions (leading v optional); false when either cannot be read.
bool same_major(const std::string& left, const std::string& right);

} // namespace maestro::rules
