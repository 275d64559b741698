// The journal on a disk that lies or refuses, on demand and in a given way.
#include "messages/log.hpp"
#include "nodes/journal/synced_logs.hpp"
#include "test/journal/faulty_disk.hpp"
#include "test/journal/journal_fixture.hpp"
#include "test/journal/journal_load.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <mutex>
#include <thread>

namespace maestro {
namespace {

class FaultyDisk : public JournalFixture {
protected:
  std::shared_ptr<faulty_disk> disk = std::make_shared<faulty_disk>();

  FaultyDisk() { config.mend_after = std::chrono::hours{24}; } // the tests say when

  void start_on_faulty_disk() {
    auto opened = rocksdb_journal::open(config, disk);
    ASSERT_TRUE(opened) << opened.error().text;
    store = *opened;
    keeper = spawn_journal_keeper(system, store, config, [this] { return now; });
  }
  std::string only_log() {
    std::string log;
    for (auto& entry : std::filesystem::directory_iterator(config.path))
      if (entry.path().extension() == ".log")
        log = entry.path().string();
    return log;
  }
};

TEST_F(FaultyDisk, AFailedSyncRefusesTheBatchAndEverythingAfterAndNothingOfItEverComesBack) {
  for (bool partial : {false, true}) {
    std::string stream = partial ? "partial" : "whole";
    start_on_faulty_disk();
    ASSERT_TRUE(append(stream, 1, {"kept"}));
    disk->fail_log(partial ? faulty_disk::fault::short_write : faulty_disk::fault::sync);
    auto refused = append(stream, 2, {"refused"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ec::unavailable);
    EXPECT_THAT(refused.error().text,
                ::testing::StartsWith("the journal is read-only: writing to " + config.path + " failed: "));
    EXPECT_THAT(refused.error().text,
                ::testing::EndsWith("; it goes on by itself when the disk takes writes again"));
    disk->heal();
    EXPECT_FALSE(append(stream, 2, {"later"})) << "it must not guess that all is well again";
    EXPECT_FALSE(append(stream + "-new", 1, {"later"}));
    auto snapshot = ask_keeper<done>(save_snapshot{stream, 1, now, "state"});
    EXPECT_FALSE(snapshot);
    auto status = ask_keeper<journal_status>(get_journal_status{});
    ASSERT_TRUE(status);
    EXPECT_TRUE(status->read_only);
    EXPECT_EQ(status->reason, refused.error().text);
    EXPECT_THAT(load(stream).tail, ::testing::ElementsAre("kept")) << "reading goes on";

    restart(); // on the healthy disk
    EXPECT_THAT(load(stream).tail, ::testing::ElementsAre("kept")) << "a refused write came back";
    EXPECT_FALSE(ask_keeper<journal_status>(get_journal_status{})->read_only);
    EXPECT_TRUE(append(stream, 2, {"new"}));
    stop();
  }
}

TEST_F(FaultyDisk, EveryAppendOfARefusedBatchIsAnswered) {
  start_on_faulty_disk();
  ASSERT_TRUE(append("s", 1, {"kept"}));
  disk->fail_log(faulty_disk::fault::sync);
  std::vector<decltype(self->request(keeper, caf::infinite, append_events{}))> outstanding;
  for (std::uint64_t i = 2; i <= 101; ++i)
    outstanding.push_back(self->request(keeper, caf::infinite, events("s", i, {"refused"})));
  for (auto& pending : outstanding)
    pending.receive([](const events_appended&) { FAIL(); },
                    [](const caf::error& e) { EXPECT_EQ(from_caf(e).code, ec::unavailable); });
}

// -- writing goes on -------------------------------------------------------------------------------------------

TEST_F(FaultyDisk, WritingGoesOnFromWhatTheDiskHoldsWhenItWorksAgain) {
  for (auto fault : {faulty_disk::fault::sync, faulty_disk::fault::short_write}) {
    auto stream = "s" + std::to_string(static_cast<int>(fault));
    start_on_faulty_disk();
    ASSERT_TRUE(append(stream, 1, {"kept"}));
    ASSERT_TRUE(append(stream + "-other", 1, {"kept"}));
    disk->fail_log(fault);
    ASSERT_FALSE(append(stream, 2, {"refused"}));
    ASSERT_FALSE(append(stream + "-new", 1, {"refused"}));
    for (int i = 0; i < 3; ++i) {
      auto early = store->mend();
      ASSERT_FALSE(early) << "it is opened, and takes its first write not";
      EXPECT_TRUE(store->is_to_mend());
      EXPECT_THAT(load(stream).tail, ::testing::ElementsAre("kept")) << "reading goes on";
    }
    disk->heal();
    auto mended = store->mend();
    ASSERT_TRUE(mended) << mended.error().text;
    EXPECT_FALSE(store->is_to_mend());
    EXPECT_FALSE(ask_keeper<journal_status>(get_journal_status{})->read_only);
    EXPECT_FALSE(append(stream, 3, {"gap"})) << "what was refused took no place";
    ASSERT_TRUE(append(stream, 2, {"new"}));
    ASSERT_TRUE(append(stream + "-new", 1, {"new"}));
    EXPECT_THAT(load(stream).tail, ::testing::ElementsAre("kept", "new"));
    restart();
    EXPECT_THAT(load(stream).tail, ::testing::ElementsAre("kept", "new"));
    EXPECT_THAT(load(stream + "-other").tail, ::testing::ElementsAre("kept"));
    stop();
  }
}

TEST_F(FaultyDisk, ANodeThatHadNoFilesLeftWritesAgainWhenThereAreSome) {
  config = load_config_of(config.path);
  config.mend_after = std::chrono::hours{24};
  start_on_faulty_disk();
  std::uint64_t acknowledged = 0;
  auto write = [&] {
    auto appended = ask_keeper<events_appended>(load_batch("s", acknowledged + 1, 50));
    acknowledged = appended ? appended->last_sequence : acknowledged;
    return appended;
  };
  ASSERT_TRUE(write());
  disk->fail_log(faulty_disk::fault::no_files);
  for (int i = 0; i < 10'000 && write(); ++i) { // until the next log is begun, or a table written
  }
  ASSERT_TRUE(store->is_to_mend());
  auto early = store->mend();
  ASSERT_FALSE(early);
  EXPECT_THAT(early.error().text, ::testing::HasSubstr("a test's disk makes no file"));
  EXPECT_EQ(load("s").last_sequence, acknowledged) << "reading goes on";
  disk->heal();
  auto mended = store->mend();
  ASSERT_TRUE(mended) << mended.error().text;
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(write());
  restart();
  expect_only_what_was_written(*store, "s", acknowledged, acknowledged);
}

// Wherever it fills: in a log, a table, a manifest, or in whatever else lies there. RocksDB's own log lay there once,
// and its second line on a full disk ended the process by an assertion.
TEST_F(FaultyDisk, AFullDiskEndsNothingWhereverItFills) {
  config = load_config_of(config.path);
  config.mend_after = std::chrono::hours{24};
  std::uint64_t acknowledged = 0;
  for (std::int64_t left = 0; left < 3'000'000; left += 20'000 + left / 3) {
    start_on_faulty_disk();
    expect_only_what_was_written(*store, "s", acknowledged, acknowledged);
    auto write = [&] {
      auto appended = ask_keeper<events_appended>(load_batch("s", acknowledged + 1, 50));
      acknowledged = appended ? appended->last_sequence : acknowledged;
      return static_cast<bool>(appended);
    };
    disk->leave(left);
    for (int i = 0; i < 10'000 && write(); ++i) {
    }
    ASSERT_TRUE(store->is_to_mend()) << left;
    for (std::int64_t room = 66'000; room < 300'000; room += 20'000) { // it is tried with 64 KiB
      disk->leave(room);
      if (store->mend())
        break;
      EXPECT_EQ(load("s").last_sequence, acknowledged) << "reading goes on";
    }
    disk->leave(0);
    write();
    disk->heal();
    if (store->is_to_mend()) {
      auto mended = store->mend();
      ASSERT_TRUE(mended) << mended.error().text;
    }
    ASSERT_TRUE(write());
    stop();
  }
}

// The batch is in the log and synced when the write of it fails: it is refused, so it must not be there.
TEST_F(FaultyDisk, WhatFailsBehindItsSyncIsRefusedAndNeverComesBack) {
  config = load_config_of(config.path);
  config.mend_after = std::chrono::hours{24};
  std::uint64_t acknowledged = 0;
  for (bool restarts : {false, true, false, true}) {
    start_on_faulty_disk();
    auto write = [&] {
      auto appended = ask_keeper<events_appended>(load_batch("s", acknowledged + 1, 50));
      acknowledged = appended ? appended->last_sequence : acknowledged;
      return static_cast<bool>(appended);
    };
    ASSERT_TRUE(write());
    disk->fail_log(faulty_disk::fault::folder_sync);
    for (int i = 0; i < 10'000 && write(); ++i) { // until the first write to the next log
    }
    EXPECT_EQ(load("s").last_sequence, acknowledged) << "a refused write can be read";
    disk->heal();
    if (restarts) {
      restart();
    } else {
      auto mended = store->mend();
      ASSERT_TRUE(mended) << mended.error().text;
    }
    EXPECT_EQ(load("s").last_sequence, acknowledged) << "a refused write came back";
    ASSERT_TRUE(write());
    stop();
  }
}

TEST_F(FaultyDisk, WhatTheDatabaseSaysIsInTheNodesLogAndInNoFileOfItsOwn) {
  static std::mutex mutex;
  static std::vector<std::string> said;
  config = load_config_of(config.path);
  config.mend_after = std::chrono::hours{24};
  std::filesystem::create_directories(config.path);
  for (auto* old : {"/LOG", "/LOG.old.1700000000000000"})
    std::ofstream(config.path + old) << "of an older version\n";
  set_log_sink(
      [](const log_record& record) {
        std::scoped_lock lock(mutex);
        said.emplace_back(record.message);
      },
      log_level::warn);
  start_on_faulty_disk();
  disk->leave(0);
  EXPECT_FALSE(append("s", 1, {"refused"}));
  auto is_said = [] {
    std::scoped_lock lock(mutex);
    return std::any_of(said.begin(), said.end(), [](const std::string& line) {
      return line.starts_with("RocksDB: [") &&
             line.ends_with("[0 bytes] is less than required disk buffer [1048576 bytes]");
    });
  };
  for (int i = 0; i < 3000 && !is_said(); ++i) // a thread of its own says it
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(is_said());
  stop();
  set_log_sink(nullptr, log_level::off);
  for (auto& entry : std::filesystem::directory_iterator(config.path))
    EXPECT_FALSE(entry.path().filename().string().starts_with("LOG")) << entry.path();
}

TEST_F(FaultyDisk, ReadingGoesOnWhereTheDatabaseCanNotBeOpenedForWriting) {
  start_on_faulty_disk();
  ASSERT_TRUE(append("s", 1, {"kept"}));
  disk->fail_log(faulty_disk::fault::sync);
  ASSERT_FALSE(append("s", 2, {"refused"}));
  disk->fail_log(faulty_disk::fault::no_manifest);
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(store->mend());
    EXPECT_TRUE(store->is_to_mend());
    EXPECT_THAT(load("s").tail, ::testing::ElementsAre("kept"));
    EXPECT_FALSE(append("s", 2, {"refused"}));
    EXPECT_FALSE(ask_keeper<done>(save_snapshot{"s", 1, now, "state"}));
  }
  disk->heal();
  ASSERT_TRUE(store->mend());
  ASSERT_TRUE(append("s", 2, {"new"}));
  EXPECT_THAT(load("s").tail, ::testing::ElementsAre("kept", "new"));
}

TEST_F(FaultyDisk, ADiskThatHoldsLessThanWasAcknowledgedIsNotBuiltOn) {
  start_on_faulty_disk();
  ASSERT_TRUE(append("s", 1, {"kept"}));
  auto log = only_log();
  auto size = synced_logs::read(config.path)->at(log_number_of(log)); // zeros follow in the file
  ASSERT_TRUE(append("s", 2, {"lost"}));
  disk->fail_log(faulty_disk::fault::sync);
  ASSERT_FALSE(append("s", 3, {"refused"}));
  disk->heal();
  std::filesystem::resize_file(log, size);
  auto damaged = store->mend();
  ASSERT_FALSE(damaged);
  EXPECT_THAT(damaged.error().text, ::testing::HasSubstr("maestro journal inspect"));
  EXPECT_FALSE(append("s", 3, {"refused"}));

  std::filesystem::remove(config.path +
                          "/SYNCED"); // which told the loss; what every stream should have is known still
  auto mended = store->mend();
  ASSERT_FALSE(mended);
  EXPECT_THAT(mended.error().text, ::testing::HasSubstr("stream s ends at 1 and not at 2"));
  EXPECT_FALSE(store->is_to_mend());
  auto refused = append("s", 3, {"refused"});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text,
              ::testing::StartsWith("the journal is read-only until the node is restarted: what the disk of "));
}

} // namespace
} // namespace maestro
