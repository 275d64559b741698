// Three nodes' SHARED JOURNALS under faults that a seed draws: lost requests and answers, requests that arrive late, watches
// that lose, delay and turn, owners that are replaced, nodes that end and start, a store that is away. Whatever was
// answered is on every disk at its place, once, and whatever was refused is nowhere.
#include "test/cluster/shared_journal_fixture.hpp"

#include <fmt/format.h>

#include <array>
#include <set>

namespace maestro {

namespace {

using namespace std::chrono_literals;

/// Whoever writes a scheduler's stream, as an event-sourced actor does: it loads, then appends, several at once; after a
/// refusal it waits for the rest of the flight and goes on from what it knows to be durable.
struct writer {
  std::string node;
  owner_epoch epoch;
  std::uint64_t sequence = 0; ///< handed to the journal
  std::uint64_t durable = 0;
  bool is_loaded = false;
  bool is_over = false;
  bool is_refusing = false;
  std::shared_ptr<std::optional<result<loaded_stream>>> loading;
  struct flight {
    append_events what;
    std::shared_ptr<std::optional<result<events_appended>>> outcome;
  };
  std::vector<flight> in_flight;
};

class SharedJournalSeeds : public SharedJournalTest, public ::testing::WithParamInterface<int> {
protected:
  std::uint64_t draw(std::uint64_t below) { return dice() % below; }
  std::string node() { return fmt::format("n{}", 1 + draw(3)); }
  std::string stream(std::size_t scheduler) { return fmt::format("scheduler/s{}", scheduler); }

  void take_over(std::size_t scheduler) {
    auto& one = writers[scheduler];
    one = {};
    one.node = node();
    if (!nodes[one.node].is_running)
      one.node = nodes["n1"].is_running ? "n1" : "n2";
    one.epoch = own(fmt::format("s{}", scheduler), one.node);
  }

  void load_of(std::size_t scheduler) {
    auto& one = writers[scheduler];
    if (one.loading && *one.loading) {
      if (**one.loading) {
        one.sequence = one.durable = (**one.loading)->last_sequence;
        one.is_loaded = true;
      }
      one.loading.reset();
    } else if (!one.loading) {
      one.loading = ask_of<loaded_stream>(one.node, load_stream{stream(scheduler), one.epoch});
    }
  }

  void hear_of(std::size_t scheduler) {
    auto& one = writers[scheduler];
    while (!one.in_flight.empty() && *one.in_flight.front().outcome) {
      auto flight = std::move(one.in_flight.front());
      one.in_flight.erase(one.in_flight.begin());
      auto& outcome = **flight.outcome;
      if (outcome) {
        ASSERT_FALSE(one.is_refusing) << "durable behind a refused write";
        ASSERT_EQ(outcome->last_sequence, one.durable + flight.what.records.size());
        one.durable = outcome->last_sequence;
        for (std::size_t i = 0; i < flight.what.records.size(); ++i)
          answered[flight.what.stream][flight.what.first_sequence + i] = flight.what.records[i];
      } else {
        if (!std::exchange(one.is_refusing, true)) {
          ASSERT_NE(outcome.error().code, ec::internal) << "the first of a flight: " << outcome.error().text;
        }
        refused.insert(flight.what.records.begin(), flight.what.records.end());
        if (outcome.error().code == ec::deposed)
          one.is_over = true;
      }
      if (one.in_flight.empty() && one.is_refusing) {
        one.is_refusing = false;
        one.sequence = one.durable;
      }
    }
  }

  void write(std::size_t scheduler) {
    auto& one = writers[scheduler];
    if (one.is_over || one.node.empty() || !nodes[one.node].is_running)
      return;
    if (!one.is_loaded)
      return load_of(scheduler);
    if (one.is_refusing || one.in_flight.size() >= 3)
      return;
    append_events what = batch(stream(scheduler), one.sequence + 1, one.epoch, static_cast<int>(1 + draw(3)));
    for (auto& record : what.records)
      record = fmt::format("record {}", ++records);
    one.sequence += what.records.size();
    one.in_flight.push_back({what, send(one.node, what)});
  }

  template <class Answer, class Request>
  std::shared_ptr<std::optional<result<Answer>>> ask_of(const std::string& node, const Request& request) {
    auto outcome = std::make_shared<std::optional<result<Answer>>>();
    keep(sys.spawn([outcome, request, whom = nodes[node].journal](caf::event_based_actor* me) {
      me->request(whom, caf::infinite, request)
          .then([outcome](Answer& answer) { *outcome = std::move(answer); },
                [outcome](const caf::error& why) { *outcome = from_caf(why); });
    }));
    run();
    return outcome;
  }

