// Snapshots that were written in parts, taken apart again.
#include "messages/snapshot_parts.hpp"

#include "messages/journal_codec.hpp"

#include <gtest/gtest.h>

#include <string>

namespace maestro {
namespace {

pool_snapshot part_of(const char* id) {
  pool_snapshot part;
  part.rooms.emplace_back();
  part.rooms[0].id = room_id{id};
  part.rooms[0].version = std::string(300, 'v'); // its size takes two bytes
  return part;
}

TEST(SnapshotParts, EachIsASnapshotOfItsOwn) {
  auto bytes = encode(part_of("a")) + encode(pool_snapshot{}) + encode(part_of("b"));
  std::string_view rest = bytes;
  for (auto& expected : {part_of("a"), pool_snapshot{}, part_of("b")}) {
    auto part = take_snapshot_part(rest);
    ASSERT_TRUE(part);
    pool_snapshot read;
    ASSERT_TRUE(decode(*part, read));
    EXPECT_EQ(read, expected);
  }
  EXPECT_TRUE(rest.empty());
}

TEST(SnapshotParts, WhatIsCutIsNone) {
  auto bytes = encode(part_of("a"));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    auto rest = std::string_view(bytes).substr(0, size);
    EXPECT_FALSE(take_snapshot_part(rest)) << size;
    EXPECT_EQ(rest.size(), size) << "and is left as it was";
  }
}

} // namespace
} // namespace maestro
