// SchedulersService of proto/api/v1: one function for each rpc that is served, the same for every door
// (call_context says how they are called). Knows the API's messages; what exists and what may be done is the
// scheduler directory's to say.
#pragma once

#include "messages/api_codec.hpp"
#include "nodes/gateway/actor_bridge.hpp"
#include "nodes/gateway/call_context.hpp"
#include "nodes/gateway/recipe_bounds.hpp"

#include <functional>
#include <memory>

namespace api::v1 {
class CreateSchedulerRequest;
class CreateSchedulerResponse;
class DeleteSchedulerRequest;
class DeleteSchedulerResponse;
class GetSchedulerRequest;
class GetSchedulerResponse;
class GetSchedulersInfoRequest;
class GetSchedulersInfoResponse;
class GetSchedulerVersionsRequest;
class GetSchedulerVersionsResponse;
class ListSchedulersRequest;
class ListSchedulersResponse;
class NewSchedulerVersionRequest;
class NewSchedulerVersionResponse;
class PatchSchedulerRequest;
class PatchSchedulerResponse;
class SwitchActiveVersionRequest;
class SwitchActiveVersionResponse;
} // namespace api::v1

namespace maestro {

namespace v1 = api::v1;

class schedulers_service {
public:
  schedulers_service(actor_bridge& bridge, scheduler_directory_actor directory, recipe_bounds bounds = {})
      : bridge_(bridge), directory_(std::move(directory)), bounds_(bounds) {}

  void list_schedulers(const call_context&, const v1::ListSchedulersRequest&, reply<v1::ListSchedulersResponse>);
  void get_scheduler(const call_context&, const v1::GetSchedulerRequest&, reply<v1::GetSchedulerResponse>);
  void create_scheduler(const call_context& context, const v1::CreateSchedulerRequest& request,
                        reply<v1::CreateSchedulerResponse> answer) {
    create_scheduler(context, request, {}, std::move(answer));
  }
  /// For a door that sees which maps were sent although empty.
  void create_scheduler(const call_context&, const v1::CreateSchedulerRequest&, sent_maps,
                        reply<v1::CreateSchedulerResponse>);
  void new_scheduler_version(const call_context& context, const v1::NewSchedulerVersionRequest& request,
                             reply<v1::NewSchedulerVersionResponse> answer) {
    new_scheduler_version(context, request, {}, std::move(answer));
  }
  void new_scheduler_version(const call_context&, const v1::NewSchedulerVersionRequest&, sent_maps,
                             reply<v1::NewSchedulerVersionResponse>);
  void patch_scheduler(const call_context& context, const v1::PatchSchedulerRequest& request,
                       reply<v1::PatchSchedulerResponse> answer) {
    patch_scheduler(context, request, {}, std::move(answer));
  }
  /// Reads the active version, applies the patch, and asks for the result as a new version of that one; another version
  /// that became active meanwhile is patched instead, a few times, unless the request says which one it is made for.
  void patch_scheduler(const call_context&, const v1::PatchSchedulerRequest&, sent_maps,
                       reply<v1::PatchSchedulerResponse>);
  /// What a door's own kind of patch makes of the active version.
  using recipe_change = std::function<result<scheduler>(const scheduler& active)>;
  /// `base` as in PatchSchedulerRequest.
  void change_scheduler(const call_context&, const scheduler_name&, const std::string& base, recipe_change,
                        reply<v1::PatchSchedulerResponse>);
  void switch_active_version(const call_context&, const v1::SwitchActiveVersionRequest&,
                             reply<v1::SwitchActiveVersionResponse>);
  void delete_scheduler(const call_context&, const v1::DeleteSchedulerRequest&,
                        reply<v1::DeleteSchedulerResponse>);
  void get_scheduler_versions(const call_context&, const v1::GetSchedulerVersionsRequest&,
                              reply<v1::GetSchedulerVersionsResponse>);
  void get_schedulers_info(const call_context&, const v1::GetSchedulersInfoRequest&,
                           reply<v1::GetSchedulersInfoResponse>);

private:
  void add_condition(api::v1::GetSchedulerResponse response, call_deadline deadline,
                     reply<api::v1::GetSchedulerResponse> answer);
  struct patching;
  void patch_active(std::shared_ptr<patching> work);
  void send_patched(std::shared_ptr<patching> work, const scheduler& active);
  void ask_what_became(std::shared_ptr<patching> work, const scheduler& active, failure why);

  actor_bridge& bridge_;
  scheduler_directory_actor directory_;
  recipe_bounds bounds_;
};

} // namespace maestro
