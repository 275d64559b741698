#include "nodes/simulation/store_line.hpp"

#include "actors/call_later.hpp"
#include "messages/shared_journal_codec.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>

namespace maestro::simulation {

namespace {

using namespace std::chrono_literals;

enum class line_timer : std::uint8_t { due = 1, heard };

constexpr auto answer_limit = 1s; ///< then whoever asks has given up
constexpr std::uint64_t store_latency_us = 3000;
constexpr std::uint64_t late_by_ms = 5000;
constexpr std::int64_t claimed_ahead = 1000; ///< revisions, of a disk that lies

struct line_state {
  static inline const char* name = "store_line";
  line_state() {}
  ~line_state() {
    if (between)
      caf::anon_send_exit(between, caf::exit_reason::kill);
  }

  std::shared_ptr<simulated_agreement> agreement;
  simulated_agreement::holder as = 0;
  std::shared_ptr<store_trouble> trouble;
  std::mt19937_64* random = nullptr;
  std::map<std::uint64_t, std::function<void()>> later;
  std::uint64_t last = 0;
  store_subscriber_actor between;
  store_subscriber_actor subscriber;
  /// What the watch has said and the subscriber has not heard.
  std::shared_ptr<std::deque<store_changes>> said = std::make_shared<std::deque<store_changes>>();
};
using self_ptr = cluster_store_actor::stateful_pointer<line_state>;

bool happens(self_ptr self, double probability) {
  return static_cast<double>((*self->state.random)() % 1'000'000) < probability * 1e6;
}

duration latency(self_ptr self) {
  return std::chrono::microseconds{50 + (*self->state.random)() % store_latency_us};
}

void later(self_ptr self, duration wait, std::function<void()> what) {
  self->state.later.emplace(++self->state.last, std::move(what));
  call_later(self, wait, line_timer::due, self->state.last);
}

template <class Answer>
void give_up(self_ptr self, caf::typed_response_promise<Answer> answer) {
  later(self, answer_limit, [answer]() mutable {
    answer.deliver(to_caf({ec::deadline_exceeded, "the store does not answer in time"}));
  });
}

bool is_cut(self_ptr self) {
  return self->state.trouble->is_cut || !self->state.agreement->is_reachable(self->state.as);
}

template <class Answer, class Work>
caf::result<Answer> carry(self_ptr self, Work work) {
  auto& trouble = *self->state.trouble;
  auto answer = self->make_response_promise<Answer>();
  if (is_cut(self) || happens(self, trouble.lost_requests)) {
    give_up(self, answer);
    return answer;
  }
  if (happens(self, trouble.late_requests)) {
    give_up(self, answer);
    later(self, answer_limit + std::chrono::milliseconds{(*self->state.random)() % late_by_ms},
          [self, work] { (void)work(); });
    return answer;
  }
  later(self, latency(self), [self, work, answer]() mutable {
    if (is_cut(self))
      return give_up(self, answer);
    result<Answer> outcome = work();
    if (happens(self, self->state.trouble->lost_answers))
      return give_up(self, answer);
    later(self, latency(self), [answer, outcome]() mutable {
      if (outcome)
        answer.deliver(std::move(*outcome));
      else
        answer.deliver(to_caf(outcome.error()));
    });
  });
  return answer;
}

/// The rule that is broken on purpose: who tells how far its disk is says that it has everything. Not who tells that it has less: it would
/// do so for ever.
void claim_copies(self_ptr self, change_store& wanted) {
  if (wanted.writes.size() > 1)
    return;
  for (auto& write : wanted.writes)
    if (write.key.starts_with(copy_key(node_name()))) {
      auto all = read_archive({0, {{write.key, write.value, 1}}});
      auto copy = all.copies.empty() ? journal_copy{} : all.copies.begin()->second;
      copy.complete = self->state.agreement->revision() + claimed_ahead;
      write.value = copy_value(copy);
    }
}

caf::result<store_outcome> change(self_ptr self, change_store wanted) {
  auto& trouble = *self->state.trouble;
  bool is_of_journal = std::any_of(wanted.writes.begin(), wanted.writes.end(),
                                   [](auto& write) { return write.key.starts_with(journal_entries); });
  if (trouble.claims_copies)
    claim_copies(self, wanted);
  if (trouble.acknowledges_early && is_of_journal && happens(self, 0.01))
    return store_outcome{true, self->state.agreement->revision() + 1, {}};
  bool is_full = happens(self, trouble.full_changes);
  return carry<store_outcome>(self, [self, is_full, wanted = std::move(wanted)]() -> result<store_outcome> {
    auto outcome = self->state.agreement->change(wanted, self->state.as);
    if (is_full && outcome.is_applied)
      return failure{ec::resource_exhausted, "database space exceeded"};
    return outcome;
  });
}

// In order; a watch that lost something does not know.
void pass_on(self_ptr self) {
  auto& state = self->state;
  while (!state.said->empty()) {
    if (state.subscriber)
      self->send(state.subscriber, std::move(state.said->front()));
    state.said->pop_front();
  }
}

store_subscriber_actor spawn_between(self_ptr self, bool loses) {
  auto line = caf::actor_cast<caf::actor_addr>(self);
  auto& state = self->state;
  return self->system().spawn(
      [line, loses, said = state.said, trouble = state.trouble, random = state.random,
       whom = state.subscriber](store_subscriber_actor::pointer me) -> store_subscriber_actor::behavior_type {
        return {[=](const store_changes& changes) {
                  bool is_lost = loses && !changes.is_whole &&
                                 static_cast<double>((*random)() % 1'000'000) < trouble->lost_changes * 1e6;
                  if (is_lost)
                    return;
                  said->push_back(changes);
                  auto store = caf::actor_cast<cluster_store_actor>(caf::actor_cast<caf::strong_actor_ptr>(line));
                  auto most = static_cast<std::uint64_t>(trouble->watch_delay_max / 1us);
                  if (store)
                    me->delayed_send(store, std::chrono::microseconds{(*random)() % (most + 1)},
                                     timer_fired{static_cast<std::uint8_t>(line_timer::heard), 0});
                },
                [=](const store_contact& contact) { me->send(whom, contact); },
                [=](lease_lost lost) { me->send(whom, lost); }};
      });
}

cluster_store_actor::behavior_type store_line(self_ptr self, std::shared_ptr<simulated_agreement> agreement,
                                              simulated_agreement::holder as,
                                              std::shared_ptr<store_trouble> trouble, std::mt19937_64* random) {
  auto& state = self->state;
  state.agreement = std::move(agreement);
  state.as = as;
  state.trouble = std::move(trouble);
  state.random = random;
  return {
      [self](const read_store& wanted) {
        return carry<store_listing>(self, [self, wanted] { return self->state.agreement->read(wanted); });
      },
      [self](change_store& wanted) { return change(self, std::move(wanted)); },
      [self](watch_store& wish) {
        auto& line = self->state;
        if (line.between)
          caf::anon_send_exit(line.between, caf::exit_reason::kill);
        line.subscriber = wish.subscriber;
        wish.subscriber = line.between = spawn_between(self, wish.is_of_changes_only);
        line.agreement->watch(line.as, wish);
        return done{};
      },
      [self](const compact_store&) { return carry<done>(self, [] { return done{}; }); },
      [self](const timer_fired& fired) {
        if (static_cast<line_timer>(fired.kind) == line_timer::heard)
          return pass_on(self);
        if (auto found = self->state.later.extract(fired.number); !found.empty())
          found.mapped()();
      },
  };
}

} // namespace

cluster_store_actor spawn_store_line(caf::actor_system& system,
                                     const std::shared_ptr<simulated_agreement>& agreement,
                                     simulated_agreement::holder as, std::shared_ptr<store_trouble> trouble,
                                     std::mt19937_64& random) {
  return system.spawn(store_line, agreement, as, std::move(trouble), &random);
}

} // namespace maestro::simulation
