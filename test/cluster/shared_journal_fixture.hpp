// Three nodes' SHARED JOURNALS in one thread under virtual time, on one simulated store and a simulated disk each. Whatever
// a store says to a node can be lost, delayed or kept back on the way.
#pragma once

#include "actors/cluster/shared_journal.hpp"
#include "messages/cluster_codec.hpp"
#include "messages/shared_journal_codec.hpp"
#include "nodes/journal/simulated_journal.hpp"
#include "test/cluster/plain_store.hpp"
#include "test/support/actor_fixture.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace maestro {

/// What happens to a node's requests to the store on their way.
struct store_trouble {
  int lost_requests = 0; ///< so many of the next changes do not arrive
  int lost_answers = 0;  ///< so many happen, and nobody hears of it
  bool keeps_requests = false;
  std::deque<change_store> kept; ///< on their way for ever, until the test lets them arrive
  bool is_full = false;
  int full_changes = 0;       ///< so many of the next happen, and are answered as what makes the store too full
  bool holds_changes = false; ///< the watch is late
  std::vector<store_changes> changes; ///< held back
  int lost_changes = 0;               ///< of the watch
  std::function<void(const read_store&)> before_read;
  std::uint64_t changes_sent = 0; ///< transactions asked for
  std::size_t longest = 0;        ///< of them, in bytes
  std::size_t takes_bytes = 0;    ///< of one transaction; 0: any number
};

struct journal_node {
  std::shared_ptr<simulation::simulated_disk> disk = std::make_shared<simulation::simulated_disk>();
  std::shared_ptr<store_trouble> trouble = std::make_shared<store_trouble>();
  std::string node_id;
  bool is_running = false;
  simulated_agreement::holder holder = 0;
  cluster_store_actor inner;
  cluster_store_actor store;
  journal_actor copy;
  copy_source_actor source; ///< what others ask in place of the copy, if anything is
  std::shared_ptr<std::size_t> in_store = std::make_shared<std::size_t>(0); ///< as it was last told
  shared_journal_actor journal;
  std::shared_ptr<store_subscriber_actor> subscriber = std::make_shared<store_subscriber_actor>();
};

class SharedJournalTest : public ActorTest {
protected:
  void TearDown() override;

  void start(const std::string& name);
  void start_three();
  /// kill -9.
  void end(const std::string& name);
  /// Every node of all others that there are.
  void tell_peers();
  /// While it does not run.
  void replace_disk(const std::string& name);
  /// The node's key among the members, as its directory writes it: not where another node has the name.
  void take_name(const std::string& name);
  void give_up_name(const std::string& name);
  std::string key_value_of(const std::string& name);
  /// What the watch held back, in another order where wanted.
  void let_changes_go(const std::string& name, bool reversed = false);

  /// The scheduler belongs to that node from now on; its epoch.
  owner_epoch own(const std::string& scheduler, const std::string& node);

  static append_events batch(const std::string& stream, std::uint64_t first, owner_epoch epoch, int records = 1);
  /// Without waiting for the answer.
  std::shared_ptr<std::optional<result<events_appended>>> send(const std::string& node, append_events what);
  /// With time enough for the answer.
  result<events_appended> append(const std::string& node, append_events what);
  result<loaded_stream> load(const std::string& node, const std::string& stream, owner_epoch epoch = {});

  template <class Answer, class Request>
  result<Answer> at(const std::string& node, const Request& request) {
    auto outcome = std::make_shared<std::optional<result<Answer>>>();
    auto asked = keep(sys.spawn([=, whom = nodes[node].journal](caf::event_based_actor* me) {
      me->request(whom, caf::infinite, request)
          .then([outcome](Answer& answer) { *outcome = std::move(answer); },
                [outcome](const caf::error& why) { *outcome = from_caf(why); });
    }));
    for (int i = 0; i < 1200 && !*outcome; ++i)
      advance(std::chrono::milliseconds(10));
    return *outcome ? **outcome : result<Answer>(failure{ec::internal, "no answer in 12 s"});
  }

  /// Sequences of the stream that are on the node's disk.
  std::uint64_t on_disk(const std::string& node, const std::string& stream);
  /// The same records on every disk, each once.
  void expect_equal_disks();
  std::size_t entries_in_store() { return agreement->read(journal_entries).entries.size(); }
  archive_state archive() { return read_archive(agreement->read(archive_keys)); }

  shared_journal_settings settings;
  std::shared_ptr<simulated_agreement> agreement = std::make_shared<simulated_agreement>();
  std::map<std::string, journal_node> nodes;
  std::mt19937_64 random{1};
  int starts = 0;
};

} // namespace maestro
