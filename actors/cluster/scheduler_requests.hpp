// The requests of a directory that are about one scheduler and need nothing but to be handed on, as one row of handlers:
// CLUSTER DIRECTORY, PEER and PEER DOOR hand them on to different actors. A request that is new in
// `scheduler_directory_actor` and in none of their tables does not compile.
#pragma once

#include "messages/type_ids.hpp"

#include <caf/result.hpp>

#include <tuple>

namespace maestro {

/// `forward.template operator()<Answer>(scheduler, request)` returns caf::result<Answer>.
template <class Forward>
auto scheduler_requests(Forward forward) {
  return std::make_tuple(
      [=](const get_scheduler& x) { return forward.template operator()<scheduler>(x.name, x); },
      [=](const list_versions& x) { return forward.template operator()<version_list>(x.name, x); },
      [=](const delete_scheduler& x) { return forward.template operator()<operation_id>(x.name, x); },
      [=](const new_scheduler_version& x) { return forward.template operator()<operation_id>(x.recipe.name, x); },
      [=](const switch_active_version& x) { return forward.template operator()<operation_id>(x.name, x); },
      [=](const request_room_end& x) { return forward.template operator()<operation_id>(x.scheduler, x); },
      [=](const list_operations& x) { return forward.template operator()<operation_page>(x.scheduler, x); },
      [=](const get_operation& x) { return forward.template operator()<operation>(x.scheduler, x); },
      [=](const cancel_operation& x) { return forward.template operator()<done>(x.scheduler, x); },
      [=](const list_rooms& x) { return forward.template operator()<room_list>(x.scheduler, x); },
      [=](const report_room_event& x) { return forward.template operator()<done>(x.scheduler, x); },
      [=](const get_room& x) { return forward.template operator()<room_view>(x.scheduler, x); },
      [=](const explain_rooms& x) { return forward.template operator()<rooms_explanation>(x.scheduler, x); },
      [=](const list_strangers& x) { return forward.template operator()<stranger_list>(x.scheduler, x); },
      [=](const adopt_stranger& x) { return forward.template operator()<done>(x.scheduler, x); },
      [=](const end_stranger& x) { return forward.template operator()<done>(x.scheduler, x); },
      [=](const read_room_logs& x) { return forward.template operator()<room_logs>(x.scheduler, x); },
      [=](const read_artifacts& x) { return forward.template operator()<artifact_piece>(x.scheduler, x); },
      [=](const get_room_timeline& x) { return forward.template operator()<timeline>(x.scheduler, x); },
      [=](const get_operation_timeline& x) { return forward.template operator()<timeline>(x.scheduler, x); },
      [=](const list_changes& x) { return forward.template operator()<change_list>(x.scheduler, x); });
}

/// It has a key where whoever asks wants to be sure that it is carried out once.
template <class Request>
concept keyed_request = requires(const Request& x) {
  x.request;
};

/// The same once more, from neighbours, with the key that travelled beside the request.
template <class Forward>
auto keyed_scheduler_requests(Forward forward) {
  auto with = [forward]<class Answer>(const scheduler_name& scheduler, const auto& sent) {
    auto request = sent.what;
    request.request = sent.key;
    return forward.template operator()<Answer>(scheduler, request);
  };
  return std::make_tuple(
      [=](const with_key<delete_scheduler>& x) { return with.template operator()<operation_id>(x.what.name, x); },
      [=](const with_key<new_scheduler_version>& x) {
        return with.template operator()<operation_id>(x.what.recipe.name, x);
      },
      [=](const with_key<switch_active_version>& x) {
        return with.template operator()<operation_id>(x.what.name, x);
      },
      [=](const with_key<request_room_end>& x) {
        return with.template operator()<operation_id>(x.what.scheduler, x);
      },
      [=](const with_key<cancel_operation>& x) { return with.template operator()<done>(x.what.scheduler, x); });
}

/// The behavior of the actor's own handlers and of those. CAF compares a message with one after the other: what comes often is to be
/// named first.
template <class Actor, class Row, class... Own>
typename Actor::behavior_type behavior_with(Row row, Own... own) {
  return std::apply(
      [&](auto... handlers) {
        return typename Actor::behavior_type{std::move(own)..., std::move(handlers)...};
      },
      std::move(row));
}

} // namespace maestro
