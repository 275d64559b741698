// One behaviour for all actors of a kind. CAF keeps with each actor an object of some forty bytes for each of its handlers,
// which are more than a kilobyte with every room pool. Here a handler is a function of the actor and the message, and
// all actors share them; an actor keeps only that they are to run for it. For actors of which there are many: SCHEDULER and
// ROOM POOL.
#pragma once

#include <caf/all.hpp>

#include <utility>

namespace maestro {

// It leans on what CAF keeps to itself: how a behaviour is invoked.
static_assert(CAF_VERSION == 1706, "read shared_behavior again with the sources of this CAF beside it");

/// Whose handler this thread runs.
template <class Self>
inline thread_local Self* whose_turn = nullptr;

template <class Handler, class Signature = decltype(&Handler::operator())>
struct shared_handler;
template <class Handler, class Answer, class Self, class Message>
struct shared_handler<Handler, Answer (Handler::*)(Self*, Message) const> {
  Answer operator()(Message message) const { return Handler{}(whose_turn<Self>, message); }
};

template <class Self>
class turns_of : public caf::detail::behavior_impl {
public:
  turns_of(Self* self, pointer handlers) : self_(self), handlers_(std::move(handlers)) {}

  using behavior_impl::invoke;
  caf::match_case::result invoke(caf::detail::invoke_result_visitor& answer,
                                 caf::type_erased_tuple& message) override {
    whose_turn<Self> = self_;
    return handlers_->invoke(answer, message);
  }

private:
  Self* self_;
  pointer handlers_;
};

/// `handlers`: lambdas without captures, of the actor (as `self`) and a message each.
template <class Behavior, class Self, class... Handlers>
Behavior shared_behavior(Self* self, Handlers...) {
  static Behavior of_all{shared_handler<Handlers>()...};
  caf::detail::behavior_impl::pointer turns =
      caf::make_counted<turns_of<Self>>(self, of_all.unbox().as_behavior_impl());
  return {typename Behavior::unsafe_init(), caf::behavior(std::move(turns))};
}

} // namespace maestro
