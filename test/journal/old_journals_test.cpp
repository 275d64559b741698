// Journals written by released versions are read for ever. Each is a data folder as `kill -9` left it, packed, and
// beside it the facts that its node told a moment before:
//
//   facts := ("scheduler" name state version created_at game
//            | "room" scheduler id status instance_status running_matches ports created_at
//            | "operation" scheduler id definition status created_at) LF …      an operation that is over, newest first
//
// v1_node: format 1, before epochs and streams that end. Snapshots in several chunks with tails after them, a
// scheduler that was deleted, one that was made again under its old name, an operation that was under way.
// Packed files are never changed; a new format gets a new one.
#include "actors/rules/room_table.hpp"
#include "actors/rules/scheduler_table.hpp"
#include "messages/journal_codec.hpp"
#include "test/journal/child_process.hpp"
#include "test/journal/journal_fixture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace maestro {
namespace {

std::string at(timestamp t) {
  return to_rfc3339(t);
}

class OldJournals : public ::testing::Test {
protected:
  void open(const std::string& name) {
    child_process tar({"/bin/tar", "-xzf", std::string(MAESTRO_OLD_JOURNALS) + "/" + name + ".tar.gz", "-C",
                       folder.path().string()});
    auto complaints = tar.all_lines();
    ASSERT_EQ(tar.finish(), 0) << (complaints.empty() ? "" : complaints.front());
    journal_config config;
    config.path = folder.path().string();
    auto opened = rocksdb_journal::open(config);
    ASSERT_TRUE(opened) << opened.error().text;
    journal = *opened;
  }

  /// What today's code makes of a stream: snapshot, tail, everything.
  template <class State>
  void replay(const std::string& stream, State& state) {
    auto loaded = journal->load(stream);
    EXPECT_TRUE(loaded) << loaded.error().text;
    EXPECT_EQ(loaded->epoch, loaded->last_sequence > 0 ? first_epoch : owner_epoch{}) << stream;
    snapshots += !loaded->snapshot.empty();
    if (!loaded->snapshot.empty()) {
      typename State::snapshot_type snapshot;
      EXPECT_TRUE(decode(loaded->snapshot, snapshot)) << stream;
      state.restore(std::move(snapshot));
    }
    for (auto record : loaded->tail) {
      typename State::event_type event;
      EXPECT_TRUE(decode(record, event)) << stream;
      state.apply(event);
    }
  }

  std::vector<std::string> facts_of_rooms(const std::string& name) {
    std::vector<room_record> rooms;
    rules::room_table state;
    replay("rooms/" + name, state);
    for (auto& room : state.rooms())
      rooms.push_back(room);
    std::sort(rooms.begin(), rooms.end(), [](auto& a, auto& b) { return a.id < b.id; });
    std::vector<std::string> lines;
    for (auto& room : rooms) {
      std::string ports;
      for (auto& port : room.ports)
        ports += fmt::format("{}{}", ports.empty() ? "" : ",", port.port);
      lines.push_back(fmt::format("room {} {} {} {} {} {} {}", name, room.id.str(), to_string(room.status),
                                  to_string(room.instance), room.running_matches, ports, at(room.created_at)));
    }
    return lines;
  }

  std::vector<std::string> facts_of_operations(const std::string& name) {
    std::vector<std::string> lines;
    list_operations query{scheduler_name{name}, operation_stage::final, 1, 100, true};
    auto page = journal->operations(query, never);
    EXPECT_TRUE(page);
    EXPECT_EQ(page->total, page->items.size());
    for (auto& one : page->items)
      lines.push_back(fmt::format("operation {} {} {} {} {}", name, one.id.str(), definition_name(one.definition),
                                  to_string(one.status), at(one.created_at)));
    return lines;
  }

  std::vector<std::string> all_facts() {
    std::vector<std::string> lines;
    auto streams = journal->streams("scheduler/");
    EXPECT_TRUE(streams);
    for (auto& stream : streams->names) {
      auto name = stream.substr(std::string("scheduler/").size());
      rules::scheduler_table state;
      replay(stream, state);
      if (!state.exists())
        continue;
      auto& recipe = state.recipe();
      operations_under_way += state.snapshot().active.size();
      lines.push_back(fmt::format("scheduler {} {} {} {} {}", name, to_string(recipe.state), recipe.spec.version,
                                  at(recipe.created_at), recipe.game));
      for (auto& more : {facts_of_rooms(name), facts_of_operations(name)})
        lines.insert(lines.end(), more.begin(), more.end());
    }
    return lines;
  }

  static std::vector<std::string> written_facts(const std::string& name) {
    std::vector<std::string> lines;
    std::ifstream in(std::string(MAESTRO_OLD_JOURNALS) + "/" + name + ".facts");
    for (std::string line; std::getline(in, line);)
      lines.push_back(line);
    return lines;
  }

  scratch_folder folder;
  std::shared_ptr<rocksdb_journal> journal;
  int snapshots = 0;
  std::size_t operations_under_way = 0;
};

TEST_F(OldJournals, TheFirstVersionIsReadAsItsNodeLeftIt) {
  ASSERT_NO_FATAL_FAILURE(open("v1_node"));
  auto told = written_facts("v1_node");
  ASSERT_GT(told.size(), 50u);
  EXPECT_EQ(all_facts(), told);
  EXPECT_GT(snapshots, 2) << "it was made to have some";
}

TEST_F(OldJournals, TheFirstVersionGoesOnUnderTodaysRules) {
  ASSERT_NO_FATAL_FAILURE(open("v1_node"));
  auto last = journal->load("scheduler/arena")->last_sequence;
  append_events batch{"scheduler/arena", last + 1, never, {"more"}, {}, {}, owner_epoch{2}};
  ASSERT_TRUE(journal->add(batch));
  ASSERT_TRUE(journal->commit());
  batch.first_sequence = last + 2;
  batch.epoch = first_epoch;
  auto late = journal->add(batch);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ec::deposed);
  EXPECT_EQ(journal->load("scheduler/arena")->epoch, owner_epoch{2});
}

} // namespace
} // namespace maestro
