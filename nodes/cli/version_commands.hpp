// What changes a scheduler that is there: `apply`, `edit`, `scale`, `switch`, `rollback`, and `rollout status`, which follows
// what they have begun. Each looks first, says what it will do and why, and does nothing where nothing would change.
#pragma once

#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/recipe_check.hpp"

#include <string>
#include <vector>

namespace maestro::cli {

struct apply_options {
  std::vector<std::string> files;
  variables vars;
  bool plan = false; ///< only say it
  wait_options wait;
};
void apply_schedulers(const context& ctx, const apply_options& options);

struct edit_options {
  std::string scheduler;
  wait_options wait;
};
/// In $VISUAL, $EDITOR or vi.
void edit_scheduler(const context& ctx, const edit_options& options);

struct scale_options {
  std::string scheduler;
  std::int64_t replicas = 0;
  wait_options wait;
};
void scale_scheduler(const context& ctx, const scale_options& options);

struct switch_options {
  std::string scheduler;
  std::string version; ///< empty: the one before the active one
  wait_options wait;
};
void switch_version(const context& ctx, const switch_options& options);

/// Until the rooms are those of the active version and no version operation is under way. Throws `failure`: exit_refused when
/// an operation failed or rooms keep dying, exit_timeout.
void follow_rollout(const context& ctx, const std::string& scheduler, const wait_options& wait);

/// After a change was accepted: says how to follow it, or follows it.
void after_change(const context& ctx, const std::string& scheduler, const std::string& operation,
                  const wait_options& wait);

/// One recipe, as apply does it. `base`: the version that it was made from; where another one is active, throws `failure`.
void apply_recipe(const context& ctx, const checked_recipe& recipe, bool plan, const wait_options& wait,
                  const std::string& base = {});

} // namespace maestro::cli
