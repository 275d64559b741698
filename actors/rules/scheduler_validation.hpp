// Is this recipe acceptable? Every rule, namespace and text of proto/README.md 1.7 and 9.3, in the order of the
// scheduler's fields, and no rule beyond them: what the original takes, we take, but for a grace period of more than a
// month (longest_grace_period) and host ports that no host has. What is ours alone, spec.health, has rules of its own (rules/health_validation). A pure function of the scheduler. The management door asks before it sends create_scheduler, later also for new versions and patches.
#pragma once

#include "messages/error.hpp"
#include "messages/scheduler_types.hpp"

#include <optional>
#include <string>
#include <vector>

namespace maestro::rules {

/// Whoever writes "never" as a huge number of seconds would wait for a stuck game server for ever.
constexpr duration longest_grace_period = std::chrono::hours{24 * 31};

/// One field that breaks a rule; the first broken rule of the field only.
struct violation {
  std::string where; ///< `Scheduler.Spec.Containers[0].Name`
  std::string field; ///< `Name`
  std::string tag;   ///< the rule's name in raw texts: `required`, `max_surge`, …; empty: they have the message
  std::string message; ///< `Name is a required field`
  std::string value{}; ///< where an older recipe may break the rule and the message does not say with what
  bool operator==(const violation&) const = default;
};

/// Every rule of single fields. `root` is `Scheduler`; autoscaling, where present, is part of it.
std::vector<violation> scheduler_violations(const scheduler& recipe);
/// Those that are not in `before` already, with the same value: what was acceptable when it was stored may stay as it is.
std::vector<violation> new_violations(const scheduler& before, const scheduler& after);
/// Autoscaling alone; `root` is `Autoscaling` for whole requests.
std::vector<violation> autoscaling_violations(const autoscaling& recipe, const std::string& root);
/// Why the scheduler's port ranges do not go together, if they do not.
std::optional<std::string> port_range_conflict(const scheduler& recipe);

/// `Validation Error:` and one line `<where>: <message>` for each violation.
std::string friendly_text(const std::vector<violation>& violations);
/// `Key: '<where>' Error:Field validation for '<field>' failed on the '<tag>' tag`, one line each, or `Key: '<where>'
/// Error:<message>` for fields of our own: what M5 answers.
std::string raw_text(const std::vector<violation>& violations);

/// What M3 and M4 refuse with `invalid_argument`: autoscaling first and alone, then the fields, then the port
/// ranges.
result<done> validate_scheduler(const scheduler& recipe);

/// The rule for names of schedulers and containers: 1 to 63 of `a-z 0-9 -`, no hyphen at either end.
bool is_resource_name(const std::string& name);
/// A whole number of at least 1, or any whole number followed by `%`.
bool is_max_surge(const std::string& text);
/// `v1.2.3`, the v being optional, with pre-release and build parts allowed.
bool is_semantic_version(const std::string& text);

} // namespace maestro::rules
