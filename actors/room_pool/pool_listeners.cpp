#include "actors/room_pool/pool_listeners.hpp"

#include "actors/forwarding.hpp"
#include "actors/rules/event_report.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <utility>

namespace maestro {

namespace {

constexpr std::size_t waiting_max = 10000;

} // namespace

pool_listeners::pool_listeners(room_pool_actor::pointer self, actor_context_ptr context, scheduler_name name,
                               game_rooms& games, std::function<void()> later)
    : self_(self), context_(std::move(context)), name_(std::move(name)), games_(games), later_(std::move(later)) {}

pool_listeners::~pool_listeners() {
  for (auto& one : waiting_)
    one.otherwise({ec::unavailable, "the scheduler has ended", failure_subject::actor});
  if (forwarding_)
    caf::anon_send_exit(forwarding_, caf::exit_reason::user_shutdown);
}

// Versions change often, forwarders rarely.
void pool_listeners::learn(const shared_value<scheduler>& recipe, std::uint64_t now) {
  bool has_listeners = context_->matchmakers && rules::has_listeners(recipe);
  if (!forwarding_ && !has_listeners)
    return conclude(std::nullopt);
  if (forwarding_ && recipe->forwarders == recipe_->forwarders && recipe->game == recipe_->game)
    return;
  recipe_ = recipe;
  now_ = now;
  if (!forwarding_)
    forwarding_ = spawn_forwarding(self_->system(), context_, name_);
  games_.listen(has_listeners ? caf::actor_cast<caf::strong_actor_ptr>(forwarding_) : nullptr);
  is_ready_ = false;
  follow();
}

void pool_listeners::follow() {
  auto number = ++asked_;
  self_->request(forwarding_, caf::infinite, follow_forwarders{*recipe_, now_})
      .then(
          [this, number](done) {
            if (number == asked_)
              conclude(std::nullopt);
          },
          [this, number](const caf::error& why) {
            if (number == asked_)
              conclude(from_caf(why));
          });
}

void pool_listeners::conclude(const std::optional<failure>& refusal) {
  is_ready_ = !refusal;
  if (refusal) {
    log_warn("room_pool", "the places of the forwarders cannot be kept", {name_, {"error", refusal->text}});
    later_();
  }
  for (auto& one : std::exchange(waiting_, {}))
    refusal ? one.otherwise(*refusal) : one.act();
}

void pool_listeners::try_again() {
  if (!is_ready_ && forwarding_)
    follow();
}

void pool_listeners::when_ready(std::function<void()> act, refuse otherwise) {
  if (is_ready_)
    return act();
  if (waiting_.size() >= waiting_max)
    return otherwise({ec::resource_exhausted, "too many events wait for the forwarders"});
  waiting_.push_back({std::move(act), std::move(otherwise)});
}

} // namespace maestro