  void restart(const std::string& name) {
    end(name);
    // What was on its way has no answer any more; whoever wrote there is gone.
    for (auto& one : writers)
      if (one.node == name)
        one = {};
    start(name);
  }

  void trouble() {
    auto& at = *nodes[node()].trouble;
    switch (draw(9)) {
    case 0: at.lost_requests += static_cast<int>(1 + draw(3)); break;
    case 1: at.lost_answers += static_cast<int>(1 + draw(3)); break;
    case 2: at.keeps_requests = !at.keeps_requests; break;
    case 3: at.lost_changes += static_cast<int>(1 + draw(4)); break;
    case 4: at.holds_changes = true; break;
    case 5: let_changes_go(node(), draw(2) == 0); break;
    case 6: agreement->set_reachable(!agreement->is_reachable()); break;
    case 7: restart(node()); break;
    case 8: // a late request arrives
      if (!at.kept.empty()) {
        EXPECT_NO_FATAL_FAILURE(agreement->change(at.kept.front(), 0));
        at.kept.pop_front();
      }
      break;
    }
  }

  void heal() {
    agreement->set_reachable(true);
    for (auto& [name, node] : nodes) {
      auto& at = *node.trouble;
      at.lost_requests = at.lost_answers = at.lost_changes = 0;
      at.keeps_requests = false;
      let_changes_go(name);
    }
  }

  /// Requests that were kept back arrive last of all: nothing of them may be visible unless it was answered.
  void let_late_requests_arrive() {
    for (auto& [name, node] : nodes)
      for (auto& one : std::exchange(node.trouble->kept, {}))
        agreement->change(one, 0);
  }

  std::string where_copies_stand() {
    std::string text;
    for (auto& [name, copy] : archive().copies)
      text += fmt::format(", {} has {} ({})", name.str(), copy.complete,
                          at<journal_status>(name.str(), get_journal_status{})->reason);
    for (auto& entry : agreement->read(journal_entries).entries)
      text += fmt::format(", {} of {}", entry.key, entry.revision);
    return text;
  }

  std::mt19937_64 dice;
  std::array<writer, 4> writers;
  std::map<std::string, std::map<std::uint64_t, std::string>> answered;
  std::set<std::string> refused;
  std::uint64_t records = 0;
};

TEST_P(SharedJournalSeeds, WhatIsAnsweredIsEverywhereAndWhatIsRefusedNowhere) {
  dice.seed(static_cast<std::uint64_t>(GetParam()));
  settings.trim_interval = 500ms;
  start_three();
  for (int step = 0; step < 600; ++step) {
    auto scheduler = static_cast<std::size_t>(draw(writers.size()));
    auto& one = writers[scheduler];
    hear_of(scheduler);
    if (one.node.empty() || one.is_over || draw(60) == 0)
      take_over(scheduler);
    else
      write(scheduler);
    if (draw(20) == 0)
      trouble();
    if (draw(60) == 0)
      heal();
    advance(std::chrono::milliseconds(draw(30)), 5ms);
    if (HasFatalFailure())
      return;
  }
  heal();
  advance(20s, 50ms);
  for (std::size_t scheduler = 0; scheduler < writers.size(); ++scheduler)
    hear_of(scheduler);
  let_late_requests_arrive();
  advance(5s, 50ms);
  expect_equal_disks();
  std::size_t count = 0;
  for (auto& [stream, events] : answered) {
    auto& stored = nodes["n1"].disk->streams[stream].records;
    count += events.size();
    for (auto& [sequence, record] : events) {
      ASSERT_LE(sequence, stored.size()) << stream;
      EXPECT_EQ(stored[sequence - 1], record) << stream << " " << sequence;
    }
    std::set<std::string> once;
    for (auto& record : stored) {
      EXPECT_TRUE(once.insert(record).second) << record << " is there twice";
      EXPECT_FALSE(refused.contains(record)) << record << " was refused";
    }
  }
  EXPECT_GT(count, 30u) << "hardly anything was written";
  EXPECT_EQ(entries_in_store(), 0u) << "all have it; trimmed up to " << archive().trimmed << where_copies_stand();
}

INSTANTIATE_TEST_SUITE_P(Seeds, SharedJournalSeeds, ::testing::Range(1, 101));

} // namespace

} // namespace maestro
