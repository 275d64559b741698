// The one way from an I/O thread to actors and back. A bridge belongs to one io_context that one thread runs; all
// members are called on that thread. It sends requests as an actor_companion, so that no actor and no timer is
// made for a request: the responder's thread pushes its answer on a lock-free stack and wakes the I/O thread only
// when the stack was empty. Deadlines are the bridge's own: one constant timeout, swept in order of arrival, and
// earlier ones for those who bring them. Whoever waits for something else than the io_context is told by `wake` that
// there is something to run in it.
// Destroy it after its thread has ended and before the actor system.
#pragma once

#include "messages/type_ids.hpp"
#include "nodes/gateway/call_context.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <caf/actor_companion.hpp>
#include <caf/all.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>

namespace maestro {

// The bridge leans on what CAF keeps to itself: the companion's mailbox element, its links, how a response is
// numbered.
static_assert(CAF_VERSION == 1706, "read actor_bridge again with the sources of this CAF beside it");

class actor_bridge {
public:
  /// `wake` is called on a responder's thread, after something was posted to `io`.
  actor_bridge(caf::actor_system& system, boost::asio::io_context& io, std::chrono::milliseconds timeout,
               std::size_t max_in_flight, std::function<void()> wake = {});
  ~actor_bridge();
  actor_bridge(const actor_bridge&) = delete;
  actor_bridge& operator=(const actor_bridge&) = delete;

  /// What the typed interface of `Handle` answers to `Message`.
  template <class Handle, class Message>
  using answer_to = caf::detail::tl_head_t<
      typename caf::response_type<typename Handle::signatures, std::decay_t<Message>>::type>;

  /// Sends the message; `done` is called once, on this thread, with `result<answer>&&`: the answer, the actor's
  /// failure, `deadline_exceeded`, or `unavailable` when the actor is gone or too many requests wait already.
  /// Waits until `by`, at most for the bridge's timeout.
  template <class Handle, class Message, class Done>
  void ask(const Handle& whom, Message&& message, Done done, call_deadline by = {}) {
    send(caf::message_priority::normal, whom, std::forward<Message>(message), std::move(done), by);
  }
  /// The same, ahead of what waits in the actor's mailbox: for health alone.
  template <class Handle, class Message, class Done>
  void ask_ahead(const Handle& whom, Message&& message, Done done) {
    send(caf::message_priority::high, whom, std::forward<Message>(message), std::move(done), {});
  }

  /// How long whoever asked waits at most.
  std::chrono::milliseconds timeout() const { return timeout_; }

private:
  template <class Handle, class Message, class Done>
  void send(caf::message_priority priority, const Handle& whom, Message&& message, Done done, call_deadline by) {
    using Answer = answer_to<Handle, Message>;
    if (waiting_.size() >= max_in_flight_)
      return done(result<Answer>(overloaded()));
    auto id = companion_->new_request_id(priority);
    auto key = id.response_id().integer_value();
    waiting_.emplace(key, std::make_unique<typed_waiter<Answer, Done>>(std::move(done)));
    auto latest = clock::now() + timeout_;
    if (by && *by < latest)
      earlier_.emplace(*by, key);
    else
      deadlines_.emplace_back(latest, key);
    if (!is_sweeping_)
      arm_sweep();
    caf::actor_cast<caf::abstract_actor*>(whom)->enqueue(
        caf::make_mailbox_element(caf::strong_actor_ptr(sender_), id, {}, std::forward<Message>(message)),
        nullptr);
  }

  using clock = std::chrono::steady_clock;

  struct waiter {
    virtual ~waiter() = default;
    virtual void answer(caf::type_erased_tuple& content) = 0;
    virtual void fail(failure why) = 0;
  };
  template <class Answer, class Done>
  struct typed_waiter final : waiter {
    explicit typed_waiter(Done callback) : done(std::move(callback)) {}
    void answer(caf::type_erased_tuple& content) override {
      if (content.match_elements<Answer>())
        done(result<Answer>(std::move(content.get_mutable_as<Answer>(0))));
      else if (content.match_elements<caf::error>())
        fail(from_caf(content.get_as<caf::error>(0)));
      else
        fail({ec::internal, "an actor gave an answer of the wrong type"});
    }
    void fail(failure why) override { done(result<Answer>(std::move(why))); }
    Done done;
  };

  failure overloaded() const;
  void push(caf::mailbox_element_ptr element);
  void drain();
  void arm_sweep();
  void sweep();
  void expire(std::uint64_t key, const std::string& text);

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  std::chrono::milliseconds timeout_;
  std::size_t max_in_flight_;
  std::function<void()> wake_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
  caf::actor handle_;
  caf::strong_actor_ptr sender_;
  caf::actor_companion* companion_ = nullptr;
  std::atomic<caf::mailbox_element*> arrived_{nullptr};
  std::unordered_map<std::uint64_t, std::unique_ptr<waiter>> waiting_;
  std::deque<std::pair<clock::time_point, std::uint64_t>> deadlines_;
  std::multimap<clock::time_point, std::uint64_t> earlier_; ///< than the constant timeout
  bool is_sweeping_ = false; ///< while there are deadlines: who has none wakes nobody
};

} // namespace maestro
