#include "actors/rules/cluster_table.hpp"

#include "actors/rules/placement.hpp"
#include "messages/overloaded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace maestro::rules {

namespace {

// FNV-1a: the same on every node and in every version, which std::hash does not promise.
std::uint64_t stable_hash(const std::string& text) {
  std::uint64_t hash = 14695981039346656037u;
  for (unsigned char c : text)
    hash = (hash ^ c) * 1099511628211u;
  return hash;
}

bool is_same_start(const cluster_member& a, const cluster_member& b) {
  return a.node_id == b.node_id && a.address == b.address && a.started_at == b.started_at;
}

} // namespace

std::uint64_t rank_of(const scheduler_name& scheduler, const node_name& node) {
  return stable_hash(scheduler.str() + '/' + node.str());
}

cluster_table::changes cluster_table::apply(const cluster_news& news) {
  auto before = news.is_whole ? std::exchange(members_, {}) : members_;
  if (news.is_whole)
    forget_all(news.revision);
  is_known_ = is_known_ || news.is_whole;
  for (auto& fact : news.facts)
    std::visit(overloaded{[&](const member_seen& seen) {
                            if (!seen.member)
                              members_.erase(seen.name);
                            else
                              members_[seen.name] = {*seen.member, seen.revision, seen.name == self_, {}};
                          },
                          [&](const draining_seen& seen) {
                            seen.is_draining ? void(draining_.insert(seen.name))
                                             : void(draining_.erase(seen.name));
                          },
                          [&](const suspicions_seen& seen) {
                            if (seen.suspects.empty())
                              suspicions_.erase(seen.name);
                            else
                              suspicions_[seen.name] = seen.suspects;
                          },
                          [&](const host_seen& seen) {
                            if (seen.node_id.empty())
                              hosts_.erase(seen.name);
                            else
                              hosts_[seen.name] = seen.node_id;
                          },
                          [&](const requests_seen& seen) {
                            if (seen.requested.empty())
                              requests_.erase(seen.name);
                            else
                              requests_[seen.name] = seen.requested;
                          },
                          [&](const era_seen& seen) { era_ = seen.number; },
                          [&](const owner_seen& seen) { set_owner(seen); }},
               fact);
  changes all;
  for (auto& [name, now] : members_) {
    auto old = before.find(name);
    if (old == before.end() || !is_same_start(old->second.member, now.member)) {
      all.came.push_back(name);
      continue;
    }
    now.is_reached = old->second.is_reached;
    now.reason = old->second.reason;
  }
  for (auto& [name, old] : before) {
    if (members_.contains(name))
      continue;
    bool may_be_back = old.is_reached && name != self_;
    if (!may_be_back) {
      all.went.push_back(name);
      continue;
    }
    if (!std::exchange(old.is_lapsed, true))
      all.lapsed.push_back(name);
    members_[name] = old;
  }
  return all;
}

void cluster_table::forget_all(std::int64_t revision) {
  draining_.clear();
  suspicions_.clear();
  hosts_.clear();
  requests_.clear();
  era_ = 0;
  for (auto one = owners_.begin(); one != owners_.end();) {
    auto next = std::next(one);
    bool is_newer = one->second.revision > revision && !std::exchange(one->second.is_doubted, true);
    if (!is_newer)
      forget_owner(one);
    one = next;
  }
}

void cluster_table::forget_owner(std::map<scheduler_name, known_owner>::iterator old) {
  if (--owned_[old->second.node] == 0)
    owned_.erase(old->second.node);
  owners_.erase(old);
}

void cluster_table::set_owner(const owner_seen& seen) {
  if (auto old = owners_.find(seen.scheduler); old != owners_.end()) {
    if (old->second.revision > seen.revision)
      return;
    forget_owner(old);
  }
  if (!seen.owner)
    return;
  owners_[seen.scheduler] = {*seen.owner, seen.revision};
  ++owned_[*seen.owner];
}

void cluster_table::note_link(const node_name& node, bool is_up, const std::string& reason) {
  auto found = members_.find(node);
  if (found == members_.end())
    return;
  found->second.is_reached = is_up;
  found->second.reason = is_up ? "" : reason;
}

