// A question of one actor to another: what CAF's `self->request(…).then(…)` does, made of one small object with its two functions
// instead of CAF's tables, which take the compiler longer (figures: deploy/README.md) and an answer several comparisons. For every actor
// that asks one with a typed interface.
//
//   put_question(self, whom, patience, question).then([](answer&) {…}, [](const caf::error&) {…});
#pragma once

#include <caf/all.hpp>

#include <type_traits>
#include <utility>

namespace maestro {

// It leans on what CAF keeps to itself: how the handler of a response is kept and invoked.
static_assert(CAF_VERSION == 1706, "read put_question again with the sources of this CAF beside it");

namespace asking {

/// What a function takes that is told an answer: `Answer&`, `const Answer&` or `Answer`.
template <class Function, class Told>
Told told_of(void (Function::*)(Told));
template <class Function, class Told>
Told told_of(void (Function::*)(Told) const);
template <class Function>
using told_to = decltype(told_of(&Function::operator()));

template <class Question, class Answer, class... Lines>
constexpr bool is_among(caf::detail::type_list<Lines...>) {
  using wanted = caf::typed_mpi<caf::detail::type_list<Question>, caf::output_tuple<Answer>>;
  return (std::is_same_v<Lines, wanted> || ...);
}

template <class Answer, class Then, class Otherwise>
class listener final : public caf::detail::behavior_impl {
public:
  listener(Then then, Otherwise otherwise) : then_(std::move(then)), otherwise_(std::move(otherwise)) {}

  using behavior_impl::invoke;
  caf::match_case::result invoke(caf::detail::invoke_result_visitor& visitor,
                                 caf::type_erased_tuple& heard) override {
    if (heard.match_elements<Answer>())
      hand<told_to<Then>, Answer>(heard, then_);
    else if (heard.match_elements<caf::error>())
      hand<told_to<Otherwise>, caf::error>(heard, otherwise_);
    else
      return caf::match_case::no_match;
    visitor(); // without it CAF takes it for not heard
    return caf::match_case::match;
  }

private:
  /// What others hold as well is copied for who may change it.
  template <class Told, class Value, class Function>
  static void hand(caf::type_erased_tuple& heard, Function& function) {
    constexpr bool may_change =
        std::is_lvalue_reference_v<Told> && !std::is_const_v<std::remove_reference_t<Told>>;
    if constexpr (!may_change)
      return function(heard.get_as<Value>(0));
    else if (heard.shared()) {
      auto own = heard.get_as<Value>(0);
      function(own);
    } else
      function(heard.get_mutable_as<Value>(0));
  }

  Then then_;
  Otherwise otherwise_;
};

/// A question that is on its way.
template <class Question, class Lines>
class put {
public:
  put(caf::scheduled_actor* self, caf::message_id id) : self_(self), id_(id) {}

  /// One of the two is called once, in a turn of the actor that asked: `then` with the answer, `otherwise` with a caf::error: what was
  /// answered instead, `request_timeout`, `request_receiver_down`, or `invalid_argument` where nobody was asked. Neither, when it
  /// ends before.
  template <class Then, class Otherwise>
  void then(Then then, Otherwise otherwise) && {
    using answer = std::decay_t<told_to<Then>>;
    static_assert(is_among<Question, answer>(Lines{}), "whoever is asked does not answer that with this");
    caf::detail::behavior_impl_ptr heard =
        caf::make_counted<listener<answer, Then, Otherwise>>(std::move(then), std::move(otherwise));
    self_->add_multiplexed_response_handler(id_, caf::behavior(std::move(heard)));
  }

private:
  caf::scheduled_actor* self_;
  caf::message_id id_; ///< of the answer
};

/// How long whoever asks waits.
struct patience : caf::duration {
  template <class Span>
  patience(const Span& span) : caf::duration(span) {}
};

inline void send(caf::scheduled_actor& self, caf::abstract_actor* whom, caf::message_id id,
                 caf::mailbox_element_ptr question, const caf::duration& patience) {
  if (whom == nullptr)
    return self.enqueue(
        caf::make_mailbox_element(self.ctrl(), id.response_id(), {}, caf::make_error(caf::sec::invalid_argument)),
        self.context());
  whom->enqueue(std::move(question), self.context());
  self.request_response_timeout(patience, id);
}

} // namespace asking

/// Sends it at once; what becomes of the answer must be said with `then`.
template <class Handle, class Question>
[[nodiscard]] asking::put<std::decay_t<Question>, typename Handle::signatures>
put_question(caf::scheduled_actor* self, const Handle& whom, const asking::patience& patience,
             Question&& question) {
  auto id = self->new_request_id(caf::message_priority::normal);
  asking::send(*self, caf::actor_cast<caf::abstract_actor*>(whom), id,
               caf::make_mailbox_element(self->ctrl(), id, {}, std::forward<Question>(question)), patience);
  return {self, id.response_id()};
}

} // namespace maestro
