#include "actors/rules/scheduler_table.hpp"

#include "actors/rules/operation_history.hpp"
#include "messages/journal_codec.hpp"
#include "messages/overloaded.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::rules {

namespace {

auto by_id(const operation_id& id) {
  return [&id](const operation& one) { return one.id == id; };
}

const operation* find_in(const std::vector<operation>& list, const operation_id& id) {
  auto found = std::find_if(list.begin(), list.end(), by_id(id));
  return found == list.end() ? nullptr : &*found;
}

std::uint64_t bytes_of(const operation_definition& what) {
  return std::visit(
      overloaded{[](const create_scheduler_operation& made) { return rules::bytes_of(made.recipe); },
                 [](const create_new_scheduler_version_operation& made) { return rules::bytes_of(made.recipe); },
                 [](const auto&) { return std::uint64_t{0}; }},
      what);
}

} // namespace

std::uint64_t bytes_of(const scheduler& recipe) {
  return encode(recipe).size();
}

struct scheduler_table::applier {
  scheduler_table& table;

  void operator()(const scheduler_created& event) {
    table = {};
    table.exists_ = true;
    table.recipe_ = event.recipe;
    add_version(event.recipe, table.recipe_, event.recipe.created_at);
  }
  void operator()(const scheduler_state_changed& event) {
    auto next = *table.recipe_;
    next.state = event.state;
    table.change(std::move(next));
  }
  void operator()(const scheduler_downscaled& event) {
    auto next = *table.recipe_;
    next.last_downscale_at = event.at;
    table.change(std::move(next));
  }
  void operator()(const scheduler_version_added& event) { add_version(event.recipe, event.recipe, event.at); }
  void operator()(const active_version_switched& event) {
    auto found = table.find_version(event.version);
    if (found == table.versions_.end())
      return;
    auto next = *found->recipe;
    next.name = table.recipe_->name;
    next.game = table.recipe_->game;
    next.state = table.recipe_->state;
    next.created_at = table.recipe_->created_at;
    next.last_downscale_at = table.recipe_->last_downscale_at;
    found->recipe = table.recipe_ = std::move(next);
  }
  void operator()(const scheduler_version_dropped& event) {
    auto found = table.find_version(event.version);
    if (found == table.versions_.end() || found->recipe.is(table.recipe_))
      return;
    table.recipe_bytes_ -= found->bytes;
    table.versions_.erase(found);
  }
  void operator()(const operation_enqueued& event) {
    table.requests_.remember(
        {event.request, event.what.created_at, definition_name(event.what.definition), event.what.id.str()});
    auto& queue = table.pending_;
    table.recipe_bytes_ += bytes_of(event.what.definition);
    queue.insert(event.priority ? queue.begin() : queue.end(), event.what);
  }
  void operator()(const operation_started& event) {
    auto found = std::find_if(table.pending_.begin(), table.pending_.end(), by_id(event.id));
    if (found == table.pending_.end())
      return;
    table.active_.push_back(started(std::move(*found), event.at));
    table.pending_.erase(found);
  }
  void operator()(const operation_progressed& event) {
    for (auto& one : table.active_)
      if (one.id == event.id)
        one.history.push_back(event.line);
  }
  void operator()(const operation_stepped& event) {
    for (auto& one : table.active_)
      if (one.id == event.id)
        one.step = event.step;
  }
  void operator()(const operation_ended& event) {
    for (auto* ended : {table.find_active(event.id), table.find_pending(event.id)})
      if (ended != nullptr)
        table.recipe_bytes_ -= bytes_of(ended->definition);
    std::erase_if(table.active_, by_id(event.id));
    std::erase_if(table.pending_, by_id(event.id));
    table.active_.shrink_to_fit(); // most schedulers are at rest most of the time
    table.pending_.shrink_to_fit();
  }
  void operator()(const scheduler_deleted&) { table = {}; }

private:
  void add_version(const scheduler& told, const shared_scheduler& kept, timestamp at) {
    auto bytes = bytes_of(told);
    table.recipe_bytes_ += bytes;
    table.versions_.push_back({kept, told.state, told.last_downscale_at, at, bytes});
  }
};

