#include "actors/cluster/remote_room.hpp"

#include "messages/type_ids.hpp"

#include <utility>

namespace maestro {

// It leans on what CAF keeps to itself: how an actor without a mailbox answers and turns away.
static_assert(CAF_VERSION == 1706, "read remote_room again with the sources of this CAF beside it");

namespace {

class remote_room : public caf::monitorable_actor {
public:
  remote_room(caf::actor_config& config, ping_tray_ptr tray, scheduler_name scheduler, room_id room)
      : caf::monitorable_actor(config), tray_(std::move(tray)), scheduler_(std::move(scheduler)),
        room_(std::move(room)) {}

  using caf::monitorable_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* host) override {
    if (what->content().match_elements<ping_room>())
      return ping(what, host);
    if (!handle_system_message(*what, host, false))
      bounce(what, caf::sec::unexpected_message);
  }
  const char* name() const override { return "remote_room"; }

private:
  void ping(caf::mailbox_element_ptr& what, caf::execution_unit* host) {
    ping_tray::ping one{
        what->sender, what->mid, {scheduler_, room_, std::move(what->content().get_mutable_as<ping_room>(0))}};
    if (!tray_->lay(one, host))
      bounce(what, caf::sec::request_receiver_down);
  }

  const ping_tray_ptr tray_;
  const scheduler_name scheduler_;
  const room_id room_;
};

} // namespace

bool ping_tray::lay(ping& one, caf::execution_unit* host) {
  {
    std::lock_guard lock(guard_);
    if (is_closed_)
      return false;
    waiting_.push_back(std::move(one));
    if (waiting_.size() > 1)
      return true;
  }
  if (auto peer = caf::actor_cast<caf::strong_actor_ptr>(peer_))
    peer->get()->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, timer_fired{kind_, 0}),
                         host);
  return true;
}

std::vector<ping_tray::ping> ping_tray::take() {
  std::lock_guard lock(guard_);
  return std::exchange(waiting_, {});
}

void ping_tray::close() {
  std::vector<ping> left;
  {
    std::lock_guard lock(guard_);
    is_closed_ = true;
    left.swap(waiting_);
  }
  for (auto& one : left)
    if (one.asker && one.id.is_request())
      one.asker->enqueue(nullptr, one.id.response_id(),
                         caf::make_message(caf::make_error(caf::sec::request_receiver_down)), nullptr);
}

game_room_actor remote_rooms::get(caf::actor_system& system, const ping_tray_ptr& tray,
                                  const scheduler_name& scheduler, const room_id& room) {
  auto key = scheduler.str() + '/' + room.str();
  if (auto known = young_.find(key); known != young_.end())
    return known->second;
  if (young_.size() >= generation_size_)
    old_ = std::exchange(young_, {});
  if (auto known = old_.extract(key); !known.empty())
    return young_.insert(std::move(known)).position->second;
  caf::actor_config config;
  auto made = caf::make_actor<remote_room, caf::strong_actor_ptr>(system.next_actor_id(), system.node(), &system,
                                                                  config, tray, scheduler, room);
  return young_.emplace(std::move(key), caf::actor_cast<game_room_actor>(made)).first->second;
}

} // namespace maestro
