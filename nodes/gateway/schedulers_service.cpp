#include "nodes/gateway/schedulers_service.hpp"

#include "actors/rules/scheduler_decisions.hpp"
#include "actors/rules/scheduler_validation.hpp"
#include "messages/api_patch.hpp"

#include "api/v1/schedulers.pb.h"

namespace maestro {

namespace {

/// What every rpc answers that becomes an operation.
template <class Response>
auto operation_answer(reply<Response> answer) {
  return [answer = std::move(answer)](result<operation_id>&& enqueued) {
    if (!enqueued)
      return answer(enqueued.error());
    Response response;
    response.set_operation_id(enqueued->str());
    answer(std::move(response));
  };
}

} // namespace

void schedulers_service::list_schedulers(const call_context& context, const v1::ListSchedulersRequest& request,
                                         reply<v1::ListSchedulersResponse> answer) {
  bridge_.ask(
      directory_, maestro::list_schedulers{request.name(), request.game(), request.version()},
      [answer = std::move(answer)](result<scheduler_list>&& found) {
        if (!found)
          return answer(found.error());
        v1::ListSchedulersResponse response;
        for (std::size_t i = 0; i < found->items.size(); ++i) {
          auto& one = *response.add_schedulers();
          to_api(found->items[i], one);
          if (i < found->conditions.size() && !found->conditions[i].reason.empty())
            to_api(found->conditions[i], *one.mutable_degraded());
        }
        for (auto& name : found->unreachable)
          response.mutable_unreachable()->add_schedulers(name.str());
        answer(std::move(response));
      },
      context.deadline);
}

void schedulers_service::get_scheduler(const call_context& context, const v1::GetSchedulerRequest& request,
                                       reply<v1::GetSchedulerResponse> answer) {
  bridge_.ask(
      directory_, maestro::get_scheduler{scheduler_name(request.scheduler_name()), request.version()},
      [this, deadline = context.deadline, answer = std::move(answer)](result<scheduler>&& found) {
        if (!found)
          return answer(found.error());
        v1::GetSchedulerResponse response;
        to_api(*found, *response.mutable_scheduler());
        add_condition(std::move(response), deadline, answer);
      },
      context.deadline);
}

// How it is, the directory knows; without an answer it is shown all the same.
void schedulers_service::add_condition(v1::GetSchedulerResponse response, call_deadline deadline,
                                       reply<v1::GetSchedulerResponse> answer) {
  maestro::list_schedulers wanted{response.scheduler().name(), {}, {}};
  bridge_.ask(
      directory_, std::move(wanted),
      [response = std::move(response), answer = std::move(answer)](result<scheduler_list>&& found) mutable {
        if (found && !found->conditions.empty() && !found->conditions.front().reason.empty())
          to_api(found->conditions.front(), *response.mutable_scheduler()->mutable_degraded());
        answer(std::move(response));
      },
      deadline);
}

void schedulers_service::create_scheduler(const call_context& context, const v1::CreateSchedulerRequest& request,
                                          sent_maps sent, reply<v1::CreateSchedulerResponse> answer) {
  if (auto fits = check_size(request, request.game(), bounds_); !fits)
    return answer(fits.error());
  auto wanted = scheduler_from_api(request, sent);
  if (auto valid = rules::validate_scheduler(wanted); !valid)
    return answer(valid.error());
  bridge_.ask(
      directory_, maestro::create_scheduler{std::move(wanted), first_epoch, context.request},
      [answer = std::move(answer)](result<scheduler>&& created) {
        if (!created)
          return answer(created.error());
        v1::CreateSchedulerResponse response;
        to_api(*created, *response.mutable_scheduler());
        answer(std::move(response));
      },
      context.deadline);
}

void schedulers_service::new_scheduler_version(const call_context& context,
                                               const v1::NewSchedulerVersionRequest& request, sent_maps sent,
                                               reply<v1::NewSchedulerVersionResponse> answer) {
  if (auto fits = check_size(request, request.game(), bounds_); !fits)
    return answer(fits.error());
  auto wanted = scheduler_from_api(request, sent);
  if (auto valid = rules::validate_scheduler(wanted); !valid)
    return answer(valid.error());
  bridge_.ask(directory_,
              maestro::new_scheduler_version{std::move(wanted), request.base_version(), false, context.request},
              operation_answer<v1::NewSchedulerVersionResponse>(std::move(answer)), context.deadline);
}

/// A patch between its reading and its writing.
struct schedulers_service::patching {
  scheduler_name name;
  std::string base; ///< empty: whichever is active
  recipe_change change;
  call_deadline deadline;
  request_key request;
  reply<v1::PatchSchedulerResponse> answer;
  int tries_left = 4;
};

void schedulers_service::patch_scheduler(const call_context& context, const v1::PatchSchedulerRequest& request,
                                         sent_maps sent, reply<v1::PatchSchedulerResponse> answer) {
  if (!changes_something(request, sent))
    return answer(failure{ec::already_exists, "no change found to scheduler " + request.name()});
  if (auto fits = check_size(request, {}, bounds_); !fits)
    return answer(fits.error());
  change_scheduler(
      context, scheduler_name(request.name()), request.base_version(),
      [request, sent](const scheduler& active) -> result<scheduler> { return patched(active, request, sent); },
      std::move(answer));
}

void schedulers_service::change_scheduler(const call_context& context, const scheduler_name& name,
                                          const std::string& base, recipe_change change,
                                          reply<v1::PatchSchedulerResponse> answer) {
  patch_active(std::make_shared<patching>(
      patching{name, base, std::move(change), context.deadline, context.request, std::move(answer)}));
}

void schedulers_service::patch_active(std::shared_ptr<patching> work) {
  auto deadline = work->deadline;
  maestro::get_scheduler wanted{work->name, {}};
  bridge_.ask(
      directory_, std::move(wanted),
      [this, work = std::move(work)](result<scheduler>&& active) {
        if (active)
          return send_patched(work, *active);
        bool is_missing = active.error().code == ec::not_found;
        work->answer(is_missing ? rules::no_scheduler_to_change(work->name) : active.error());
      },
      deadline);
}

void schedulers_service::send_patched(std::shared_ptr<patching> work, const scheduler& active) {
  auto changed = work->change(active);
  if (auto fits = changed ? check_patched(*changed, active, bounds_) : done{}; !fits)
    changed = fits.error();
  if (!changed && work->request.empty())
    return work->answer(changed.error());
  if (!changed)
    return ask_what_became(work, active, changed.error());
  auto& base = work->base.empty() ? active.spec.version : work->base;
  maestro::new_scheduler_version wanted{std::move(*changed), base, true, work->request};
  auto deadline = work->deadline;
  bridge_.ask(
      directory_, std::move(wanted),
      [this, work = std::move(work)](result<operation_id>&& enqueued) {
        bool was_overtaken = !enqueued && enqueued.error().code == ec::aborted;
        if (was_overtaken && work->base.empty() && --work->tries_left > 0)
          return patch_active(work);
        operation_answer<v1::PatchSchedulerResponse>(work->answer)(std::move(enqueued));
      },
      deadline);
}

// The request may have been carried out before: then there is nothing left to change, and its first answer is the answer.
void schedulers_service::ask_what_became(std::shared_ptr<patching> work, const scheduler& active, failure why) {
  auto deadline = work->deadline;
  bridge_.ask(
      directory_, maestro::new_scheduler_version{active, {}, true, work->request},
      [work = std::move(work), why = std::move(why)](result<operation_id>&& known) {
        if (!known)
          return work->answer(why);
        operation_answer<v1::PatchSchedulerResponse>(work->answer)(std::move(known));
      },
      deadline);
}

void schedulers_service::switch_active_version(const call_context& context,
                                               const v1::SwitchActiveVersionRequest& request,
                                               reply<v1::SwitchActiveVersionResponse> answer) {
  bridge_.ask(directory_,
              maestro::switch_active_version{scheduler_name(request.scheduler_name()), request.version(),
                                             request.base_version(), context.request},
              operation_answer<v1::SwitchActiveVersionResponse>(std::move(answer)), context.deadline);
}

void schedulers_service::delete_scheduler(const call_context& context, const v1::DeleteSchedulerRequest& request,
                                          reply<v1::DeleteSchedulerResponse> answer) {
  bridge_.ask(directory_, maestro::delete_scheduler{scheduler_name(request.scheduler_name()), context.request},
              operation_answer<v1::DeleteSchedulerResponse>(std::move(answer)), context.deadline);
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
        for (auto& name : found->unreachable)
          response.mutable_unreachable()->add_schedulers(name.str());
        answer(std::move(response));
      },
      context.deadline);
}

} // namespace maestro
