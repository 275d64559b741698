// Is this `spec.health` acceptable (proto/README.md 2.6)? Every bound of it, with the value that breaks it and the limit. For
// actors/rules/scheduler_validation.
#pragma once

#include "actors/rules/scheduler_validation.hpp"

namespace maestro::rules {

/// `where`: the path of the block, `Scheduler.Spec.Health`. Nothing where the spec has none.
std::vector<violation> health_violations(const scheduler_spec& spec, const std::string& where);

} // namespace maestro::rules
