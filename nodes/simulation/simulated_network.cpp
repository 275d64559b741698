#include "nodes/simulation/simulated_network.hpp"

#include "actors/call_later.hpp"
#include "messages/type_ids.hpp"

#include <caf/actor_proxy.hpp>
#include <caf/all.hpp>
#include <caf/make_actor.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <list>
#include <map>
#include <set>

namespace maestro::simulation {

using namespace std::chrono_literals;

namespace {

constexpr auto connect_limit = 2s; ///< of a connection that nobody answers
constexpr auto unheard_limit = 2s; ///< of a connection: then it is broken (CAF's heartbeat)
constexpr std::uint64_t usual_latency_us = 3000;
constexpr std::uint64_t long_latency_us = 200'000;
constexpr std::uint64_t long_ones = 100; ///< one in so many

struct connection;

/// Stands in one node for an actor of another.
class remote_end final : public caf::actor_proxy {
public:
  remote_end(caf::actor_config& config, simulated_network::parts* network, std::weak_ptr<connection> through,
             std::size_t side, caf::strong_actor_ptr whom)
      : actor_proxy(config), network_(network), through_(std::move(through)), side_(side), whom_(std::move(whom)) {
  }

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override;
  void kill_proxy(caf::execution_unit* unit, caf::error why) override { cleanup(std::move(why), unit); }
  void forget() { whom_ = nullptr; }
  const caf::strong_actor_ptr& whom() const { return whom_; }

private:
  simulated_network::parts* network_;
  std::weak_ptr<connection> through_;
  std::size_t side_; ///< of the connection, where this stands
  caf::strong_actor_ptr whom_;
};

struct wire_message {
  timestamp due;
  caf::strong_actor_ptr from; ///< none: its process is gone
  caf::strong_actor_ptr to;
  caf::message_id id;
  caf::message what;
};

/// Side 0 opened it, side 1 listens.
struct connection {
  struct end {
    std::string address;
    std::uint64_t life = 0;
    caf::actor_system* system = nullptr;                       ///< none: its process is gone
    std::map<caf::actor_id, caf::strong_actor_ptr> stands_ins; ///< here, for actors of the other side
    std::deque<wire_message> arriving;
  };
  std::array<end, 2> ends;
  caf::strong_actor_ptr door; ///< what stands for the door at side 0
  bool is_up = true;
  timestamp unheard_since = never;
};

struct attempt {
  std::string from;
  std::string to;
  std::uint64_t life = 0; ///< of who asks
  std::uint64_t number = 0;
  timestamp due;
  caf::actor_addr connector;
  result<peer_link> outcome = failure{ec::unavailable, "no answer in time"};
  bool is_decided = false;
};

} // namespace

struct simulated_network::parts {
  struct process {
    caf::actor_system* system = nullptr; ///< none: it does not run
    caf::strong_actor_ptr door;
    std::uint64_t life = 0;
    bool is_frozen = false;
  };

  explicit parts(std::mt19937_64& dice) : random(&dice) {}

  bool is_open(const std::string& from, const std::string& to) const { return !cuts.contains({from, to}); }
  bool is_heard(const connection& one) const {
    auto& a = one.ends[0].address;
    auto& b = one.ends[1].address;
    bool both_run = one.ends[0].system != nullptr && one.ends[1].system != nullptr;
    return both_run && is_open(a, b) && is_open(b, a) && !processes.at(a).is_frozen && !processes.at(b).is_frozen;
  }
  /// Whoever is left hears that the other process is gone.
  bool is_reset(const connection& one) const {
    auto& [a, b] = one.ends;
    bool has_ended = a.system == nullptr || b.system == nullptr;
    return has_ended && is_open(a.address, b.address) && is_open(b.address, a.address);
  }
  duration latency() {
    bool is_long = (*random)() % long_ones == 0;
    return std::chrono::microseconds{100 + (*random)() % (is_long ? long_latency_us : usual_latency_us)};
  }
  void send(connection& through, std::size_t side, caf::strong_actor_ptr from, caf::strong_actor_ptr to,
            caf::message_id id, caf::message what);
  void deliver(const std::shared_ptr<connection>& through, std::size_t side);
  void break_up(connection& one);
  void decide(attempt& one);
  peer_link connect(const attempt& one);
  caf::strong_actor_ptr stand_in(const std::shared_ptr<connection>& through, std::size_t side,
                                 const caf::strong_actor_ptr& whom);

