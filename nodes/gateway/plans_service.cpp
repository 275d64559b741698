#include "nodes/gateway/plans_service.hpp"

#include "messages/api_codec.hpp"

#include "api/v1/plans.pb.h"

#include <fmt/format.h>

namespace maestro {

namespace {

constexpr std::uint32_t most_named = 1000;
constexpr std::int64_t most_rooms = 1'000'000;

failure out_of_range(const char* field, std::int64_t value, std::int64_t least, std::int64_t most) {
  return {ec::invalid_argument, fmt::format("{} must be between {} and {}, not {}", field, least, most, value)};
}

result<explain_rooms> question_of(const v1::GetPlanRequest& request) {
  explain_rooms asked{scheduler_name(request.scheduler_name())};
  if (request.has_remove() && request.has_rooms())
    return failure{ec::invalid_argument, "remove and rooms are two questions: ask one of them"};
  if (request.has_remove()) {
    asked.question = plan_question::remove;
    asked.number = request.remove();
  } else if (request.has_rooms()) {
    asked.question = plan_question::rooms;
    asked.number = request.rooms();
  }
  if (asked.number > most_rooms)
    return out_of_range(request.has_remove() ? "remove" : "rooms", asked.number, 0, most_rooms);
  if (request.has_limit() && (request.limit() == 0 || request.limit() > most_named))
    return out_of_range("limit", request.limit(), 1, most_named);
  if (request.has_limit())
    asked.limit = request.limit();
  return asked;
}

} // namespace

void plans_service::get_plan(const call_context& context, const v1::GetPlanRequest& request,
                             reply<v1::GetPlanResponse> answer) {
  auto asked = question_of(request);
  if (!asked)
    return answer(asked.error());
  bridge_.ask(
      directory_, std::move(*asked),
      [answer = std::move(answer)](result<rooms_explanation>&& found) {
        if (!found)
          return answer(found.error());
        v1::GetPlanResponse response;
        to_api(*found, *response.mutable_plan());
        answer(std::move(response));
      },
      context.deadline);
}

} // namespace maestro
