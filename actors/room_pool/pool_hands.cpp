#include "actors/room_pool/pool_hands.hpp"

#include "actors/answer_of.hpp"
#include "actors/call_later.hpp"
#include "actors/metrics.hpp"
#include "actors/put_question.hpp"
#include "actors/room_pool/pool_writer.hpp"
#include "actors/rules/room_creation.hpp"
#include "actors/rules/room_observation.hpp"
#include "actors/rules/room_removal.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <utility>

namespace maestro {

namespace {

using namespace std::chrono_literals;
constexpr duration look_again_least = 1s, look_again_most = 16s;

} // namespace

pool_hands::pool_hands(room_pool_actor::pointer self, const actor_context_ptr& context, pool_writer& writer)
    : self_(self), context_(context), writer_(writer), games_(self, context_) {}

void pool_hands::operator()(const rules::take_ports& effect) {
  writer_.take(effect);
}

void pool_hands::operator()(const rules::release_ports& effect) {
  writer_.release(effect);
}

void pool_hands::operator()(const rules::begin_creation& effect) {
  writer_.begin_creation(effect.id);
}

void pool_hands::operator()(const rules::conclude_creation& effect) {
  writer_.end_creation(effect.id);
  writer_.traffic().creations.conclude(effect.batch, effect.problem);
}

void pool_hands::operator()(const rules::conclude_removal& effect) {
  writer_.traffic().removals.conclude(effect.batch, effect.id, effect.problem);
}

void pool_hands::operator()(const rules::end_game_room& effect) {
  games_.end(effect.id);
}

template <class Wish, class Then>
void pool_hands::ask_host(Wish wish, Then then) {
  writer_.asked();
  put_question(self_, context_->host, context_->settings.runtime_timeout, std::move(wish))
      .then(
          [this, then](done) {
            then(std::nullopt);
            writer_.answered();
          },
          [this, then](const caf::error& why) {
            then(answer_of(why, "runtime"));
            writer_.answered();
          });
}

void pool_hands::operator()(const rules::ask_for_instance& effect) {
  auto wanted = rules::instance_for(writer_.view(), effect.id);
  if (!wanted)
    return (*this)(rules::conclude_creation{effect.id, effect.batch, wanted.error().text});
  wanted->epoch = context_->epoch;
  ask_host(std::move(*wanted), [this, effect](const std::optional<failure>& refusal) {
    writer_.carry_out(rules::decide_creation_answer(effect, refusal));
  });
}

void pool_hands::operator()(const rules::ask_for_end& effect) {
  auto grace = rules::grace_of(writer_.view(), effect.id);
  auto* room = writer_.table().find(effect.id);
  delete_instance wish{effect.id, writer_.name(),  to_string(effect.cause),
                       grace,     context_->epoch, room != nullptr ? room->placed_on : std::string()};
  ask_host(std::move(wish), [this, effect](const std::optional<failure>& refusal) {
    writer_.carry_out(rules::decide_end_answer(effect, refusal));
  });
}

void pool_hands::operator()(const rules::end_orphan& effect) {
  ask_host(delete_instance{effect.id, writer_.name(), "orphan", duration{}, context_->epoch, {}},
           [](const std::optional<failure>&) {}); // the next review asks again
}

void pool_hands::operator()(const rules::report_loss& effect) {
  if (losses_to_)
    self_->send(losses_to_, effect.what);
}

void pool_hands::report_losses_to(health_controller_actor whom) {
  losses_to_ = std::move(whom);
  tells_next_change_ = tells_next_change_ && losses_to_;
}

void pool_hands::ask_for_look() {
  if (losses_to_)
    self_->send(losses_to_, look_now{});
}

void pool_hands::look_when_lost(duration lost_at) {
  if (lost_at != std::exchange(next_loss_, lost_at) && lost_at != duration::max())
    host_loss_.ring(self_, lost_at - context_->clock().steady,
                    timer_fired{static_cast<std::uint8_t>(pool_timer::host_loss)});
}

void pool_hands::time_of_loss() {
  next_loss_ = duration::max();
  ask_for_look();
}

void pool_hands::note_change() {
  if (std::exchange(tells_next_change_, false) && losses_to_)
    self_->send(losses_to_, pool_changed{});
}

// However many players are turned away, it is told from time to time only.
void pool_hands::operator()(const rules::tell_room_wanted&) {
  auto now = context_->clock().steady;
  if (!losses_to_ || now - last_wanted_told_ < context_->settings.look_interval_min)
    return;
  last_wanted_told_ = now;
  self_->send(losses_to_, room_wanted{});
}

void pool_hands::operator()(const rules::start_timer& effect) {
  call_later(self_, effect.wait, pool_timer::creation_deadline, effect.batch);
}

void pool_hands::operator()(const rules::count_metric& effect) {
  switch (effect.what) {
  case rules::pool_metric::ping_update_failed: context_->meter->ping_update_failed(writer_.name()); return;
  case rules::pool_metric::room_silent: context_->meter->room_silenced(writer_.name()); return;
  }
}

void pool_hands::operator()(const rules::note& effect) {
  auto say = [&](log_level level, std::initializer_list<log_field> fields) {
    log(level, "room_pool", to_string(effect.what), fields);
  };
  auto& name = writer_.name();
  switch (effect.what) {
  case rules::pool_note::observation_refused:
    return say(log_level::warn, {name, effect.id, {"status", effect.subject}, {"refused_status", effect.detail}});
  case rules::pool_note::room_not_created:
    return say(log_level::warn, {name, effect.id, {"error", effect.detail}});
  case rules::pool_note::removal_begun: return say(log_level::info, {name, effect.id, {"cause", effect.subject}});
  case rules::pool_note::room_silent:
    return say(log_level::warn, {name, effect.id, {"status", effect.subject}, {"reason", effect.detail}});
  case rules::pool_note::room_out_of_sight: // the machine has thousands, and its loss was said
    return say(log_level::debug, {name, effect.id, {"status", effect.subject}, {"reason", effect.detail}});
  case rules::pool_note::room_ended:
    return say(log_level::info, {name, effect.id, {"cause", effect.subject}, {"reason", effect.detail}});
  case rules::pool_note::stranger_adopted: return say(log_level::info, {name, effect.id});
  case rules::pool_note::stranger_found:
  case rules::pool_note::orphan_found: return say(log_level::warn, {name, effect.id});
  }
}

void pool_hands::operator()(const rules::end_room& intent) {
  writer_.submit(intent.id, [intent](const rules::pool_view& pool) { return rules::decide_end(pool, intent); });
}

void pool_hands::operator()(const rules::look_at_instance& intent) {
  writer_.submit(
      intent.seen.id,
      [seen = intent.seen](const rules::pool_view& pool) { return rules::decide_instance(pool, seen); },
      [this, seen = intent.seen](const result<done>& told) {
        if (!told)
          return look_again_later(seen);
        if (!refused_)
          return;
        refused_->seen.erase(seen.id);
        refused_->look_again_after = {};
      });
}

void pool_hands::look_again_later(const instance& seen) {
  if (!refused_)
    refused_ = std::make_unique<refused_looks>();
  bool is_first = refused_->seen.empty();
  refused_->seen[seen.id] = seen;
  if (!is_first)
    return;
  auto& wait = refused_->look_again_after;
  wait = std::clamp<duration>(2 * wait, look_again_least, look_again_most);
  call_later(self_, wait, pool_timer::refused_looks);
}

void pool_hands::look_again() {
  if (!refused_)
    return;
  auto refused = std::exchange(refused_->seen, {});
  for (auto& [id, seen] : refused)
    (*this)(rules::look_at_instance{std::move(seen)});
}

void pool_hands::operator()(const rules::lose_sight& intent) {
  writer_.submit(intent.id, [intent](const rules::pool_view& pool) {
    return rules::decide_host_loss(pool, intent.id, intent.of);
  });
}

void pool_hands::operator()(const rules::draw_ports_again& intent) {
  writer_.submit(
      intent.id,
      [this, intent](const rules::pool_view& pool) {
        return rules::decide_port_redraw(pool, intent, writer_.random());
      },
      [this, intent](const result<done>& outcome) {
        if (!outcome)
          (*this)(rules::conclude_creation{intent.id, intent.batch, outcome.error().text});
      });
}

} // namespace maestro