  std::mt19937_64* random;
  timestamp now = never;
  std::map<std::string, process> processes;
  std::set<std::pair<std::string, std::string>> cuts;
  std::list<std::shared_ptr<connection>> connections;
  std::list<attempt> attempts;
  std::uint64_t last_number = 0;
  std::uint64_t last_life = 0;
};

namespace {

void remote_end::enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) {
  auto through = through_.lock();
  if (through && through->is_up && whom_)
    network_->send(*through, 1 - side_, what->sender, whom_, what->mid, what->copy_content_to_message());
}

struct connector_state {
  static inline const char* name = "simulated_connector";
  std::map<std::uint64_t, caf::typed_response_promise<peer_link>> waiting;
};
using connector = peer_connector_actor::extend<tell<timer_fired>>;

connector::behavior_type simulated_connector(connector::stateful_pointer<connector_state> self,
                                             simulated_network::parts* network, const std::string& address) {
  return {
      [=](const connect_peer& wish) -> caf::result<peer_link> {
        auto number = ++network->last_number;
        attempt one{address, wish.address, network->processes[address].life,
                    number,  network->now, self->address()};
        bool is_silent = !network->is_open(address, wish.address) || !network->is_open(wish.address, address);
        one.due += is_silent ? duration{connect_limit} : network->latency();
        network->attempts.push_back(std::move(one));
        return self->state.waiting.emplace(number, self->make_response_promise<peer_link>()).first->second;
      },
      [=](const timer_fired& fired) {
        auto outcome = std::find_if(network->attempts.begin(), network->attempts.end(),
                                    [&](auto& one) { return one.number == fired.number; });
        auto answer = self->state.waiting.extract(fired.number);
        if (outcome == network->attempts.end() || answer.empty())
          return;
        if (outcome->outcome)
          answer.mapped().deliver(*outcome->outcome);
        else
          answer.mapped().deliver(to_caf(outcome->outcome.error()));
        network->attempts.erase(outcome);
      },
  };
}

} // namespace

void simulated_network::parts::send(connection& through, std::size_t side, caf::strong_actor_ptr from,
                                    caf::strong_actor_ptr to, caf::message_id id, caf::message what) {
  auto& queue = through.ends[side].arriving;
  auto due = now + latency();
  if (!queue.empty())
    due = std::max(due, queue.back().due);
  queue.push_back({due, std::move(from), std::move(to), id, std::move(what)});
}

caf::strong_actor_ptr simulated_network::parts::stand_in(const std::shared_ptr<connection>& through,
                                                         std::size_t side, const caf::strong_actor_ptr& whom) {
  auto& here = through->ends[side];
  if (!whom || here.system == nullptr)
    return nullptr;
  auto& known = here.stands_ins[whom->id()];
  if (!known) {
    caf::actor_config config;
    known = caf::make_actor<remote_end, caf::strong_actor_ptr>(here.system->next_actor_id(), here.system->node(),
                                                               here.system, config, this, through, side, whom);
  }
  return known;
}

void simulated_network::parts::deliver(const std::shared_ptr<connection>& through, std::size_t side) {
  auto& here = through->ends[side];
  while (!here.arriving.empty() && here.arriving.front().due <= now) {
    auto one = std::move(here.arriving.front());
    here.arriving.pop_front();
    if (here.system != nullptr && one.to)
      one.to->enqueue(stand_in(through, side, one.from), one.id, std::move(one.what), nullptr);
  }
}

// Who opened it monitors the door. What is on its way to a frozen process waits there.
void simulated_network::parts::break_up(connection& one) {
  one.is_up = false;
  auto& opener = one.ends[0];
  if (opener.system != nullptr && one.door)
    static_cast<remote_end*>(one.door->get())->kill_proxy(nullptr, caf::exit_reason::remote_link_unreachable);
  for (auto& end : one.ends)
    if (!processes.at(end.address).is_frozen)
      end.arriving.clear();
}

