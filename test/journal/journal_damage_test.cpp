// Damaged write-ahead logs: whatever was acknowledged is there after a start, or there is no start. Nothing in
// between: no bit, no missing end and no missing file loses an acknowledged record in silence.
#include "nodes/journal/synced_logs.hpp"
#include "test/journal/child_process.hpp"
#include "test/journal/journal_fixture.hpp"
#include "test/journal/journal_load.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <random>
#include <sstream>

namespace maestro {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class DamagedLog : public ::testing::Test {
protected:
  scratch_folder folder;
  fs::path original = folder.path() / "original";
  fs::path copy = folder.path() / "copy";
  std::map<std::string, std::uint64_t> acknowledged;
  std::mt19937 random{20241124};

  static result<std::shared_ptr<rocksdb_journal>> open(const fs::path& path) {
    return rocksdb_journal::open(load_config_of(path.string()));
  }

  /// So many acknowledged batches. What is written last, the counts of a scheduler without operations, is not synced.
  void write(int batches, int unsynced = 0, std::uint64_t records = 4) {
    auto journal = *open(original);
    ASSERT_NO_FATAL_FAILURE(write(*journal, batches, records));
    for (int i = 1; i <= unsynced; ++i)
      ASSERT_TRUE(journal->rebuild_operations(scheduler_name{"none"}));
  }
  void write(rocksdb_journal& journal, int batches, std::uint64_t records = 4) {
    for (int round = 0; round < batches; ++round)
      for (auto& stream : load_streams()) {
        auto added = journal.add(load_batch(stream, acknowledged[stream] + 1, 1 + random() % records));
        ASSERT_TRUE(added);
        ASSERT_TRUE(journal.commit());
        acknowledged[stream] = added->last_sequence;
      }
  }
  /// As `kill -9` leaves it: the log goes on in zeros. Its last log, and up to where it was written.
  std::pair<fs::path, std::uint64_t> write_and_die(int batches) {
    auto journal = *open(original);
    write(*journal, batches);
    fs::copy(original, copy);
    journal.reset();
    fs::remove_all(original);
    fs::rename(copy, original);
    auto log = logs_of(original).back();
    return {log, synced_logs::read(original.string())->at(log_number_of(log.string()))};
  }

  static std::vector<fs::path> logs_of(const fs::path& path) {
    std::vector<fs::path> logs;
    for (auto& entry : fs::directory_iterator(path))
      if (entry.path().extension() == ".log" && entry.file_size() > 0)
        logs.push_back(entry.path());
    std::sort(logs.begin(), logs.end());
    return logs;
  }

  fs::path copy_with(const fs::path& log) {
    fs::remove_all(copy);
    fs::copy(original, copy);
    return copy / log.filename();
  }
  static void flip(const fs::path& file, std::uint64_t offset, int bit) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(static_cast<std::streamoff>(offset));
    auto byte = static_cast<char>(bytes.get() ^ (1 << bit));
    bytes.seekp(static_cast<std::streamoff>(offset));
    bytes.put(byte);
  }

