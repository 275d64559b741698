// A running journal's copy: whole, of one instant, without harm to the original; and what is made of it elsewhere.
#include "nodes/journal/journal_backup.hpp"
#include "nodes/journal/kept_files.hpp"
#include "test/journal/faulty_disk.hpp"
#include "test/journal/journal_fixture.hpp"
#include "test/journal/journal_load.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

namespace maestro {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* stream = "pool/arena";

class JournalBackup : public JournalFixture {
protected:
  std::shared_ptr<faulty_disk> disk = std::make_shared<faulty_disk>();
  std::uint64_t acknowledged = 0;
  std::string data = folder.path(), backup = data + "/backup", restored = data + "/restored";

  void SetUp() override {
    config = load_config_of(config.path);
    start();
  }
  void open_keeper() override {
    auto opened = rocksdb_journal::open(config, disk);
    ASSERT_TRUE(opened) << opened.error().text;
    store = *opened;
    keeper = spawn_journal_keeper(system, store, config, [this] { return now; });
  }
  void append_more(std::uint64_t records) {
    for (auto end = acknowledged + records; acknowledged < end; ++acknowledged)
      ASSERT_TRUE(ask_keeper<events_appended>(load_batch(stream, acknowledged + 1, 1)));
  }
  std::string checkpoint() {
    auto made = ask_keeper<checkpoint_made>(make_checkpoint{});
    EXPECT_TRUE(made) << made.error().text;
    return made ? made->folder : "";
  }
  void take() {
    auto taken = take_backup(checkpoint(), backup, "0.1.0", seconds_after_start(0));
    ASSERT_TRUE(taken) << taken.error().text;
  }
  void expect_refused(const std::string& why) {
    auto refused = restore_backup(backup, restored);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().text, HasSubstr(why));
    EXPECT_FALSE(fs::exists(restored + "/journal"));
    EXPECT_FALSE(fs::exists(restored + "/journal.partial"));
  }
  static std::string text_of(const std::string& file) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
  }
  static void write(const std::string& file, const std::string& text) { std::ofstream(file) << text; }
  void say_of_backup(const std::string& from, const std::string& to) {
    auto lines = text_of(backup + "/BACKUP");
    lines = lines.substr(0, lines.rfind("end "));
    lines.replace(lines.find(from), from.size(), to);
    write(backup + "/BACKUP", lines + "end " + sha256_of(lines) + "\n");
  }
  static std::uint64_t last_of(const std::string& journal) {
    auto opened = rocksdb_journal::open(load_config_of(journal));
    EXPECT_TRUE(opened) << opened.error().text;
    auto loaded = (*opened)->load(stream);
    EXPECT_EQ(loaded->tail.size(), loaded->last_sequence);
    for (std::uint64_t i = 0; i < loaded->tail.size(); ++i)
      EXPECT_EQ(loaded->tail[i], load_record(stream, i + 1));
    return loaded->last_sequence;
  }
};

TEST_F(JournalBackup, WhatWasAcknowledgedBeforeIsInItAndTheOriginalGoesOn) {
  append_more(5000); // several tables and logs
  take();
  append_more(3000);
  auto made = restore_backup(backup, restored);
  ASSERT_TRUE(made) << made.error().text;
  EXPECT_EQ(made->node_id, store->node_id());
  EXPECT_EQ(last_of(restored + "/journal"), 5000u);
  restart();
  EXPECT_EQ(load(stream).last_sequence, 8000u) << "the copy cost the original something";
  append_more(1);
}

TEST_F(JournalBackup, OneIsTakenWhileBatchesGoOn) {
  append_more(100);
  constexpr std::uint64_t more = 4000;
  for (std::uint64_t i = 1; i <= more; ++i)
    self->send(keeper, load_batch(stream, acknowledged + i, 1));
  std::uint64_t answered_before = acknowledged;
  for (std::uint64_t i = 0; i < more / 2; ++i)
    self->receive([&](const events_appended& answer) { answered_before = answer.last_sequence; });
  std::string copy;
  std::uint64_t answers = more / 2;
  self->request(keeper, caf::infinite, make_checkpoint{})
      .receive([&](const checkpoint_made& made) { copy = made.folder; },
               [&](const caf::error& why) { FAIL() << from_caf(why).text; });
  for (; answers < more; ++answers)
    self->receive([](const events_appended&) {});
  ASSERT_TRUE(take_backup(copy, backup, "0.1.0", now));
  ASSERT_TRUE(restore_backup(backup, restored));
  auto last = last_of(restored + "/journal");
  EXPECT_GE(last, answered_before);
  EXPECT_LE(last, 100 + more);
}

