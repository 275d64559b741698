#include "actors/cluster/answer_desk.hpp"

#include "messages/type_ids.hpp"

namespace maestro {

// It leans on what CAF keeps to itself: the companion's mailbox element and how a response is numbered.
static_assert(CAF_VERSION == 1706, "read answer_desk again with the sources of this CAF beside it");

namespace {

caf::expected<ping_result> read(caf::type_erased_tuple& content) {
  if (content.match_elements<ping_result>())
    return content.get_as<ping_result>(0);
  if (content.match_elements<caf::error>())
    return content.get_as<caf::error>(0);
  return to_caf({ec::internal, "a game room gave an answer of the wrong type"});
}

} // namespace

answer_desk::answer_desk(caf::actor_system& system, caf::actor_addr door)
    : door_(std::move(door)), handle_(system.spawn<caf::actor_companion, caf::hidden>()),
      sender_(caf::actor_cast<caf::strong_actor_ptr>(handle_)),
      companion_(caf::actor_cast<caf::actor_companion*>(handle_)) {
  companion_->on_enqueue([this](caf::mailbox_element_ptr heard) { note(*heard); });
}

// actor_companion::disconnect is declared but not defined in CAF 0.17.6, hence by hand (2026-11).
answer_desk::~answer_desk() {
  companion_->on_enqueue(nullptr);
  companion_->cleanup(caf::exit_reason::normal, nullptr);
}

void answer_desk::ask(const game_room_actor& room, const ping_room& ping, when_answered then,
                      caf::execution_unit* host) {
  auto id = companion_->new_request_id(caf::message_priority::normal);
  asked_.emplace(id.response_id().integer_value(), std::move(then));
  caf::actor_cast<caf::abstract_actor*>(room)->enqueue(
      caf::make_mailbox_element(caf::strong_actor_ptr(sender_), id, {}, ping), host);
}

// From any thread.
void answer_desk::note(caf::mailbox_element& heard) {
  if (!heard.mid.is_response())
    return;
  answer told{heard.mid.integer_value(), read(heard.content())};
  {
    std::lock_guard lock(guard_);
    heard_.push_back(std::move(told));
    if (heard_.size() > 1)
      return;
  }
  if (auto door = caf::actor_cast<caf::strong_actor_ptr>(door_))
    door->get()->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, timer_fired{}), nullptr);
}

void answer_desk::hear() {
  std::vector<answer> heard;
  {
    std::lock_guard lock(guard_);
    heard.swap(heard_);
  }
  for (auto& [number, told] : heard)
    if (auto found = asked_.extract(number); !found.empty())
      found.mapped()(std::move(told));
}

} // namespace maestro
