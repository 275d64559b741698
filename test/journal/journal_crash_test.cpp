// The journal under violence: SIGKILL at random moments, and a disk that is full.
#include "test/journal/child_process.hpp"
#include "test/journal/journal_fixture.hpp"
#include "test/journal/journal_load.hpp"

#include <gmock/gmock.h>

#include <sys/mount.h>

#include <fstream>
#include <map>
#include <random>
#include <sstream>

namespace maestro {
namespace {

class JournalCrash : public ::testing::Test {
protected:
  scratch_folder folder;
  std::string path = folder.path() / "journal";
};

TEST_F(JournalCrash, WhateverWasAcknowledgedSurvivesSigkillAtAnyMoment) {
  std::mt19937 random(20231116);
  std::map<std::string, std::uint64_t> acknowledged;
  for (int round = 0; round < 12; ++round) {
    auto kill_after = 1 + random() % 1500;
    child_process writer({MAESTRO_JOURNAL_WRITER, "append", path});
    for (std::uint64_t lines = 0;; ++lines) {
      if (lines == kill_after)
        writer.send_kill();
      auto line = writer.line(); // what it said before it died counts
      if (!line)
        break;
      std::istringstream words(*line);
      std::string stream;
      std::uint64_t sequence = 0;
      ASSERT_TRUE(words >> stream >> sequence) << *line;
      acknowledged[stream] = sequence;
    }
    writer.kill_and_wait();
    auto journal = rocksdb_journal::open(load_config_of(path));
    ASSERT_TRUE(journal) << "round " << round << ": " << journal.error().text;
    for (auto& stream : load_streams()) // one batch of at most four records may be in flight per stream, twice
      expect_only_what_was_written(**journal, stream, acknowledged[stream], acknowledged[stream] + 8);
  }
  EXPECT_GT(acknowledged["pool/arena"], 100u);
}

void expect_read_only_and_complete(child_process& writer, const std::string& path, const std::string& cause) {
  std::map<std::string, std::string> said;
  for (auto& line : writer.all_lines())
    said[line.substr(0, line.find(' '))] = line.substr(line.find(' ') + 1);
  ASSERT_EQ(writer.finish(), 0);
  EXPECT_NE(said["refused"].find("the journal is read-only: "), std::string::npos) << said["refused"];
  EXPECT_NE(said["refused"].find(path), std::string::npos) << said["refused"];
  EXPECT_NE(said["refused"].find(cause), std::string::npos) << said["refused"];
  EXPECT_EQ(said["again"], "unavailable");
  EXPECT_EQ(said["status"], "read-only");
  EXPECT_EQ(said["readable"], said["acknowledged"]) << "a refused write is visible, or an acknowledged one is not";
}

TEST_F(JournalCrash, AFileThatMayNotGrowMakesTheJournalReadOnlyAndLosesNothing) {
  child_process writer({MAESTRO_JOURNAL_WRITER, "starve", path, "700000"});
  expect_read_only_and_complete(writer, path, "File too large");
  auto journal = rocksdb_journal::open(load_config_of(path));
  ASSERT_TRUE(journal) << journal.error().text;
  auto stream = load_streams().front();
  auto loaded = (*journal)->load(stream);
  EXPECT_GT(loaded->last_sequence, 100u);
  EXPECT_EQ(loaded->last_sequence % 50, 0u) << "half a batch";
  expect_only_what_was_written(**journal, stream, loaded->last_sequence, loaded->last_sequence);
  EXPECT_TRUE((*journal)->add(load_batch(stream, loaded->last_sequence + 1, 1)));
  EXPECT_TRUE((*journal)->commit()) << "a restart with room writes again";
}

TEST_F(JournalCrash, AFullDiskMakesTheJournalReadOnlyAndLosesNothing) {
  auto disk = folder.path() / "disk";
  std::filesystem::create_directory(disk);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=12m") != 0)
    GTEST_SKIP() << "no right to mount a small disk; AFileThatMayNotGrow… covers the same path";
  path = disk / "journal";
  {
    child_process writer({MAESTRO_JOURNAL_WRITER, "fill", path});
    expect_read_only_and_complete(writer, path, "No space left on device");
  }
  mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=64m");
  {
    auto journal = rocksdb_journal::open(load_config_of(path));
    ASSERT_TRUE(journal) << journal.error().text;
    auto stream = load_streams().front();
    auto loaded = (*journal)->load(stream);
    EXPECT_GT(loaded->last_sequence, 1000u);
    EXPECT_EQ(loaded->last_sequence % 50, 0u) << "half a batch";
    expect_only_what_was_written(**journal, stream, loaded->last_sequence, loaded->last_sequence);
    EXPECT_TRUE((*journal)->add(load_batch(stream, loaded->last_sequence + 1, 1)));
    EXPECT_TRUE((*journal)->commit());
  }
  umount2(disk.c_str(), MNT_DETACH);
}

// -- a disk that is nearly full --------------------------------------------------------------------------------

class SmallDisk : public JournalFixture {
protected:
  static constexpr std::uint64_t reserved = 2 << 20;
  std::filesystem::path disk = folder.path() / "disk";

