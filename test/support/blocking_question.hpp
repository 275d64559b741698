// What a test asks an actor, and hears: CAF's `self->request(…).receive(…)` without the tables that CAF makes for each kind of question,
// as actors/put_question.hpp is for actors.
#pragma once

#include "actors/put_question.hpp"

namespace maestro {

/// The number of its answer.
template <class Handle, class Question>
caf::message_id send_question(caf::scoped_actor& self, const Handle& whom, Question&& question) {
  auto id = self->new_request_id(caf::message_priority::normal);
  caf::actor_cast<caf::abstract_actor*>(whom)->enqueue(
      caf::make_mailbox_element(self->ctrl(), id, {}, std::forward<Question>(question)), self->context());
  return id.response_id();
}

/// Waits for it.
template <class Answer>
caf::expected<Answer> hear_answer(caf::scoped_actor& self, caf::message_id id) {
  caf::expected<Answer> told{caf::make_error(caf::sec::request_timeout)};
  auto then = [&](Answer& value) { told = std::move(value); };
  auto otherwise = [&](caf::error& why) { told = std::move(why); };
  caf::detail::behavior_impl_ptr listener =
      caf::make_counted<asking::listener<Answer, decltype(then), decltype(otherwise)>>(then, otherwise);
  caf::behavior heard(std::move(listener));
  caf::blocking_actor::accept_one_cond once;
  self->varargs_receive(once, id, heard);
  return told;
}

} // namespace maestro
