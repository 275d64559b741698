#include "nodes/simulation/invariants.hpp"

#include "actors/forwarder_cursors.hpp"
#include "actors/rules/room_lifecycle.hpp"
#include "actors/rules/scheduler_decisions.hpp"
#include "actors/rules/version_rules.hpp"
#include "messages/journal_codec.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::simulation {

namespace {

std::string ping_fact(const room_id& id, ping_status status, std::int64_t running) {
  return fmt::format("pinged {} {} {}", id.str(), to_string(status), running);
}

std::string report_fact(const room_id& id, const std::string& word) {
  return fmt::format("reported {} {}", id.str(), word);
}

bool is_named_end(removal_cause cause) {
  return cause == removal_cause::expired_room || cause == removal_cause::scheduler_deleted ||
         cause == removal_cause::requested;
}

bool keeps_rooms(const operation_definition& definition) {
  return std::holds_alternative<health_controller_operation>(definition) ||
         std::holds_alternative<add_rooms_operation>(definition) ||
         std::holds_alternative<remove_rooms_operation>(definition);
}

template <class State>
bool replay_is_equal(const simulated_disk::stream& stored) {
  typename State::event_type event;
  State full;
  for (auto& record : stored.records)
    if (decode(record, event))
      full.apply(event);
  if (stored.snapshot.empty())
    return true;
  State short_way;
  typename State::snapshot_type snapshot;
  if (!decode(stored.snapshot, snapshot))
    return false;
  short_way.restore(std::move(snapshot));
  for (auto i = stored.snapshot_sequence; i < stored.records.size(); ++i)
    if (decode(stored.records[i], event))
      short_way.apply(event);
  return encode(full.snapshot()) == encode(short_way.snapshot());
}

} // namespace

// Only changes are durable, so a repeated ping proves nothing more than the first.
void invariants::told_pinged(const room_id& id, ping_status status, std::int64_t running, timestamp sent) {
  acknowledge(ping_fact(id, status, running), false);
  auto& heard = last_heard_[id];
  heard = std::max(heard, sent);
}

void invariants::told_last_ping(const room_view& view, ping_status said, std::int64_t running) {
  auto& room = view.room;
  if (room.ping != said || room.running_matches != running)
    report("G1", fmt::format("room {} said {} {} last and was acknowledged, it is {} {}", room.id.str(),
                             to_string(said), running, to_string(room.ping), room.running_matches));
}

void invariants::told_reported(const scheduler_name& scheduler, const room_id& room, const std::string& word) {
  auto owner = schedulers_.find("scheduler/" + scheduler.str());
  bool is_listened_to =
      owner != schedulers_.end() && owner->second.exists() && !unheard_.contains(scheduler.str());
  auto* known = pools_["rooms/" + scheduler.str()].find(room);
  if (is_listened_to && known != nullptr && !known->validation)
    acknowledge(report_fact(room, word), false);
}

void invariants::observe_clock(timestamp true_time, timestamp node_time) {
  auto ahead = node_time - true_time;
  steps_since_change_ = ahead == node_ahead_ ? steps_since_change_ + 1 : 0;
  node_ahead_ = ahead;
}

// A decision's own time is the node's; while that has just changed it cannot be told what it means.
void invariants::check_silence(const room_record& room, timestamp decided_at) {
  constexpr std::uint64_t steps_to_settle = 40;
  using enum room_status;
  bool is_live =
      room.status == ready || room.status == occupied || room.status == active || room.status == allocated;
  auto heard = last_heard_.find(room.id);
  if (!is_live || room.validation || heard == last_heard_.end() || steps_since_change_ < steps_to_settle)
    return;
  auto silence = decided_at - node_ahead_ - heard->second;
  if (silence >= duration::zero() && silence < ping_timeout_)
    report("G5", fmt::format("room {} was ended as silent {} ms after an acknowledged ping", room.id.str(),
                             silence / std::chrono::milliseconds{1}));
}

std::optional<std::int64_t> invariants::matches_max(const scheduler_name& scheduler, const room_record& room) {
  auto owner = schedulers_.find("scheduler/" + scheduler.str());
  if (owner == schedulers_.end() || !owner->second.exists())
    return {};
  auto own = rules::scheduler_of(owner->second, scheduler, room.version);
  return own ? std::optional<std::int64_t>(own->max_matches) : std::nullopt;
}