  SmallDisk() {
    std::filesystem::create_directory(disk);
    is_mounted_ = mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=16m") == 0;
    config = load_config_of((disk / "journal").string());
    config.reserve_bytes = reserved;
  }
  ~SmallDisk() override {
    stop();
    if (is_mounted_)
      umount2(disk.c_str(), MNT_DETACH);
  }
  void SetUp() override {
    if (!is_mounted_)
      GTEST_SKIP() << "no right to mount a small disk";
  }
  /// As a game server would that writes without end.
  void fill() {
    std::ofstream filler(disk / "filler", std::ios::binary | std::ios::app);
    std::string much(64 << 10, 'x');
    while (filler.write(much.data(), static_cast<std::streamsize>(much.size())).flush()) {
    }
  }
  void make_room() { std::filesystem::remove(disk / "filler"); }
  bool is_reserved() { return std::filesystem::exists(disk / "journal" / "RESERVE"); }

private:
  bool is_mounted_ = false;
};

TEST_F(SmallDisk, RefusesWhileItIsFullAndGoesOnByItself) {
  start();
  ASSERT_TRUE(append("s", 1, {"kept"}));
  EXPECT_TRUE(is_reserved());
  fill();
  for (int i = 0; i < 3; ++i) {
    auto refused = append("s", 2, {"refused"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ec::unavailable);
    EXPECT_NE(refused.error().text.find("less than journal.reserveBytes (2097152) is free on the disk of " +
                                        config.path),
              std::string::npos)
        << refused.error().text;
  }
  EXPECT_FALSE(ask_keeper<done>(save_snapshot{"s", 1, now, "state"}));
  EXPECT_TRUE(ask_keeper<journal_status>(get_journal_status{})->read_only);
  EXPECT_THAT(load("s").tail, ::testing::ElementsAre("kept")) << "reading goes on";
  make_room();
  EXPECT_FALSE(ask_keeper<journal_status>(get_journal_status{})->read_only);
  ASSERT_TRUE(append("s", 2, {"new"}));
  restart();
  EXPECT_THAT(load("s").tail, ::testing::ElementsAre("kept", "new"));
}

TEST_F(SmallDisk, StartsWhenItIsFullReadsAndGoesOnByItself) {
  start();
  ASSERT_TRUE(append("s", 1, {"kept"}));
  stop();
  fill();
  start();
  EXPECT_THAT(load("s").tail, ::testing::ElementsAre("kept"));
  EXPECT_FALSE(append("s", 2, {"refused"}));
  EXPECT_FALSE(is_reserved());
  make_room();
  ASSERT_TRUE(append("s", 2, {"new"}));
  EXPECT_TRUE(is_reserved());
  restart();
  EXPECT_THAT(load("s").tail, ::testing::ElementsAre("kept", "new"));
}

TEST_F(SmallDisk, AStartWithoutAnyRoomIsRefusedWithTheNumbers) {
  config.reserve_bytes = 0;
  start();
  ASSERT_TRUE(append("s", 1, {"kept"}));
  stop();
  fill();
  auto opened = rocksdb_journal::open(config);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().text.find("cannot open the journal at " + config.path + ": its disk is full: 0 bytes"),
            std::string::npos)
      << opened.error().text;
  EXPECT_NE(opened.error().text.find("opening it needs 1048576"), std::string::npos) << opened.error().text;
  make_room();
  start();
  EXPECT_THAT(load("s").tail, ::testing::ElementsAre("kept"));
}

} // namespace
} // namespace maestro