peer_link simulated_network::parts::connect(const attempt& one) {
  auto made = std::make_shared<connection>();
  for (std::size_t side : {0u, 1u}) {
    auto& address = side == 0 ? one.from : one.to;
    auto& there = processes.at(address);
    made->ends[side].address = address;
    made->ends[side].life = there.life;
    made->ends[side].system = there.system;
  }
  made->door = stand_in(made, 0, processes.at(one.to).door);
  connections.push_back(made);
  return peer_link{caf::actor_cast<peer_door_actor>(made->door)};
}

void simulated_network::parts::decide(attempt& one) {
  one.is_decided = true;
  auto there = processes.find(one.to);
  bool is_open_way = is_open(one.from, one.to) && is_open(one.to, one.from);
  bool runs = there != processes.end() && there->second.system != nullptr;
  if (is_open_way && !runs)
    one.outcome = failure{ec::not_found, "connection refused"};
  else if (is_open_way && !there->second.is_frozen)
    one.outcome = connect(one);
  if (auto connector = caf::actor_cast<caf::strong_actor_ptr>(one.connector))
    connector->enqueue(nullptr, caf::make_message_id(), caf::make_message(timer_fired{0, one.number}), nullptr);
}

simulated_network::simulated_network(std::mt19937_64& random) : parts_(std::make_unique<parts>(random)) {}

simulated_network::~simulated_network() = default;

void simulated_network::open(const std::string& address, caf::actor_system& system, const peer_door_actor& door) {
  auto& process = parts_->processes[address];
  process.system = &system;
  process.door = caf::actor_cast<caf::strong_actor_ptr>(door);
  process.life = ++parts_->last_life;
}

// Nothing of its actor system may be left here. What it sent before it ended still arrives, from nobody.
void simulated_network::end(const std::string& address) {
  auto& process = parts_->processes[address];
  process.system = nullptr;
  process.door = nullptr;
  std::erase_if(parts_->attempts, [&](auto& one) { return one.from == address; });
  for (auto& one : parts_->connections)
    for (std::size_t side : {0u, 1u}) {
      auto& gone = one->ends[side];
      auto& other = one->ends[1 - side];
      if (gone.address != address || gone.system == nullptr)
        continue;
      gone.arriving.clear();
      gone.stands_ins.clear();
      gone.system = nullptr;
      if (side == 0)
        one->door = nullptr;
      for (auto& message : other.arriving)
        message.from = nullptr;
      for (auto& [id, stand_in] : other.stands_ins)
        static_cast<remote_end*>(stand_in->get())->forget();
      bool is_told = parts_->is_open(address, other.address) && parts_->is_open(other.address, address);
      if (is_told && one->is_up)
        parts_->break_up(*one);
    }
}

peer_connector_actor simulated_network::spawn_connector(caf::actor_system& system, const std::string& address) {
  return system.spawn(simulated_connector, parts_.get(), address);
}

void simulated_network::set_cut(const std::string& from, const std::string& to, bool is_cut) {
  is_cut ? (void)parts_->cuts.emplace(from, to) : (void)parts_->cuts.erase({from, to});
}

void simulated_network::set_frozen(const std::string& address, bool is_frozen) {
  parts_->processes[address].is_frozen = is_frozen;
}

void simulated_network::advance(timestamp now) {
  auto& all = *parts_;
  all.now = now;
  for (auto& one : all.attempts)
    if (!one.is_decided && one.due <= now)
      all.decide(one);
  for (auto& one : all.connections) {
    if (all.is_heard(*one))
      one->unheard_since = never;
    else if (one->unheard_since == never)
      one->unheard_since = now;
    bool is_silent = one->unheard_since != never && now - one->unheard_since > unheard_limit;
    if (one->is_up && (is_silent || all.is_reset(*one)))
      all.break_up(*one);
    for (std::size_t side : {0u, 1u}) {
      auto& here = one->ends[side];
      bool arrives = all.is_open(one->ends[1 - side].address, here.address);
      if (arrives && !all.processes.at(here.address).is_frozen)
        all.deliver(one, side);
    }
  }
  std::erase_if(all.connections, [](auto& one) {
    return !one->is_up && one->ends[0].arriving.empty() && one->ends[1].arriving.empty();
  });
}

} // namespace maestro::simulation
