#include "nodes/gateway/schedulers_service.hpp"

#include "actors/rules/scheduler_validation.hpp"

#include "api/v1/schedulers.pb.h"

namespace maestro {

void schedulers_service::list_schedulers(const call_context& context, const v1::ListSchedulersRequest& request,
                                         reply<v1::ListSchedulersResponse> answer) {
  bridge_.ask(
      directory_, maestro::list_schedulers{request.name(), request.game(), request.version()},
      [answer = std::move(answer)](result<scheduler_list>&& found) {
        if (!found)
          return answer(found.error());
        v1::ListSchedulersResponse response;
        for (auto& one : found->items)
          to_api(one, *response.add_schedulers());
        answer(std::move(response));
      },
      context.deadline);
}

void schedulers_service::get_scheduler(const call_context& context, const v1::GetSchedulerRequest& request,
                                       reply<v1::GetSchedulerResponse> answer) {
  bridge_.ask(
      directory_, maestro::get_scheduler{scheduler_name(request.scheduler_name()), request.version()},
      [answer = std::move(answer)](result<scheduler>&& found) {
        if (!found)
          return answer(found.error());
        v1::GetSchedulerResponse response;
        to_api(*found, *response.mutable_scheduler());
        answer(std::move(response));
      },
      context.deadline);
}

void schedulers_service::create_scheduler(const call_context& context, const v1::CreateSchedulerRequest& request,
                                          sent_maps sent, reply<v1::CreateSchedulerResponse> answer) {
  if (auto fits = check_size(request, bounds_); !fits)
    return answer(fits.error());
  auto wanted = scheduler_from_api(request, sent);
  if (auto valid = rules::validate_scheduler(wanted); !valid)
    return answer(valid.error());
  bridge_.ask(
      directory_, maestro::create_scheduler{std::move(wanted)},
      [answer = std::move(answer)](result<scheduler>&& created) {
        if (!created)
          return answer(created.error());
        v1::CreateSchedulerResponse response;
        to_api(*created, *response.mutable_scheduler());
        answer(std::move(response));
      },
      context.deadline);
}

void schedulers_service::delete_scheduler(const call_context& context, const v1::DeleteSchedulerRequest& request,
                                          reply<v1::DeleteSchedulerResponse> answer) {
  bridge_.ask(
      directory_, maestro::delete_scheduler{scheduler_name(request.scheduler_name())},
      [answer = std::move(answer)](result<operation_id>&& enqueued) {
        if (!enqueued)
          return answer(enqueued.error());
        v1::DeleteSchedulerResponse response;
        response.set_operation_id(enqueued->str());
        answer(std::move(response));
      },
      context.deadline);
}

void schedulers_service::get_scheduler_versions(const call_context& context,
                                                const v1::GetSchedulerVersionsRequest& request,
                                                reply<v1::GetSchedulerVersionsResponse> answer) {
  bridge_.ask(
      directory_, list_versions{scheduler_name(request.scheduler_name())},
      [answer = std::move(answer)](result<version_list>&& found) {
        if (!found)
          return answer(found.error());
        v1::GetSchedulerVersionsResponse response;
        for (auto& version : found->items)
          to_api(version, *response.add_versions());
        answer(std::move(response));
      },
      context.deadline);
}

void schedulers_service::get_schedulers_info(const call_context& context,
                                             const v1::GetSchedulersInfoRequest& request,
                                             reply<v1::GetSchedulersInfoResponse> answer) {
  bridge_.ask(
      directory_, list_scheduler_infos{request.game()},
      [answer = std::move(answer)](result<scheduler_info_list>&& found) {
        if (!found) {
          auto why = found.error();
          why.text.insert(0, "couldn't get scheduler and game rooms information: ");
          return answer(std::move(why));
        }
        v1::GetSchedulersInfoResponse response;
        for (auto& info : found->items)
          to_api(info, *response.add_schedulers());
        answer(std::move(response));
      },
      context.deadline);
}

} // namespace maestro
