#include "actors/room_pool/pool_listeners.hpp"

#include "actors/call_later.hpp"
#include "actors/forwarding.hpp"
#include "actors/put_question.hpp"
#include "actors/room_pool/pool_hands.hpp"
#include "actors/rules/event_report.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <utility>

namespace maestro {

namespace {

constexpr std::size_t waiting_max = 10000;
constexpr auto listeners_pause = std::chrono::seconds{1};

} // namespace

pool_listeners::pool_listeners(room_pool_actor::pointer self, const actor_context_ptr& context,
                               const scheduler_name& name, game_rooms& games)
    : self_(self), context_(context), name_(name), games_(games) {}

pool_listeners::~pool_listeners() {
  for (auto& one : waiting_)
    one.otherwise({ec::unavailable, "the scheduler has ended", failure_subject::actor});
  if (following_)
    caf::anon_send_exit(following_->forwarding, caf::exit_reason::user_shutdown);
}

// Versions change often, forwarders rarely.
void pool_listeners::learn(const shared_value<scheduler>& recipe, std::uint64_t now) {
  bool has_listeners = context_->matchmakers && rules::has_listeners(recipe);
  if (!following_ && !has_listeners)
    return conclude(std::nullopt);
  if (following_ && recipe->forwarders == following_->recipe->forwarders &&
      recipe->game == following_->recipe->game)
    return;
  if (!following_) {
    following_ = std::make_unique<following>();
    following_->forwarding = spawn_forwarding(self_->system(), context_, name_);
  }
  following_->recipe = recipe;
  following_->now = now;
  games_.listen(has_listeners ? caf::actor_cast<caf::strong_actor_ptr>(following_->forwarding) : nullptr);
  is_ready_ = false;
  follow();
}

void pool_listeners::follow() {
  auto& [forwarding, recipe, now, asked] = *following_;
  auto number = ++asked;
  put_question(self_, forwarding, caf::infinite, follow_forwarders{*recipe, now})
      .then(
          [this, number](done) {
            if (number == following_->asked)
              conclude(std::nullopt);
          },
          [this, number](const caf::error& why) {
            if (number == following_->asked)
              conclude(from_caf(why));
          });
}

void pool_listeners::conclude(const std::optional<failure>& refusal) {
  is_ready_ = !refusal;
  if (refusal) {
    log_warn("room_pool", "the places of the forwarders cannot be kept", {name_, {"error", refusal->text}});
    call_later(self_, listeners_pause, pool_timer::listeners);
  }
  for (auto& one : std::exchange(waiting_, {}))
    refusal ? one.otherwise(*refusal) : one.act();
}

void pool_listeners::try_again() {
  if (!is_ready_ && following_)
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
