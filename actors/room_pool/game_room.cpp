#include "actors/room_pool/game_room.hpp"

#include "actors/rules/event_report.hpp"
#include "actors/rules/room_observation.hpp"
#include "messages/type_ids.hpp"

namespace maestro {

// It leans on what CAF keeps to itself: how an actor without a mailbox answers, forwards, ends and turns away.
static_assert(CAF_VERSION == 1706, "read game_room again with the sources of this CAF beside it");

namespace {

room_changed known_of(const room_record& room) {
  return {room.status,          room.ping, room.running_matches, room.allocated_at, promised_slots(room) > 0,
          !room.silence.empty()};
}

} // namespace

game_room::game_room(caf::actor_config& config, surroundings_ptr around, const room_record& room)
    : caf::monitorable_actor(config), around_(std::move(around)), room_(room.id), known_(known_of(room)) {}

void game_room::learn(const room_record& durable) {
  auto now_known = known_of(durable);
  exclusive_critical_section([&] { known_ = now_known; });
}

void game_room::tell_listener_of(const room_record& durable, std::uint64_t sequence) {
  auto now_told = std::make_unique<told>(
      told{told_room{durable.id, {durable.host, durable.ports}}, durable.end_reported, durable.validation});
  exclusive_critical_section([&] {
    told_.swap(now_told);
    last_event_ = sequence;
  });
}

void game_room::forget_listener() {
  exclusive_critical_section([this] { told_.reset(); });
}

void game_room::hand_on(ping_status said, std::string metadata, caf::execution_unit* host) {
  auto* listener = around_->listener.load(std::memory_order_acquire);
  if (listener == nullptr || metadata.empty())
    return;
  resync_room news{said, std::move(metadata), {}, 0};
  bool is_told = exclusive_critical_section([&] {
    if (!told_ || !rules::is_resynced(told_->is_validation, told_->end_reported, said))
      return false;
    news.room = told_->room;
    news.after = last_event_;
    return true;
  });
  if (is_told)
    listener->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, std::move(news)), host);
}

void game_room::conclude_ping() {
  exclusive_critical_section([this] { under_way_ -= under_way_ > 0; });
}

void game_room::end() {
  cleanup(caf::exit_reason::user_shutdown, nullptr);
}

void game_room::enqueue(caf::mailbox_element_ptr what, caf::execution_unit* host) {
  if (getf(is_terminated_flag))
    return bounce(what);
  if (what->content().match_elements<ping_room>())
    return ping(*what, what->content().get_mutable_as<ping_room>(0), host);
  if (what->content().match_elements<report_silence>())
    return note_silence(what->content().get_mutable_as<report_silence>(0), host);
  if (!handle_system_message(*what, host, false))
    bounce(what, caf::sec::unexpected_message);
}

void game_room::ping(const caf::mailbox_element& what, ping_room& observed, caf::execution_unit* host) {
  auto& context = *around_->context;
  auto clock = context.clock();
  last_ping_.store(clock.now.time_since_epoch().count(), std::memory_order_relaxed);
  bool is_heard = around_->listener.load(std::memory_order_acquire) != nullptr;
  // While an earlier ping is on its way to the disk, nobody knows what this one is to be compared with.
  bool repeats = exclusive_critical_section([&] {
    bool same = under_way_ == 0 && (!is_heard || told_) &&
                rules::changes_nothing(known_, observed, around_->shortest_allocation(), clock);
    under_way_ += !same;
    return same;
  });
  auto sender = what.sender;
  if (!repeats) {
    observe_ping change{room_, observed.status, observed.running_matches, std::move(observed.metadata)};
    auto* pool = caf::actor_cast<caf::abstract_actor*>(around_->pool);
    pool->enqueue(caf::make_mailbox_element(std::move(sender), what.mid, {}, std::move(change)), host);
    return;
  }
  if (is_heard)
    hand_on(observed.status, std::move(observed.metadata), host);
  if (sender && what.mid.is_request())
    sender->enqueue(caf::make_mailbox_element(nullptr, what.mid.response_id(), {}, ping_result{true, is_heard}),
                    host);
}

// What the pool hears of twice, because it has not told yet what it knows, it decides twice and writes once.
void game_room::note_silence(report_silence& seen, caf::execution_unit* host) {
  auto clock = around_->context->clock();
  if (seen.could_not_look)
    return last_excuse_.store(clock.now.time_since_epoch().count(), std::memory_order_relaxed);
  bool repeats = exclusive_critical_section(
      [&] { return rules::changes_nothing(known_, seen, around_->shortest_allocation(), clock); });
  if (repeats)
    return;
  auto* pool = caf::actor_cast<caf::abstract_actor*>(around_->pool);
  pool->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                          observe_silence{room_, std::move(seen.reason)}),
                host);
}

caf::strong_actor_ptr make_game_room(caf::actor_system& system, game_room::surroundings_ptr around,
                                     const room_record& room) {
  caf::actor_config config;
  return caf::make_actor<game_room, caf::strong_actor_ptr>(system.next_actor_id(), system.node(), &system, config,
                                                           std::move(around), room);
}

} // namespace maestro