void invariants::told_matches(const scheduler_name& scheduler, const room_id& id, std::int64_t matches) {
  auto* room = pools_["rooms/" + scheduler.str()].find(id);
  auto most = room != nullptr ? matches_max(scheduler, *room) : std::nullopt;
  if (most && matches > *most)
    report("G1", fmt::format("room {} was given to {} matches, it takes {}", id.str(), matches, *most));
}

void invariants::check_allocation(const std::string& stream, const room_allocated& event) {
  auto* room = pools_[stream].find(event.id);
  scheduler_name name{stream.substr(stream.find('/') + 1)};
  if (!is_reading_again_)
    requests_.note(name, event.request,
                   fmt::format("{} at {}", event.id.str(), event.at.time_since_epoch().count()));
  ++durable_["allocated " + event.id.str()];
  if (room != nullptr && (room->validation || room->drain != removal_cause::none))
    report("G1", fmt::format("room {} was handed out although it {}", event.id.str(),
                             room->validation ? "tries out a version" : "drains"));
  if (room != nullptr && !room->silence.empty())
    report("G1", fmt::format("room {} was handed out although it does not answer", event.id.str()));
  bool is_shared =
      room != nullptr && event.slots > 0 && (room->status == room_status::active || room->held_slots > 0);
  if (room == nullptr || (room->status != room_status::ready && !is_shared))
    return report("G1", fmt::format("room {} was allocated while {}", event.id.str(),
                                    room == nullptr ? "gone" : to_string(room->status)));
  auto most = matches_max(name, *room);
  auto taken = counted_matches(*room) + room->held_slots;
  if (event.slots > 0 && most && taken + event.slots > *most)
    report("G1", fmt::format("{} slots of room {} were given, {} of {} were taken", event.slots, event.id.str(),
                             taken, *most));
}

void invariants::read_pool_event(const std::string& stream, const pool_event& event) {
  auto& pool = pools_[stream];
  if (auto* created = std::get_if<room_created>(&event))
    intended_.insert(created->room.id);
  if (auto* told = std::get_if<room_event_reported>(&event); told && told->kind == report_kind::room_event) {
    reported_[stream][told->id].push_back(told->word);
    durable_[report_fact(told->id, told->word)] = 1;
  }
  if (auto* pinged = std::get_if<room_pinged>(&event))
    durable_[ping_fact(pinged->id, pinged->ping, pinged->running_matches)] = 1;
  if (auto* allocated = std::get_if<room_allocated>(&event))
    check_allocation(stream, *allocated);
  if (auto* removal = std::get_if<room_removal_started>(&event)) {
    auto* room = pool.find(removal->id);
    bool has_players = room != nullptr && !room->validation && rules::holds_players(room->status);
    if (has_players && !is_named_end(removal->cause))
      report("G5", fmt::format("room {} was removed while {}: {}", removal->id.str(), to_string(room->status),
                               to_string(removal->cause)));
    if (room != nullptr && removal->cause == removal_cause::expired_room && !is_reading_again_)
      check_silence(*room, removal->at);
  }
  if (auto* removed = std::get_if<room_removed>(&event);
      removed != nullptr && removed->cause == removal_cause::none)
    if (pool.find(removed->id) != nullptr)
      report("G5", fmt::format("room {} ended without a cause", removed->id.str()));
  pool.apply(event);
  note_bound(stream);
  if (auto* created = std::get_if<room_created>(&event))
    check_creation(stream, created->room);
}

void invariants::read_scheduler_event(const std::string& stream, const scheduler_event& event) {
  auto& one = schedulers_[stream];
  if (auto* created = std::get_if<scheduler_created>(&event))
    ++durable_["created " + created->recipe.name.str()];
  if (auto* enqueued = std::get_if<operation_enqueued>(&event)) {
    durable_["enqueued " + enqueued->what.id.str()] = 1;
    if (!is_reading_again_)
      requests_.note(enqueued->what.scheduler, enqueued->request, enqueued->what.id.str());
  }
  if (std::holds_alternative<scheduler_deleted>(event)) {
    reported_.erase("rooms/" + one.recipe().name.str());
    requests_.forget(one.recipe().name);
  }
  if (auto* enqueued = std::get_if<operation_enqueued>(&event))
    check_version_operations(stream, enqueued->what);
  if (auto* ended = std::get_if<operation_ended>(&event); ended && ended->status == operation_status::canceled)
    ++durable_["canceled " + ended->id.str()];
  bool is_free = one.active().empty() || (one.active().size() == 1 && rules::is_waiting(one.active().front()));
  if (auto* started = std::get_if<operation_started>(&event)) {
    if (!is_free)
      report("G9",
             fmt::format("{} has {} operations in progress and begins another", stream, one.active().size()));
    auto* next = one.find_pending(started->id);
    if (!one.active().empty() && next != nullptr && !keeps_rooms(next->definition))
      report("G9", fmt::format("{} begins {} while a version waits", stream, definition_name(next->definition)));
  }
  one.apply(event);
  if (one.exists() && one.recipe().forwarders.empty())
    unheard_.insert(one.recipe().name.str());
  follow_looks(stream, event);
  note_bound(stream);
}

