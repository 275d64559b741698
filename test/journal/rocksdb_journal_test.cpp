// What opening a journal refuses, and in which words.
#include "test/journal/child_process.hpp"
#include "test/journal/journal_fixture.hpp"
#include "test/journal/journal_load.hpp"

#include <gmock/gmock.h>
#include <rocksdb/db.h>

#include <fstream>

namespace maestro {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class RocksdbJournal : public ::testing::Test {
protected:
  scratch_folder folder;
  std::string path = folder.path() / "deep" / "journal";

  std::string refusal() {
    auto journal = rocksdb_journal::open(load_config_of(path));
    return journal ? "opened" : journal.error().text;
  }
  void write_meta(const std::string& key, const std::string& value) {
    std::vector<std::string> names;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, path, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (auto& name : names)
      families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    rocksdb::Options options;
    options.avoid_flush_during_recovery = true; // logs that it deletes would be missed
    ASSERT_TRUE(rocksdb::DB::Open(options, path, families, &handles, &db).ok());
    for (auto* handle : handles) {
      if (handle->GetName() == "meta") {
        ASSERT_TRUE(db->Put({}, handle, key, value).ok());
      }
      db->DestroyColumnFamilyHandle(handle);
    }
    delete db;
  }
};

TEST_F(RocksdbJournal, MakesItsFolderAndKeepsItsNodeId) {
  std::string id;
  {
    auto journal = rocksdb_journal::open(load_config_of(path));
    ASSERT_TRUE(journal) << journal.error().text;
    id = (*journal)->node_id();
    EXPECT_EQ(id.size(), 32u);
  }
  auto again = rocksdb_journal::open(load_config_of(path));
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->node_id(), id);
  path = folder.path() / "other";
  auto other = rocksdb_journal::open(load_config_of(path));
  ASSERT_TRUE(other);
  EXPECT_NE((*other)->node_id(), id);
}

TEST_F(RocksdbJournal, ANewerFormatIsRefusedWithBothNumbers) {
  ASSERT_EQ(refusal(), "opened");
  write_meta("format", "3");
  EXPECT_EQ(refusal(), "cannot open the journal at " + path +
                           ": it has format version 3, this program reads up to 2; start it with a newer maestro");
  write_meta("format", "1");
  EXPECT_EQ(refusal(), "opened");
  write_meta("format", "one");
  EXPECT_THAT(refusal(), AllOf(HasSubstr(path), HasSubstr("`one` is not a number")));
}

TEST_F(RocksdbJournal, APathThatCannotBeAFolderIsNamed) {
  path = folder.path() / "file" / "journal";
  std::ofstream(folder.path() / "file") << "x";
  EXPECT_THAT(refusal(), AllOf(HasSubstr("cannot open the journal at " + path), HasSubstr("Not a directory")));
}

TEST_F(RocksdbJournal, ASecondNodeIsRefusedAsLongAsTheFirstLives) {
  child_process first({MAESTRO_JOURNAL_WRITER, "hold", path});
  ASSERT_EQ(first.line(), "open");
  EXPECT_THAT(refusal(), HasSubstr("cannot open the journal at " + path + ": it is in use by another node"));
  first.kill_and_wait();
  EXPECT_EQ(refusal(), "opened");
}

TEST_F(RocksdbJournal, ASecondOpenerInTheSameProcessIsRefused) {
  auto first = rocksdb_journal::open(load_config_of(path));
  ASSERT_TRUE(first);
  EXPECT_THAT(refusal(), HasSubstr("it is in use by another node"));
  (*first)->close();
  EXPECT_EQ(refusal(), "opened");
}

TEST_F(RocksdbJournal, ClosedItRefusesEverything) {
  auto journal = *rocksdb_journal::open(load_config_of(path));
  journal->close();
  auto added = journal->add(load_batch("s", 1, 1));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ec::unavailable);
  EXPECT_FALSE(journal->commit());
  EXPECT_FALSE(journal->load("s"));
  EXPECT_FALSE(journal->streams(""));
}

TEST_F(RocksdbJournal, ADamagedTableIsReportedAndNotReadAsIfItWereWhole) {
  {
    auto journal = *rocksdb_journal::open(load_config_of(path));
    for (std::uint64_t i = 0; i < 60; ++i) { // enough for sorted files
      ASSERT_TRUE(journal->add(load_batch("s", i * 100 + 1, 100)));
      ASSERT_TRUE(journal->commit());
    }
  }
  int damaged = 0;
  for (auto& entry : std::filesystem::directory_iterator(path))
    if (entry.path().extension() == ".sst" && entry.file_size() > 2'000) {
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(entry.file_size() / 3));
      file << "damage";
      ++damaged;
    }
  ASSERT_GT(damaged, 0);
  auto journal = rocksdb_journal::open(load_config_of(path));
  auto loaded = journal ? (*journal)->load("s") : result<loaded_stream>(journal.error());
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().text, AllOf(HasSubstr("s: "), HasSubstr("orruption")));
}

} // namespace
} // namespace maestro
