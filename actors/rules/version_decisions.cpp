// New versions and switches between them: what of scheduler_decisions is about what the active version is. One such
// operation at a time, so that no edit overwrites another one.
#include "actors/rules/scheduler_decisions.hpp"
#include "actors/rules/scheduler_validation.hpp"
#include "actors/rules/version_rules.hpp"

#include <fmt/format.h>

namespace maestro::rules {

namespace {

scheduler_decision<operation_id> refused(failure why) {
  scheduler_decision<operation_id> decided;
  decided.reply = std::move(why);
  return decided;
}

// The first one that changes, or is about to change, what the active version is.
const operation* find_version_operation(const scheduler_table& table) {
  for (auto* list : {&table.active(), &table.pending()})
    for (auto& one : *list)
      if (std::holds_alternative<create_new_scheduler_version_operation>(one.definition) ||
          std::holds_alternative<switch_active_version_operation>(one.definition))
        return &one;
  return nullptr;
}

failure is_ongoing(const operation& other, const scheduler_name& name, const char* what) {
  return {ec::failed_precondition,
          fmt::format("cannot {}: there is already an ongoing version operation (id: {}) for scheduler {}", what,
                      other.id.str(), name.str())};
}

// Of two who change what both have read, one learns that he must read again.
result<done> check_base(const std::string& base, const scheduler& active) {
  if (base.empty() || base == active.spec.version)
    return done{};
  return failure{ec::aborted, fmt::format("the active version of scheduler {} is {}, not {}", active.name.str(),
                                          active.spec.version, base)};
}

result<done> check_patched(const scheduler& before, const scheduler& after) {
  if (classify_change(before, after) == change_kind::none)
    return failure{ec::already_exists, fmt::format("no change found to scheduler {}", before.name.str())};
  const std::string prefix = "invalid patched scheduler: ";
  if (auto broken = new_violations(before, after); !broken.empty())
    return failure{ec::invalid_argument, prefix + raw_text(broken)};
  if (auto conflict = port_range_conflict(after))
    return failure{ec::invalid_argument, prefix + *conflict};
  return done{};
}

// What belongs to the scheduler and not to its versions stays; the number is drawn here, because nothing can come
// between this and the operation's end.
result<scheduler> next_recipe(const scheduler_table& table, scheduler wanted) {
  auto& active = table.recipe();
  wanted.name = active.name;
  wanted.game = active.game;
  wanted.state = active.state;
  wanted.created_at = active.created_at;
  wanted.last_downscale_at = active.last_downscale_at;
  wanted.rollback_version = active.spec.version;
  auto kind = classify_change(active, wanted);
  auto number = kind == change_kind::none ? active.spec.version
                                          : next_version(kind, active.spec.version, table.version_numbers());
  if (!number)
    return number.error();
  wanted.spec.version = *number;
  return wanted;
}

} // namespace

failure no_scheduler_to_change(const scheduler_name& name) {
  return {ec::not_found,
          fmt::format(
              "no scheduler found, can not create new version for inexistent scheduler: scheduler {} not found",
              name.str()),
          failure_subject::scheduler};
}

scheduler_decision<operation_id> decide(const scheduler_table& table, const new_scheduler_version& command,
                                        const occasion& when) {
  if (!table.exists())
    return refused(no_scheduler_to_change(when.name));
  if (auto before = decided_before(table, command.request, create_new_scheduler_version_operation{}))
    return *before;
  if (auto* other = find_version_operation(table))
    return refused(
        is_ongoing(*other, when.name, command.is_patch ? "patch scheduler" : "create new scheduler version"));
  auto& active = table.recipe();
  if (auto base = check_base(command.base_version, active); !base)
    return refused(base.error());
  auto wanted = next_recipe(table, command.recipe);
  if (!wanted)
    return refused(wanted.error());
  if (command.is_patch)
    if (auto valid = check_patched(active, *wanted); !valid)
      return refused(valid.error());
  if (auto why = beyond_budget(*wanted, when))
    return refused(*why);
  create_new_scheduler_version_operation definition{std::move(*wanted)};
  return decide(table, enqueue_operation{std::move(definition), false, false, command.request}, when);
}

scheduler_decision<operation_id> decide(const scheduler_table& table, const switch_active_version& command,
                                        const occasion& when) {
  if (auto before = decided_before(table, command.request, switch_active_version_operation{}))
    return *before;
  if (auto* other = table.exists() ? find_version_operation(table) : nullptr)
    return refused(is_ongoing(*other, when.name, "switch active version"));
  if (table.exists())
    if (auto base = check_base(command.base_version, table.recipe()); !base)
      return refused(base.error());
  switch_active_version_operation definition{command.version};
  return decide(table, enqueue_operation{std::move(definition), false, false, command.request}, when);
}

} // namespace maestro::rules
