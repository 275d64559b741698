#include "nodes/gateway/merge_patch.hpp"

#include "messages/api_codec.hpp"
#include "messages/text.hpp"
#include "nodes/gateway/json.hpp"

#include "api/v1/messages.pb.h"
#include "api/v1/schedulers.pb.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace maestro {

namespace v1 = api::v1;
using nlohmann::json;

namespace {

// What is shown of a scheduler is less than what is stored of it: an absent map is shown as an empty one.
void keep_unnamed(scheduler& changed, const scheduler& active, const json& patch) {
  auto names = [&](const json& where, const char* field) { return where.is_object() && where.contains(field); };
  if (!names(patch, "autoscaling"))
    changed.autoscaling = active.autoscaling;
  if (!names(patch, "forwarders"))
    changed.forwarders = active.forwarders;
  auto is_cleared = [&](const char* field) { return patch[field].is_object() && patch[field].empty(); };
  // Taking away what is not there makes no map either.
  auto is_still_absent = [&](auto& after, auto& before, const char* field) {
    return !before && after && after->empty() && !is_cleared(field);
  };
  if (!names(patch, "annotations") || is_still_absent(changed.annotations, active.annotations, "annotations"))
    changed.annotations = active.annotations;
  if (!names(patch, "labels") || is_still_absent(changed.labels, active.labels, "labels"))
    changed.labels = active.labels;
  if (!names(patch, "spec"))
    changed.spec = active.spec;
  else if (!names(patch["spec"], "containers"))
    changed.spec.containers = active.spec.containers;
}

} // namespace

bool is_merge_patch(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' '))
    content_type.remove_suffix(1);
  return lower_case(content_type) == "application/merge-patch+json";
}

std::string base_of_merge_patch(const std::string& patch) {
  v1::NewSchedulerVersionRequest request;
  return from_merge_patch(patch, request) ? request.base_version() : std::string{};
}

result<scheduler> merge_patched(const scheduler& active, const std::string& patch) {
  v1::NewSchedulerVersionRequest request; // types and depth of the patch are checked before anything is merged
  if (auto read = from_merge_patch(patch, request); !read)
    return read.error();
  auto wish = json::parse(patch, nullptr, false);
  if (!wish.is_object())
    return failure{ec::invalid_argument, "a merge patch must be one JSON object"};
  v1::Scheduler shown;
  to_api(active, shown);
  auto merged = json::parse(to_json(shown));
  merged.merge_patch(wish);
  request.Clear();
  std::vector<std::string> maps;
  if (auto read = from_json(merged.dump(), request, &maps); !read)
    return read.error();
  auto sent = [&](const char* name) { return std::find(maps.begin(), maps.end(), name) != maps.end(); };
  auto changed = scheduler_from_api(request, {sent("annotations"), sent("labels")});
  keep_unnamed(changed, active, wish);
  return changed;
}

} // namespace maestro
