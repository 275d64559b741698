#include "actors/alarm.hpp"

#include "messages/type_ids.hpp"

#include <utility>

namespace maestro {

// It leans on what CAF keeps to itself: that any number of timers of that kind run at a time, and what one says.
static_assert(CAF_VERSION == 1706, "read alarm again with the sources of this CAF beside it");

namespace {

class bell : public caf::monitorable_actor {
public:
  bell(caf::actor_config& config, caf::strong_actor_ptr owner)
      : caf::monitorable_actor(config), owner_(std::move(owner)) {}

  using caf::monitorable_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* host) override {
    auto owner = exclusive_critical_section([this] { return owner_; });
    if (!owner || !what->content().match_elements<caf::timeout_msg>())
      return;
    auto& due = what->content().get_as<caf::timeout_msg>(0);
    owner->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                             timer_fired{static_cast<std::uint8_t>(due.type), due.timeout_id}),
                   host);
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
  auto& clock = owner_->system().clock();
  clock.cancel_timeouts(bell_->get());
  clock.cancel_timeouts(owner_);
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
  clock.set_multi_timeout(clock.now() + wait, bell_->get(), static_cast<caf::atom_value>(what.kind), what.number);
}

} // namespace maestro