const cluster_table::known_member* cluster_table::member(const node_name& node) const {
  auto found = members_.find(node);
  return found == members_.end() ? nullptr : &found->second;
}

bool cluster_table::may_take(const node_name& node) const {
  auto* known = member(node);
  return known != nullptr && known->takes_part() && known->member.has_role(owner_role) &&
         !known->member.is_behind && !is_draining(node);
}

const cluster_table::known_owner* cluster_table::owner(const scheduler_name& scheduler) const {
  auto found = owners_.find(scheduler);
  return found == owners_.end() ? nullptr : &found->second;
}

const std::set<node_name>& cluster_table::suspicions_of(const node_name& node) const {
  static const std::set<node_name> nobody;
  auto found = suspicions_.find(node);
  return found == suspicions_.end() ? nobody : found->second;
}

std::vector<std::string> cluster_table::hosts_away() const {
  std::vector<std::string> ids;
  for (auto& [name, node_id] : hosts_)
    if (!members_.contains(name))
      ids.push_back(node_id);
  return ids;
}

resources_by_node cluster_table::requested_by_others() const {
  resources_by_node all;
  for (auto& [name, requested] : requests_) {
    if (name == self_)
      continue;
    for (auto& [node_id, one] : requested)
      all[node_id] = sum(all[node_id], one);
  }
  return all;
}

std::uint64_t cluster_table::owned_by(const node_name& node) const {
  auto found = owned_.find(node);
  return found == owned_.end() ? 0 : found->second;
}

std::vector<scheduler_name> cluster_table::schedulers_of(const node_name& node) const {
  std::vector<scheduler_name> names;
  for (auto& [name, owner] : owners_)
    if (owner.node == node)
      names.push_back(name);
  return names;
}

result<node_name> cluster_table::choose_owner(const scheduler_name& scheduler) const {
  using rank = std::tuple<std::uint64_t, std::uint64_t, node_name>;
  std::optional<rank> best;
  for (auto& [name, known] : members_) {
    if (!may_take(name))
      continue;
    rank mine{owned_by(name), rank_of(scheduler, name), name};
    if (!best || mine < *best)
      best = mine;
  }
  if (!best)
    return failure{
        ec::unavailable,
        fmt::format("no node takes new schedulers: of {} in the cluster none with role {} is reached, has a "
                    "whole journal and is not draining",
                    members_.size(), owner_role)};
  return std::get<node_name>(*best);
}

std::vector<node_view> cluster_table::views() const {
  std::map<node_name, node_view> all;
  for (auto& [name, known] : members_) {
    auto status = !known.takes_part()        ? node_status::unreachable
                  : draining_.contains(name) ? node_status::draining
                                             : node_status::ready;
    auto reason = known.is_lapsed ? "the store has let its lease run out, though it answers" : known.reason;
    all[name] = {known.member, status, reason, 0, name == self_, {}, {}};
  }
  auto view_of = [&](const node_name& name) -> node_view& {
    auto& view = all[name];
    if (view.member.name.empty()) {
      view.member.name = name;
      view.status = node_status::gone;
      view.reason = "it is not in the cluster";
    }
    return view;
  };
  for (auto& [name, node_id] : hosts_)
    view_of(name).member.node_id = node_id;
  for (auto& [name, count] : owned_)
    view_of(name).schedulers = count;
  for (auto& [name, suspects] : suspicions_)
    for (auto& suspect : suspects)
      if (auto found = all.find(suspect); found != all.end())
        found->second.suspected_by.push_back(name);
  std::vector<node_view> views;
  for (auto& [name, view] : all)
    views.push_back(std::move(view));
  return views;
}

failure cluster_table::unreachable(const scheduler_name& scheduler, const node_name& owner) const {
  auto* known = member(owner);
  auto why = known == nullptr ? std::string("it is not in the cluster") : known->reason;
  return {ec::unavailable, fmt::format("scheduler {} lives on node {}, which is not reached: {}", scheduler.str(),
                                       owner.str(), why)};
}

} // namespace maestro::rules
