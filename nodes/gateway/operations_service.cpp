#include "nodes/gateway/operations_service.hpp"

#include "messages/api_codec.hpp"
#include "nodes/gateway/operation_query.hpp"

#include "api/v1/operations.pb.h"

namespace maestro {

namespace {

/// Cancelling what is not there is an error of the server in the original (proto/README.md 1.5 M12).
failure cancel_failure(const failure& why) {
  if (why.code != ec::not_found)
    return why;
  auto what = why.subject == failure_subject::operation ? "failed to fetch operation from storage: "
                                                        : "failed to fetch scheduler from storage: ";
  return {ec::unknown, what + why.text, why.subject};
}

/// Of what is not there nothing is listed; the original hides what went wrong with its storage.
result<operation_page> page_or_failure(result<operation_page>&& found, operation_stage stage) {
  if (found)
    return std::move(found);
  auto code = found.error().code;
  if (code == ec::not_found)
    return operation_page();
  if (code == ec::unknown || code == ec::internal)
    return failure{ec::unknown, "error listing operations on " + std::string(stage_name(stage)) + " stage"};
  return found.error();
}

} // namespace

void operations_service::list_operations(const call_context& context, const v1::ListOperationsRequest& request,
                                         reply<v1::ListOperationsResponse> answer) {
  auto asked = operation_query(request);
  if (!asked)
    return answer(asked.error());
  auto stage = asked->stage;
  auto page = asked->page;
  auto per_page = asked->per_page;
  bridge_.ask(
      directory_, std::move(*asked),
      [answer = std::move(answer), stage, page, per_page](result<operation_page>&& found) {
        auto listed = page_or_failure(std::move(found), stage);
        if (!listed)
          return answer(listed.error());
        v1::ListOperationsResponse response;
        for (auto& item : listed->items)
          to_api(item, *response.add_operations());
        bool is_paged = stage == operation_stage::final;
        auto count = static_cast<std::uint32_t>(listed->items.size());
        response.set_page(is_paged ? page : 1);
        response.set_page_size(is_paged ? per_page : count);
        response.set_total(is_paged ? listed->total : count);
        answer(std::move(response));
      },
      context.deadline);
}

void operations_service::get_operation(const call_context& context, const v1::GetOperationRequest& request,
                                       reply<v1::GetOperationResponse> answer) {
  bridge_.ask(
      directory_,
      maestro::get_operation{scheduler_name(request.scheduler_name()), operation_id(request.operation_id())},
      [answer = std::move(answer)](result<operation>&& found) {
        if (!found)
          return answer(found.error());
        v1::GetOperationResponse response;
        to_api(*found, *response.mutable_operation());
        answer(std::move(response));
      },
      context.deadline);
}

void operations_service::cancel_operation(const call_context& context, const v1::CancelOperationRequest& request,
                                          reply<v1::CancelOperationResponse> answer) {
  bridge_.ask(
      directory_,
      maestro::cancel_operation{scheduler_name(request.scheduler_name()), operation_id(request.operation_id()),
                                context.request},
      [answer = std::move(answer)](result<done>&& canceled) {
        if (!canceled)
          return answer(cancel_failure(canceled.error()));
        answer(v1::CancelOperationResponse());
      },
      context.deadline);
}

} // namespace maestro