// A look begins a time of its own; who is named for removal was not counted by it.
void invariants::follow_looks(const std::string& stream, const scheduler_event& event) {
  if (is_reading_again_)
    return;
  auto name = stream.substr(stream.find('/') + 1);
  auto& scheduler = schedulers_[stream];
  if (auto* started = std::get_if<operation_started>(&event)) {
    auto* operation = scheduler.find_active(started->id);
    if (operation != nullptr && std::holds_alternative<health_controller_operation>(operation->definition))
      bounds_[name].begin_look(scheduler, pools_["rooms/" + name]);
  }
  if (auto* enqueued = std::get_if<operation_enqueued>(&event))
    if (auto* removal = std::get_if<remove_rooms_operation>(&enqueued->what.definition))
      for (auto& room : removal->rooms_ids)
        bounds_[name].leave_out(room);
}

void invariants::note_bound(const std::string& stream) {
  auto name = stream.substr(stream.find('/') + 1);
  if (!is_reading_again_)
    bounds_[name].note(schedulers_["scheduler/" + name], pools_["rooms/" + name]);
}

// Streams that are read again one by one do not tell what was true at one moment.
void invariants::check_creation(const std::string& stream, const room_record& made) {
  if (made.validation || is_reading_again_)
    return;
  auto name = stream.substr(stream.find('/') + 1);
  auto& pool = pools_[stream];
  auto* operation = schedulers_["scheduler/" + name].find_active(made.created_by);
  auto* wish = operation != nullptr ? std::get_if<add_rooms_operation>(&operation->definition) : nullptr;
  if (wish == nullptr)
    return report("G8", fmt::format("room {} was made for no operation in progress", made.id.str()));
  if (auto made_in_all = pool.intended_by(made.created_by); made_in_all > wish->amount)
    report("G8", fmt::format("{} rooms were made for an operation that adds {}", made_in_all, wish->amount));
  auto& bound = bounds_[name];
  if (auto rooms = bound.counted(pool); is_bounded_ && rooms > bound.most())
    report("G8", fmt::format("{} has {} rooms with {}, {} were wanted at most", name, rooms, made.id.str(),
                             bound.most()));
}

// No edit overwrites another: there is one at a time, and the switch to it follows its end.
void invariants::check_version_operations(const std::string& stream, const operation& enqueued) {
  auto changes_version = [](const operation& one) {
    return std::holds_alternative<create_new_scheduler_version_operation>(one.definition) ||
           std::holds_alternative<switch_active_version_operation>(one.definition);
  };
  auto& one = schedulers_[stream];
  auto count = std::count_if(one.pending().begin(), one.pending().end(), changes_version) +
               std::count_if(one.active().begin(), one.active().end(), changes_version);
  if (changes_version(enqueued) && count > 0)
    report("G9", fmt::format("{} has {} version operations and gets another one", stream, count));
}

void invariants::read_new_events() {
  for (auto& [name, stored] : disk_.streams) {
    auto& done = read_[name];
    for (; done < stored.records.size(); ++done) {
      pool_event of_pool;
      scheduler_event of_scheduler;
      forwarding_event of_forwarding;
      if (name.starts_with("rooms/") && decode(stored.records[done], of_pool))
        read_pool_event(name, of_pool);
      else if (name.starts_with("scheduler/") && decode(stored.records[done], of_scheduler))
        read_scheduler_event(name, of_scheduler);
      else if (!name.starts_with("forwarding/") || !decode(stored.records[done], of_forwarding))
        report("G6", fmt::format("record {} of {} cannot be read", done + 1, name));
    }
  }
}

