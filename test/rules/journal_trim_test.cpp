// What of a cluster's journal may leave the store, and whose disk may leave the cluster.
#include "actors/rules/journal_trim.hpp"
#include "messages/shared_journal_codec.hpp"

#include <gtest/gtest.h>

namespace maestro::rules {

namespace {

const node_name n1{"n1"}, n2{"n2"}, n3{"n3"};

struct trim_row {
  std::map<node_name, std::int64_t> copies;
  std::set<node_name> live;
  std::size_t wanted;
  std::int64_t up_to;
  std::int64_t overdue = 9;
};

TEST(JournalTrim, GoesAsFarAsEnoughDisksAre) {
  const trim_row rows[] = {
      {{}, {n1}, 3, 0},
      {{{n1, 9}}, {n1}, 3, 9}, // all there are
      {{{n1, 9}, {n2, 7}, {n3, 5}}, {n1, n2, n3}, 3, 5},
      {{{n1, 9}, {n2, 7}, {n3, 5}}, {n1, n2, n3}, 2, 7},
      {{{n1, 9}, {n2, 7}, {n3, 5}}, {n1, n2, n3}, 1, 7}, // two where there are two
      {{{n1, 9}, {n2, 7}, {n3, 5}}, {n1, n2}, 3, 7},     // who is away is not waited for
      {{{n1, 9}, {n2, 7}}, {n1}, 3, 7},                  // but one disk alone is not enough
      {{{n1, 9}, {n2, 7}}, {}, 3, 7},
      {{{n1, 9}, {n2, 7}, {n3, 9}}, {n3}, 3, 7},            // n1's may be lost (seed 91100055)
      {{{n1, 9}, {n2, 7}, {n3, 5}}, {n1, n2, n3}, 2, 5, 0}, // n3 is late, and waited for
      {{{n1, 9}, {n2, 7}, {n3, 5}}, {n1, n2, n3}, 2, 6, 6}, // not for long
      {{{n1, 9}, {n2, 7}, {n3, 5}}, {n1, n2, n3}, 3, 5, 9}, // but where its disk is needed
      {{{n1, 9}, {n2, 7}, {n3, 5}}, {n1, n2}, 2, 7, 0},     // nor where it is away
  };
  for (auto& row : rows)
    EXPECT_EQ(trim_up_to(row.copies, row.live, row.wanted, row.overdue), row.up_to) << "row " << &row - rows;
}

TEST(JournalTrim, WhatIsOldIsKnownFromWhatWasSeenOfTheStore) {
  using namespace std::chrono_literals;
  revision_ages ages(30s);
  EXPECT_EQ(ages.older(1000s), 0);
  for (int second = 0; second <= 100; ++second) {
    ages.note(1000s + std::chrono::seconds{second}, 10 * second);
    ages.note(1000s + std::chrono::seconds{second} + 1ms, 10 * second + 5);
  }
  EXPECT_EQ(ages.older(1100s), 700);
  EXPECT_EQ(ages.older(1110s), 800);
  EXPECT_EQ(ages.older(2000s), 1000);
  revision_ages rarely(30s); // noted now and then only
  rarely.note(0s, 1);
  rarely.note(29s, 2);
  EXPECT_EQ(rarely.older(31s), 1);
}

TEST(JournalTrim, IsDoneByOneLiveNodeWithACopy) {
  EXPECT_EQ(who_trims({{n1, 9}, {n2, 7}}, {n2, n3}, 7), n2);
  EXPECT_EQ(who_trims({{n1, 9}}, {n2, n3}, 9), std::nullopt);
  EXPECT_EQ(who_trims({{n1, 3}, {n2, 7}, {n3, 9}}, {n1, n2, n3}, 7), n2) << "n1 is stuck: it is not waited for";
}

archive_state archive_of(std::int64_t trimmed, const std::map<node_name, std::int64_t>& copies) {
  archive_state archive;
  archive.trimmed = trimmed;
  for (auto& [name, complete] : copies)
    archive.copies[name].complete = complete;
  return archive;
}

TEST(JournalTrim, TheLastDiskThatHasWhatTheStoreHasForgottenKeepsItAlone) {
  auto archive = archive_of(50, {{n1, 0}, {n2, 49}, {n3, 50}});
  EXPECT_TRUE(keeps_alone(n3, archive));
  EXPECT_FALSE(keeps_alone(n2, archive)) << "nothing is lost with it";
  EXPECT_EQ(keeper_beside(n2, archive), n3);
  EXPECT_EQ(keeper_beside(n3, archive), std::nullopt);
  archive.copies[n2].complete = 50;
  EXPECT_FALSE(keeps_alone(n3, archive));
  EXPECT_EQ(keeper_beside(n3, archive), n2);
}

TEST(JournalTrim, NobodyIsNeededWhereTheStoreHasForgottenNothing) {
  auto archive = archive_of(0, {{n1, 9}, {n2, 0}});
  EXPECT_FALSE(keeps_alone(n1, archive));
  EXPECT_EQ(keeper_beside(n2, archive), std::nullopt);
}

} // namespace

} // namespace maestro::rules
