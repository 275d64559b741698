#include "nodes/gateway/actor_bridge.hpp"

#include <boost/asio/post.hpp>

namespace maestro {

namespace asio = boost::asio;

actor_bridge::actor_bridge(caf::actor_system& system, asio::io_context& io, std::chrono::milliseconds timeout,
                           std::size_t max_in_flight, std::function<void()> wake)
    : io_(io), timer_(io), timeout_(timeout), max_in_flight_(max_in_flight), wake_(std::move(wake)) {
  handle_ = system.spawn<caf::actor_companion, caf::hidden>();
  sender_ = caf::actor_cast<caf::strong_actor_ptr>(handle_);
  companion_ = caf::actor_cast<caf::actor_companion*>(handle_);
  companion_->on_enqueue([this](caf::mailbox_element_ptr element) { push(std::move(element)); });
}

// actor_companion::disconnect is declared but not defined in CAF 0.17.6, hence by hand (2026-11).
actor_bridge::~actor_bridge() {
  timer_.cancel();
  companion_->on_enqueue(nullptr);
  companion_->cleanup(caf::exit_reason::normal, nullptr);
  for (auto* left = arrived_.exchange(nullptr); left != nullptr;) {
    caf::mailbox_element_ptr element{left};
    left = static_cast<caf::mailbox_element*>(element->next);
    element->next = nullptr;
  }
}

failure actor_bridge::overloaded() const {
  return {ec::unavailable,
          "too many requests are waiting already, the limit is " + std::to_string(max_in_flight_)};
}

/// On the responder's thread.
void actor_bridge::push(caf::mailbox_element_ptr element) {
  auto* node = element.release();
  auto* head = arrived_.load(std::memory_order_relaxed);
  do
    node->next = head;
  while (!arrived_.compare_exchange_weak(head, node, std::memory_order_acq_rel, std::memory_order_relaxed));
  if (head != nullptr)
    return;
  asio::post(io_, [this, token = std::weak_ptr<char>(alive_)] {
    if (!token.expired())
      drain();
  });
  if (wake_)
    wake_();
}

void actor_bridge::drain() {
  auto* newest = arrived_.exchange(nullptr, std::memory_order_acquire);
  caf::mailbox_element* oldest = nullptr;
  while (newest != nullptr) {
    auto* next = static_cast<caf::mailbox_element*>(newest->next);
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  while (oldest != nullptr) {
    caf::mailbox_element_ptr element{oldest};
    oldest = static_cast<caf::mailbox_element*>(element->next);
    element->next = nullptr;
    auto found = waiting_.find(element->mid.integer_value());
    if (!element->mid.is_response() || found == waiting_.end())
      continue;
    auto asked = std::move(found->second);
    waiting_.erase(found);
    asked->answer(element->content());
  }
}

void actor_bridge::arm_sweep() {
  constexpr std::chrono::milliseconds interval{20};
  is_sweeping_ = true;
  timer_.expires_after(interval);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error)
      return;
    sweep();
    is_sweeping_ = !deadlines_.empty() || !earlier_.empty();
    if (is_sweeping_)
      arm_sweep();
  });
}

void actor_bridge::sweep() {
  auto now = clock::now();
  while (!deadlines_.empty() && deadlines_.front().first <= now) {
    auto key = deadlines_.front().second;
    deadlines_.pop_front();
    expire(key, "no answer within " + std::to_string(timeout_.count()) + " ms");
  }
  while (!earlier_.empty() && earlier_.begin()->first <= now) {
    auto key = earlier_.begin()->second;
    earlier_.erase(earlier_.begin());
    expire(key, "no answer before the caller's deadline");
  }
}

void actor_bridge::expire(std::uint64_t key, const std::string& text) {
  auto found = waiting_.find(key);
  if (found == waiting_.end())
    return;
  auto asked = std::move(found->second);
  waiting_.erase(found);
  asked->fail({ec::deadline_exceeded, text});
}

} // namespace maestro
