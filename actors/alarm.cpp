#include "actors/alarm.hpp"

#include "messages/type_ids.hpp"

#include <utility>

namespace maestro {

namespace {

class bell : public caf::monitorable_actor {
public:
  bell(caf::actor_config& config, caf::strong_actor_ptr owner)
      : caf::monitorable_actor(config), owner_(std::move(owner)) {}

  using caf::monitorable_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* host) override {
    if (auto owner = exclusive_critical_section([this] { return owner_; }))
      owner->enqueue(std::move(what), host);
  }
  const char* name() const override { return "bell"; }

  void let_go() {
    auto owner = exclusive_critical_section([this] { return std::exchange(owner_, nullptr); });
  }

private:
  caf::strong_actor_ptr owner_; ///< guarded by the actor's own mutex
};

} // namespace

alarm::~alarm() {
  if (!bell_)
    return;
  static_cast<bell&>(*bell_->get()).let_go();
  owner_->system().clock().cancel_timeouts(owner_);
}

void alarm::ring(caf::scheduled_actor* owner, duration wait, const timer_fired& what) {
  auto& system = owner->system();
  if (!bell_) {
    owner_ = owner;
    caf::actor_config config;
    bell_ = caf::make_actor<bell, caf::strong_actor_ptr>(system.next_actor_id(), system.node(), &system, config,
                                                         caf::strong_actor_ptr(owner->ctrl()));
  }
  auto& clock = system.clock();
  clock.schedule_message(clock.now() + wait, bell_,
                         caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, what));
}

} // namespace maestro
