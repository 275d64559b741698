// Records written by every released version: they are read for ever. One file per kind; a line is one record's
// bytes in hex. `MAESTRO_WRITE_CORPUS=1 messages_test --gtest_filter=*Corpus*` writes files that are not there;
// files that are there are never changed, new kinds of records get a new file name.
#include "messages/journal_codec.hpp"
#include "test/messages/samples.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace maestro {
namespace {

std::string to_hex(const std::string& bytes) {
  std::string hex;
  for (unsigned char c : bytes) {
    hex += "0123456789abcdef"[c >> 4];
    hex += "0123456789abcdef"[c & 15];
  }
  return hex;
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

template <class T>
void expect_readable(const std::string& kind, const std::vector<T>& values) {
  auto path = std::filesystem::path(MAESTRO_CORPUS) / (kind + ".hex");
  if (std::getenv("MAESTRO_WRITE_CORPUS") && !std::filesystem::exists(path)) {
    std::ofstream out(path);
    for (auto& value : values)
      out << to_hex(encode(value)) << "\n";
  }
  std::ifstream in(path);
  ASSERT_TRUE(in) << path;
  std::size_t n = 0;
  for (std::string line; std::getline(in, line); ++n) {
    auto bytes = from_hex(line);
    T value;
    ASSERT_TRUE(decode(bytes, value)) << path << " line " << n + 1;
    EXPECT_EQ(to_hex(encode(value)), line) << path << " line " << n + 1;
    ASSERT_LT(n, values.size()) << path;
    if constexpr (requires { value == values[n]; }) {
      EXPECT_TRUE(value == values[n]) << path << " line " << n + 1;
    }
  }
  EXPECT_EQ(n, values.size()) << path;
}

TEST(JournalCorpus, RecordsOfTheFirstVersionAreStillRead) {
  expect_readable("v1_scheduler", std::vector{samples::recipe()});
  expect_readable("v1_finished_operation", std::vector{samples::finished()});
  expect_readable("v1_scheduler_event", samples::scheduler_events());
  expect_readable("v1_pool_event", samples::pool_events());
  expect_readable("v1_scheduler_snapshot", std::vector{samples::scheduler_state_snapshot()});
  expect_readable("v1_pool_snapshot", std::vector{samples::pool_state_snapshot()});
}

TEST(JournalCorpus, StepsAndWholeEndsOfOperationsAreStillRead) {
  expect_readable("v2_stepped_events", samples::stepped_events());
}

TEST(JournalCorpus, WhyOperationsFailedIsStillRead) {
  expect_readable("v4_failed_events", samples::failed_events());
}

TEST(JournalCorpus, RecordsOfPlacedRoomsAreStillRead) {
  expect_readable("v2_placed_room", std::vector{samples::placed_room()});
  expect_readable("v2_pool_snapshot", std::vector{samples::pool_snapshot_with_failures()});
}

TEST(JournalCorpus, RecordsOfVersionsAndDrainingRoomsAreStillRead) {
  expect_readable("v3_version_events", samples::version_events());
  expect_readable("v3_drain_events", samples::drain_events());
}

TEST(JournalCorpus, SlotsOfRoomsAreStillRead) {
  expect_readable("v4_slot_events", samples::slot_events());
}

TEST(JournalCorpus, RoomsThatAreAskedAreStillRead) {
  expect_readable("v5_asked_scheduler", std::vector{samples::asked_recipe()});
  expect_readable("v5_silence_events", samples::silence_events());
}

TEST(JournalCorpus, RecipesWithArtifactsInputBlocksAndBytesAreStillRead) {
  expect_readable("v6_leaving_scheduler", std::vector{samples::leaving_recipe()});
}

TEST(JournalCorpus, RecipesThatNameMachinesAreStillRead) {
  expect_readable("v7_placed_scheduler", std::vector{samples::placed_recipe()});
  expect_readable("v7_placed_room", std::vector{samples::placed_room_event()});
}

TEST(JournalCorpus, RecordsSinceLinesTellOfPlayersAreRead) {
  expect_readable("v8_counting_scheduler", std::vector{samples::counting_recipe()});
}

TEST(JournalCorpus, WhatMatchmakersAreToldIsStillRead) {
  expect_readable("v3_reported_events", samples::reported_events());
  expect_readable("v3_forwarding_event", samples::forwarding_events());
  expect_readable("v3_forwarding_snapshot", std::vector{samples::forwarding_state_snapshot()});
}

TEST(JournalCorpus, EveryFileIsRead) {
  std::size_t files = 0;
  for (auto& entry : std::filesystem::directory_iterator(MAESTRO_CORPUS))
    files += entry.path().extension() == ".hex";
  EXPECT_EQ(files, 22u) << "a corpus file that no test reads protects nothing";
}

} // namespace
} // namespace maestro