TEST_F(JournalBackup, ACopyReplacesTheOneBefore) {
  append_more(10);
  auto first = checkpoint();
  append_more(10);
  EXPECT_EQ(checkpoint(), first);
  ASSERT_TRUE(take_backup(first, backup, "0.1.0", now));
  ASSERT_TRUE(restore_backup(backup, restored));
  EXPECT_EQ(last_of(restored + "/journal"), 20u);
}

TEST_F(JournalBackup, AJournalThatTakesNoWritesIsNotCopied) {
  append_more(10);
  disk->fail_log(faulty_disk::fault::short_write);
  ASSERT_FALSE(ask_keeper<events_appended>(load_batch(stream, 11, 1)));
  auto refused = ask_keeper<checkpoint_made>(make_checkpoint{});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::unavailable);
  EXPECT_FALSE(fs::exists(config.path + ".checkpoint"));
  EXPECT_FALSE(fs::exists(config.path + ".checkpoint.partial"));
}

TEST_F(JournalBackup, ABackupGetsANewFolderAndAHalfOneIsNone) {
  append_more(10);
  auto copy = checkpoint();
  fs::create_directory(backup);
  EXPECT_FALSE(take_backup(copy, backup, "0.1.0", now));
  fs::remove(backup);
  fs::create_directories(backup + ".partial/journal"); // somebody pulled the plug
  EXPECT_FALSE(read_backup(backup + ".partial"));
  EXPECT_TRUE(take_backup(copy, backup, "0.1.0", now));
  EXPECT_FALSE(fs::exists(backup + ".partial"));
  fs::remove_all(copy);
  EXPECT_FALSE(take_backup(copy, backup + "2", "0.1.0", now));
  EXPECT_FALSE(fs::exists(backup + "2"));
  EXPECT_FALSE(fs::exists(backup + "2.partial"));
}

TEST_F(JournalBackup, NothingThatIsThereIsOverwritten) {
  append_more(10);
  take();
  fs::create_directories(restored);
  write(restored + "/something", "");
  auto refused = restore_backup(backup, restored);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("is not empty"));
  EXPECT_FALSE(restore_backup(backup, config.path)) << "a running node's";
  fs::remove(restored + "/something");
  EXPECT_TRUE(restore_backup(backup, restored)) << "an empty folder is as good as none";
}

TEST_F(JournalBackup, ADamagedOneIsRefusedAndLeavesNothing) {
  append_more(2000);
  take();
  auto page = text_of(backup + "/BACKUP");
  write(backup + "/BACKUP", page.substr(0, page.size() / 2));
  expect_refused("is damaged or was cut off");
  write(backup + "/BACKUP", page);

  std::string table;
  for (auto& entry : fs::directory_iterator(backup + "/journal"))
    if (entry.path().extension() == ".sst")
      table = entry.path();
  auto bytes = text_of(table);
  auto other = bytes;
  other[other.size() / 2] = static_cast<char>(other[other.size() / 2] ^ 1);
  write(table, other);
  expect_refused(table + " is damaged");
  write(table, bytes.substr(0, bytes.size() - 1));
  expect_refused("bytes and not");
  fs::remove(table);
  expect_refused("cannot open " + table);
  write(table, bytes);
  EXPECT_TRUE(restore_backup(backup, restored));
  EXPECT_FALSE(read_backup(config.path)) << "a journal is no backup";
}

TEST_F(JournalBackup, OneOfANewerFormatIsRefusedByName) {
  append_more(10);
  take();
  say_of_backup("journal-format 2", "journal-format 3");
  say_of_backup("maestro 0.1.0", "maestro 9.9.9");
  expect_refused("has journal format 3, this program reads up to 2; use maestro 9.9.9 or newer");
  say_of_backup("maestro-backup 1", "maestro-backup 2");
  expect_refused("use the maestro that took it");
}

TEST_F(JournalBackup, APageNamesNoFileOutsideOfIt) {
  append_more(10);
  take();
  say_of_backup(" CURRENT\n", " ../../CURRENT\n");
  expect_refused("makes no sense");
}

} // namespace
} // namespace maestro
