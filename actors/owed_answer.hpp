// An answer that is given in any case: where the actor that owes it ends first, whoever asked is told what was agreed on then.
// CAF says nothing to who waits for an answer whose promise an ending actor has taken from its mailbox.
#pragma once

#include "messages/type_ids.hpp"

#include <caf/typed_response_promise.hpp>

#include <memory>
#include <utility>

namespace maestro {

template <class Answer>
class owed_answer {
public:
  /// `if_forgotten`: what is said when all copies are gone and none has delivered.
  owed_answer(caf::typed_response_promise<Answer> promise, failure if_forgotten)
      : debt_(std::make_shared<debt>(std::move(promise), std::move(if_forgotten))) {}

  /// Once.
  template <class Outcome>
  void deliver(Outcome&& outcome) const {
    debt_->promise.deliver(std::forward<Outcome>(outcome));
  }

private:
  struct debt {
    caf::typed_response_promise<Answer> promise;
    failure if_forgotten;

    debt(caf::typed_response_promise<Answer> to, failure why)
        : promise(std::move(to)), if_forgotten(std::move(why)) {}
    debt(const debt&) = delete;
    debt& operator=(const debt&) = delete;
    ~debt() {
      if (promise.pending())
        promise.deliver(to_caf(if_forgotten));
    }
  };

  std::shared_ptr<debt> debt_;
};

} // namespace maestro