  /// `complete`, or why it does not open; fails when it opens without something that was acknowledged.
  std::string outcome() {
    auto journal = open(copy);
    if (!journal)
      return journal.error().text;
    for (auto& [stream, last] : acknowledged) {
      auto page = (*journal)->read({stream, 1, 100'000});
      if (!page)
        return page.error().text;
      if (page->last < last)
        return stream + " silently lost " + std::to_string(last - page->last);
      for (auto& one : page->items)
        if (one.record != load_record(stream, one.sequence))
          return stream + " has what nobody wrote at " + std::to_string(one.sequence);
      auto went_on = (*journal)->add(load_batch(stream, page->last + 1, 1));
      if (!went_on || !(*journal)->commit())
        return stream + " does not go on";
    }
    return "complete";
  }
};

TEST_F(DamagedLog, AFlippedBitAnywhereLosesNothingInSilence) {
  ASSERT_NO_FATAL_FAILURE(write(60));
  auto logs = logs_of(original);
  ASSERT_FALSE(logs.empty());
  int refused = 0;
  for (int trial = 0; trial < 100; ++trial) {
    auto& log = logs[random() % logs.size()];
    auto size = fs::file_size(log);
    // Half of them near the end, where damage looks like a torn tail.
    auto offset = trial % 2 == 0 ? random() % size : size - 1 - random() % std::min<std::uint64_t>(size, 600);
    auto bit = static_cast<int>(random() % 8);
    flip(copy_with(log), offset, bit);
    auto said = outcome();
    auto where = log.filename().string() + " at " + std::to_string(offset) + " bit " + std::to_string(bit);
    if (said == "complete")
      continue; // the padding of a block
    ++refused;
    ASSERT_THAT(said, AllOf(HasSubstr("cannot open the journal at " + copy.string()),
                            HasSubstr(log.filename().string()), HasSubstr("offset ")))
        << where;
  }
  EXPECT_GT(refused, 90);
}

TEST_F(DamagedLog, TheTextNamesFileOffsetAndCost) {
  ASSERT_NO_FATAL_FAILURE(write(40));
  auto log = logs_of(original).front();
  auto damaged = copy_with(log);
  flip(damaged, 10'000, 3);
  EXPECT_THAT(outcome(),
              AllOf(HasSubstr(damaged.string() + " is damaged at offset "), HasSubstr(" bytes were synced"),
                    HasSubstr("scheduler/arena"), HasSubstr("pool/duel"), HasSubstr("Nothing was changed"),
                    HasSubstr("maestro journal inspect " + copy.string())));
}

TEST_F(DamagedLog, CutAnywhereInItsLastRecordItIsRefused) {
  ASSERT_NO_FATAL_FAILURE(write(3));
  auto log = logs_of(original).back();
  auto size = fs::file_size(log);
  for (std::uint64_t cut = 1; cut < 250; cut += 1 + random() % 3) {
    fs::resize_file(copy_with(log), size - cut);
    ASSERT_THAT(outcome(), AllOf(HasSubstr(log.filename().string()), HasSubstr("offset "))) << cut << " bytes";
  }
}

TEST_F(DamagedLog, WhatWasNeverSyncedIsATornTail) {
  ASSERT_NO_FATAL_FAILURE(write(3));
  auto log = logs_of(original).back();
  auto before = fs::file_size(log);
  fs::remove_all(original);
  acknowledged.clear();
  random.seed(20241124);
  ASSERT_NO_FATAL_FAILURE(write(3, 1));
  ASSERT_EQ(logs_of(original).back().filename(), log.filename());
  auto size = fs::file_size(log);
  ASSERT_GT(size, before);
  for (auto cut = before; cut < size; cut += 1 + random() % 12) {
    fs::resize_file(copy_with(log), cut);
    ASSERT_EQ(outcome(), "complete") << "cut at " << cut;
    flip(copy_with(log), cut, static_cast<int>(random() % 8));
    ASSERT_EQ(outcome(), "complete") << "flipped at " << cut;
  }
  EXPECT_EQ(outcome(), "complete") << "the next start";
}

TEST_F(DamagedLog, WhatWasReadAtAStartCountsAsSyncedFromThenOn) {
  ASSERT_NO_FATAL_FAILURE(write(3, 1));
  auto log = logs_of(original).back();
  auto size = fs::file_size(log);
  ASSERT_TRUE(open(original));
  fs::resize_file(copy_with(log), size - 1);
  EXPECT_THAT(outcome(), AllOf(HasSubstr(log.filename().string()), HasSubstr("offset ")));
}

TEST_F(DamagedLog, TheZerosAheadOfTheNextRecordAreNoDamage) {
  auto [log, written] = write_and_die(30);
  ASSERT_GT(fs::file_size(log), written) << "nothing was written ahead";
  copy_with(log);
  EXPECT_EQ(outcome(), "complete");
  for (int trial = 0; trial < 20; ++trial) {
    auto ahead = written + random() % (fs::file_size(log) - written);
    fs::resize_file(copy_with(log), ahead);
    ASSERT_EQ(outcome(), "complete") << "ends at " << ahead;
    flip(copy_with(log), ahead, static_cast<int>(random() % 8)); // as a write that did not get far
    ASSERT_EQ(outcome(), "complete") << "flipped at " << ahead;
  }
  EXPECT_EQ(outcome(), "complete") << "the next start";
}

TEST_F(DamagedLog, ZerosAtTheEndOfAnEarlierLogAreNoDamage) {
  for (int life = 0; life < 2; ++life)
    ASSERT_NO_FATAL_FAILURE(write(3));
  auto logs = logs_of(original);
  ASSERT_EQ(logs.size(), 2u);
  auto& closed = logs.front(); // the node died before its zeros were cut off
  fs::resize_file(copy_with(closed), fs::file_size(closed) + 100'000);
  EXPECT_EQ(outcome(), "complete");
}

TEST_F(DamagedLog, WhatBecameZerosIsMissed) {
  auto [log, written] = write_and_die(30);
  for (std::uint64_t lost = 1; lost < 250; lost += 1 + random() % 3) {
    auto damaged = copy_with(log);
    fs::resize_file(damaged, written - lost);
    fs::resize_file(damaged, fs::file_size(log));
    auto said = outcome();
    if (said == "complete")
      EXPECT_LT(lost, 8u) << "the record itself ends with zeros";
    else
      EXPECT_THAT(said, AllOf(HasSubstr(log.filename().string()), HasSubstr("offset "))) << lost << " bytes";
  }
}

TEST_F(DamagedLog, ALogThatIsClosedHasNoZerosBehindItsRecords) {
  ASSERT_NO_FATAL_FAILURE(write(30));
  auto log = logs_of(original).back();
  EXPECT_EQ(fs::file_size(log), synced_logs::read(original.string())->at(log_number_of(log.string())));
}

TEST_F(DamagedLog, ADeletedLogIsNoticed) {
  ASSERT_NO_FATAL_FAILURE(write(20));
  auto logs = logs_of(original);
  for (auto& log : logs) {
    fs::remove(copy_with(log));
    EXPECT_THAT(outcome(), AllOf(HasSubstr((copy / log.filename()).string()), HasSubstr("is missing")));
  }
}

TEST_F(DamagedLog, LogsThatAreDoneWithLeaveNothingBehind) {
  ASSERT_NO_FATAL_FAILURE(write(60, 0, 200));
  ASSERT_LT(logs_of(original).size(), 12u) << "it was long enough for some to be deleted";
  ASSERT_GT(logs_of(original).back().filename().string(), "000012.log");
  copy_with("");
  EXPECT_EQ(outcome(), "complete");
}

TEST_F(DamagedLog, WithoutCountsDamageInTheMiddleIsStillRefused) {
  ASSERT_NO_FATAL_FAILURE(write(40));
  auto log = logs_of(original).front();
  for (int trial = 0; trial < 30; ++trial) {
    auto damaged = copy_with(log);
    fs::remove(copy / "SYNCED");
    flip(damaged, random() % (fs::file_size(log) / 2), static_cast<int>(random() % 8));
    auto said = outcome();
    if (said != "complete") {
      EXPECT_THAT(said, AllOf(HasSubstr(damaged.string()), HasSubstr("offset ")));
    }
  }
  copy_with(log);
  fs::remove(copy / "SYNCED");
  EXPECT_EQ(outcome(), "complete") << "as of an earlier version";
}

// -- what an operator does about it ----------------------------------------------------------------------------

class JournalCommand : public DamagedLog {
protected:
  struct said {
    int code = -1;
    std::string text; ///< both streams
  };
  static said run(std::vector<std::string> words) {
    words.insert(words.begin(), {MAESTRO_BINARY, "journal"});
    child_process process(words);
    said outcome;
    for (auto& line : process.all_lines())
      outcome.text += line + "\n";
    outcome.code = process.finish();
    return outcome;
  }
  /// Name and bytes of every file.
  static std::map<std::string, std::string> files_of(const fs::path& path) {
    std::map<std::string, std::string> files;
    for (auto& entry : fs::directory_iterator(path)) {
      std::ifstream in(entry.path(), std::ios::binary);
      std::stringstream bytes;
      bytes << in.rdbuf();
      files[entry.path().filename()] = bytes.str();
    }
    return files;
  }
  /// The last record of each stream, as `inspect` says.
  static std::map<std::string, std::uint64_t> told_by(const std::string& text) {
    std::map<std::string, std::uint64_t> last;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string stream;
      std::uint64_t first = 0, up_to = 0;
      if (words >> stream >> first >> up_to && stream.find('/') != std::string::npos)
        last[stream] = up_to;
    }
    return last;
  }
  std::map<std::string, std::uint64_t> readable() {
    std::map<std::string, std::uint64_t> last;
    auto journal = open(copy);
    EXPECT_TRUE(journal) << journal.error().text;
    if (journal)
      for (auto& stream : load_streams()) {
        auto loaded = (*journal)->load(stream);
        EXPECT_TRUE(loaded) << loaded.error().text;
        if (loaded && loaded->last_sequence > 0)
          last[stream] = loaded->last_sequence;
      }
    return last;
  }
};

TEST_F(JournalCommand, InspectShowsWhatIsThereAndChangesNothing) {
  ASSERT_NO_FATAL_FAILURE(write(30, 1));
  auto log = logs_of(original).back();
  fs::resize_file(copy_with(log), fs::file_size(log) - 1); // a torn tail too is only looked at
  auto before = files_of(copy);
  auto seen = run({"inspect", copy});
  EXPECT_EQ(seen.code, 0) << seen.text;
  EXPECT_EQ(told_by(seen.text), acknowledged);
  EXPECT_THAT(seen.text, AllOf(HasSubstr("format 2"), HasSubstr(log.filename()), HasSubstr("torn at offset ")));
  EXPECT_EQ(files_of(copy), before);
}

TEST_F(JournalCommand, InspectTakesZerosForTheEndOfALog) {
  auto [log, written] = write_and_die(30);
  copy_with(log);
  auto seen = run({"inspect", copy});
  EXPECT_EQ(seen.code, 0) << seen.text;
  EXPECT_EQ(told_by(seen.text), acknowledged);
  EXPECT_THAT(seen.text, AllOf(HasSubstr(log.filename()), Not(HasSubstr("torn"))));
}

TEST_F(JournalCommand, RepairDoesWhatInspectTold) {
  ASSERT_NO_FATAL_FAILURE(write(300, 0, 12));
  auto logs = logs_of(original);
  ASSERT_GT(logs.size(), 1u);
  for (int trial = 0; trial < 4; ++trial) {
    SCOPED_TRACE(trial);
    auto& log = logs[static_cast<std::size_t>(trial) % logs.size()];
    auto damaged = copy_with(log);
    if (trial % 4 == 3)
      fs::remove(damaged);
    else
      flip(damaged, random() % fs::file_size(log), static_cast<int>(random() % 8));
    auto before = files_of(copy);
    auto seen = run({"inspect", copy});
    ASSERT_EQ(seen.code, 1) << seen.text;
    EXPECT_THAT(seen.text, AllOf(HasSubstr("What a repair would lose"), HasSubstr(damaged.string())));
    auto refused = run({"repair", copy});
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.text, HasSubstr("nothing was changed; --yes"));
    ASSERT_EQ(files_of(copy), before);

    auto repaired = run({"repair", copy, "--yes"});
    ASSERT_EQ(repaired.code, 0) << repaired.text;
    auto kept = copy.string() + ".cut-1";
    EXPECT_THAT(repaired.text, HasSubstr("the logs as they were are in " + kept));
    for (auto& [name, bytes] : files_of(kept))
      EXPECT_EQ(before[name], bytes) << name;
    EXPECT_TRUE(fs::exists(kept + "/" + log.filename().string()) || trial % 4 == 3);
    EXPECT_EQ(readable(), told_by(seen.text.substr(0, seen.text.find("What a repair would lose"))));
    EXPECT_EQ(run({"inspect", copy}).code, 0);
    fs::remove_all(kept);
  }
}

TEST_F(JournalCommand, AJournalThatIsWholeOrInUseOrNoneIsNotRepaired) {
  ASSERT_NO_FATAL_FAILURE(write(3));
  auto whole = run({"repair", original, "--yes"});
  EXPECT_EQ(whole.code, 1);
  EXPECT_THAT(whole.text, HasSubstr("there is nothing to repair"));
  auto none = run({"inspect", folder.path()});
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.text, HasSubstr(folder.path().string() + " is no journal"));
  child_process node({MAESTRO_JOURNAL_WRITER, "hold", original});
  ASSERT_EQ(node.line(), "open");
  for (auto& words : {std::vector<std::string>{"inspect", original}, {"repair", original, "--yes"}}) {
    auto used = run(words);
    EXPECT_EQ(used.code, 1);
    EXPECT_THAT(used.text, HasSubstr(original.string() + " is in use by process "));
  }
}

} // namespace
} // namespace maestro