std::vector<scheduler_table::version>::iterator scheduler_table::find_version(const std::string& number) {
  return std::find_if(versions_.begin(), versions_.end(),
                      [&](auto& one) { return one.recipe->spec.version == number; });
}

std::vector<std::string> scheduler_table::version_numbers() const {
  std::vector<std::string> all;
  for (auto& one : versions_)
    all.push_back(one.recipe->spec.version);
  return all;
}

void scheduler_table::change(scheduler next) {
  shared_scheduler changed(std::move(next));
  for (auto& one : versions_)
    if (one.recipe.is(recipe_))
      one.recipe = changed;
  recipe_ = std::move(changed);
}

scheduler_snapshot scheduler_table::snapshot() const {
  scheduler_snapshot whole{exists_, *recipe_, {}, pending_, active_, requests_.all()};
  for (auto& one : versions_) {
    auto recipe = *one.recipe;
    recipe.state = one.state;
    recipe.last_downscale_at = one.last_downscale_at;
    whole.versions.push_back({std::move(recipe), one.created_at});
  }
  return whole;
}

void scheduler_table::restore(scheduler_snapshot snapshot) {
  *this = {};
  exists_ = snapshot.exists;
  recipe_ = std::move(snapshot.recipe);
  pending_ = std::move(snapshot.pending);
  active_ = std::move(snapshot.active);
  requests_.restore(std::move(snapshot.requests));
  for (auto* list : {&pending_, &active_})
    for (auto& one : *list)
      recipe_bytes_ += bytes_of(one.definition);
  for (auto& stored : snapshot.versions) {
    version one{
        {}, stored.recipe.state, stored.recipe.last_downscale_at, stored.created_at, bytes_of(stored.recipe)};
    recipe_bytes_ += one.bytes;
    stored.recipe.state = recipe_->state;
    stored.recipe.last_downscale_at = recipe_->last_downscale_at;
    if (stored.recipe.spec.version == recipe_->spec.version)
      stored.recipe.created_at = recipe_->created_at;
    one.recipe = stored.recipe == *recipe_ ? recipe_ : shared_scheduler(std::move(stored.recipe));
    versions_.push_back(std::move(one));
  }
}

std::vector<shared_value<scheduler>> scheduler_table::every_version() const {
  std::vector<shared_value<scheduler>> all;
  for (auto& one : versions_)
    all.push_back(one.recipe);
  for (auto& one : active_)
    if (auto* making = std::get_if<create_new_scheduler_version_operation>(&one.definition))
      all.emplace_back(making->recipe);
  return all;
}

void scheduler_table::apply(const scheduler_event& event) {
  std::visit(applier{*this}, event);
}

const operation* scheduler_table::find_pending(const operation_id& id) const {
  return find_in(pending_, id);
}

const operation* scheduler_table::find_active(const operation_id& id) const {
  return find_in(active_, id);
}

result<scheduler> scheduler_of(const scheduler_table& table, const scheduler_name& name,
                               const std::string& version) {
  bool is_active = version.empty();
  for (auto& stored : table.versions_) {
    if (is_active ? !stored.recipe.is(table.recipe_) : stored.recipe->spec.version != version)
      continue;
    auto recipe = *stored.recipe;
    recipe.state = table.recipe().state;
    if (!is_active)
      recipe.last_downscale_at = stored.last_downscale_at;
    recipe.created_at = stored.created_at;
    return recipe;
  }
  return failure{ec::not_found, fmt::format("scheduler {} not found", name.str()), failure_subject::scheduler};
}

version_list versions_of(const scheduler_table& table) {
  auto& active = table.recipe().spec.version;
  version_list list;
  for (auto& stored : table.versions_)
    list.items.push_back({stored.recipe->spec.version, stored.recipe->spec.version == active, stored.created_at});
  std::reverse(list.items.begin(), list.items.end());
  return list;
}

operation_page operations_of(const scheduler_table& table, operation_stage stage, const actor_settings& settings,
                             timestamp now) {
  operation_page page;
  page.items = stage == operation_stage::pending ? table.pending() : table.active();
  for (auto& one : page.items)
    if (one.status == operation_status::in_progress)
      one.lease_until = lease_until(one.started_at, settings.operation_lease_ttl, now);
  page.total = static_cast<std::uint32_t>(page.items.size());
  return page;
}

} // namespace maestro::rules
