// A journal in a folder of its own on the real disk, kept by a real JOURNAL KEEPER in a real actor system.
#pragma once

#include "messages/type_ids.hpp"
#include "nodes/journal/journal_keeper.hpp"
#include "test/journal/journal_load.hpp"
#include "test/support/blocking_question.hpp"
#include "test/support/scratch_folder.hpp"

#include <caf/all.hpp>
#include <gtest/gtest.h>

#include <filesystem>

namespace maestro {

struct journal_system_config : caf::actor_system_config {
  journal_system_config() {
    register_messages(*this);
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", 2u);
  }
};

inline timestamp seconds_after_start(std::int64_t seconds) {
  return timestamp{std::chrono::seconds{1'700'000'000 + seconds}};
}

class JournalFixture : public ::testing::Test {
protected:
  scratch_folder folder;
  journal_config config;
  timestamp now = seconds_after_start(0);
  journal_system_config system_config;
  caf::actor_system system{system_config};
  caf::scoped_actor self{system};
  std::shared_ptr<rocksdb_journal> store;
  journal_actor keeper;

  JournalFixture() { config.path = folder.path() / "journal"; }
  ~JournalFixture() override { stop(); }

  void start() { ASSERT_NO_FATAL_FAILURE(open_keeper()); }
  virtual void open_keeper() {
    auto opened = rocksdb_journal::open(config);
    ASSERT_TRUE(opened) << opened.error().text;
    store = *opened;
    keeper = spawn_journal_keeper(system, store, config, [this] { return now; });
  }
  void stop(caf::exit_reason why = caf::exit_reason::user_shutdown) {
    if (!keeper)
      return;
    self->monitor(keeper);
    self->send_exit(keeper, why);
    self->receive([](const caf::down_msg&) {});
    keeper = nullptr;
    store.reset();
  }
  void restart() {
    stop();
    start();
  }

  template <class Answer, class Request>
  result<Answer> ask_keeper(Request request) {
    auto told = hear_answer<Answer>(self, send_question(self, keeper, std::move(request)));
    if (!told)
      return from_caf(told.error());
    return std::move(*told);
  }

  static append_events events(const std::string& stream, std::uint64_t first, std::vector<std::string> records) {
    append_events batch;
    batch.stream = stream;
    batch.first_sequence = first;
    batch.at = seconds_after_start(static_cast<std::int64_t>(first));
    batch.records = std::move(records);
    return batch;
  }
  result<events_appended> append(const std::string& stream, std::uint64_t first,
                                 std::vector<std::string> records) {
    return ask_keeper<events_appended>(events(stream, first, std::move(records)));
  }
  loaded_stream load(const std::string& stream) {
    auto loaded = ask_keeper<loaded_stream>(load_stream{stream});
    EXPECT_TRUE(loaded) << loaded.error().text;
    return loaded ? *loaded : loaded_stream{};
  }
};

/// Of a stream that journal_writer or load_batch writes: nothing lost, nothing that nobody wrote.
inline void expect_only_what_was_written(const rocksdb_journal& journal, const std::string& stream,
                                         std::uint64_t first_possible, std::uint64_t last_possible) {
  auto loaded = journal.load(stream);
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_GE(loaded->last_sequence, first_possible) << stream << " lost what was acknowledged";
  EXPECT_LE(loaded->last_sequence, last_possible) << stream << " has what nobody wrote";
  ASSERT_EQ(loaded->tail.size(), loaded->last_sequence);
  for (std::uint64_t i = 0; i < loaded->tail.size(); ++i)
    ASSERT_EQ(loaded->tail[i], load_record(stream, i + 1));
}

} // namespace maestro