// What is durable stays so, but for a crash.
void invariants::check_acknowledged() {
  for (auto& fact : std::exchange(unproved_, {}))
    if (auto told = acknowledged_[fact], known = durable_[fact]; known < told)
      report("G2", fmt::format("a client was told \"{}\" {} times, the disk knows {}", fact, told, known));
}

void invariants::check_step(const std::vector<instance>& instances) {
  read_new_events();
  std::map<std::tuple<std::string, std::int32_t, std::string>, room_id> holders;
  for (auto& one : instances) {
    if (!intended_.contains(one.id))
      report("G4", fmt::format("instance {} runs without a durable intent", one.id.str()));
    if (one.exited)
      continue;
    for (auto& port : one.ports)
      if (auto [place, is_first] = holders.emplace(std::tuple{one.host, port.port, port.protocol}, one.id);
          !is_first)
        report("G9", fmt::format("{} and {} share host port {}", one.id.str(), place->second.str(), port.port));
  }
}

void invariants::check_crash() {
  read_.clear();
  pools_.clear();
  schedulers_.clear();
  reported_.clear();
  durable_.clear();
  intended_.clear();
  auto known = violations_.size();
  is_reading_again_ = true;
  read_new_events();
  is_reading_again_ = false;
  if (violations_.size() > known && known > 0)
    violations_.resize(known); // the same events were judged before
  for (auto& [fact, times] : acknowledged_)
    unproved_.push_back(fact);
  check_acknowledged();
  check_replay(disk_);
}

void invariants::check_replay(const simulated_disk& disk) {
  for (auto& [name, stored] : disk.streams) {
    if (stored.first > 1)
      continue; // taken over from another disk: what was before is not known
    bool is_equal = name.starts_with("rooms/")        ? replay_is_equal<rules::room_table>(stored)
                    : name.starts_with("forwarding/") ? replay_is_equal<forwarder_cursors>(stored)
                                                      : replay_is_equal<rules::scheduler_table>(stored);
    if (!is_equal)
      report("G6", fmt::format("{}: snapshot plus tail differs from the full replay", name));
  }
}

void invariants::check_live(const scheduler_name& name, const std::vector<room_view>& rooms) {
  auto& replayed = pools_["rooms/" + name.str()];
  if (rooms.size() != replayed.size())
    report("G6", fmt::format("{} has {} rooms, its replay {}", name.str(), rooms.size(), replayed.size()));
  for (auto& view : rooms) {
    auto* room = replayed.find(view.room.id);
    if (room == nullptr || !(*room == view.room))
      report("G6", fmt::format("room {} differs from its replay", view.room.id.str()));
  }
}

// A call whose answer is lost is made again, so only what was heard first counts.
void invariants::check_told(const std::vector<matchmaker_call>& heard) {
  std::map<room_id, std::vector<std::string>> first_heard;
  std::set<std::pair<room_id, std::string>> known;
  for (auto& call : heard)
    if (call.method == matchmaker_method::room_event && known.emplace(call.room, call.event).second)
      first_heard[call.room].push_back(call.event);
  for (auto& [stream, rooms] : reported_)
    for (auto& [id, words] : rooms) {
      if (unheard_.contains(stream.substr(stream.find('/') + 1)))
        continue;
      auto told = first_heard[id];
      std::erase_if(told, [&](auto& word) { return std::find(words.begin(), words.end(), word) == words.end(); });
      if (told != words)
        report("G2", fmt::format("room {} has reported {}, the matchmaker has heard {}", id.str(),
                                 fmt::join(words, " "), fmt::join(told, " ")));
    }
}

void invariants::told_ended(const scheduler_name& scheduler, const room_id& id) {
  auto pool = pools_.find("rooms/" + scheduler.str());
  if (pool == pools_.end())
    return;
  auto* room = pool->second.find(id);
  if (room != nullptr && room->removal == removal_cause::none && room->status != room_status::error)
    report("G12", fmt::format("room {} was ended while {}", id.str(), to_string(room->status)));
}

std::uint64_t invariants::digest() const {
  std::uint64_t hash = 14695981039346656037u; // FNV-1a
  for (auto& [name, stored] : disk_.streams)
    for (auto& record : stored.records)
      for (unsigned char byte : record)
        hash = (hash ^ byte) * 1099511628211u;
  return hash;
}

} // namespace maestro::simulation
