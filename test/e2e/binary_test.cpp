// The files that are shipped: position-independent, their tables read-only before foreign bytes are read, no stack that
// can be executed.
#include "test/support/sanitized.hpp"

#include <gtest/gtest.h>

#include <elf.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

namespace {

struct elf_facts {
  bool is_position_independent = false;
  bool has_read_only_tables = false;
  bool resolves_at_start = false;
  bool has_executable_stack = true;
  std::string bytes;
};

template <class T>
T at(const std::string& bytes, std::size_t offset) {
  T value{};
  if (offset + sizeof value <= bytes.size())
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

elf_facts facts_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  elf_facts seen;
  seen.bytes.assign(std::istreambuf_iterator<char>{in}, {});
  auto header = at<Elf64_Ehdr>(seen.bytes, 0);
  seen.is_position_independent = header.e_type == ET_DYN;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    auto part = at<Elf64_Phdr>(seen.bytes, header.e_phoff + i * header.e_phentsize);
    seen.has_read_only_tables |= part.p_type == PT_GNU_RELRO;
    if (part.p_type == PT_GNU_STACK)
      seen.has_executable_stack = (part.p_flags & PF_X) != 0;
    for (std::size_t j = 0; part.p_type == PT_DYNAMIC && j < part.p_filesz / sizeof(Elf64_Dyn); ++j) {
      auto entry = at<Elf64_Dyn>(seen.bytes, part.p_offset + j * sizeof(Elf64_Dyn));
      seen.resolves_at_start |= (entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_BIND_NOW) != 0) ||
                                (entry.d_tag == DT_FLAGS_1 && (entry.d_un.d_val & DF_1_NOW) != 0);
    }
  }
  return seen;
}

TEST(Binary, NodeAndShimAreHardened) {
  for (auto file : {MAESTRO_BINARY, MAESTRO_SHIM}) {
    auto seen = facts_of(file);
    EXPECT_TRUE(seen.is_position_independent) << file;
    EXPECT_TRUE(seen.has_read_only_tables) << file;
    EXPECT_TRUE(seen.resolves_at_start) << file;
    EXPECT_FALSE(seen.has_executable_stack) << file;
  }
}

// The shim is linked as a whole and has no names left.
TEST(Binary, NodeGuardsItsStacksAndBuffers) {
  if (maestro::test::is_sanitized)
    GTEST_SKIP() << "the sanitizer guards them";
  auto bytes = facts_of(MAESTRO_BINARY).bytes;
  for (auto* name : {"__stack_chk_fail", "__memcpy_chk"})
    EXPECT_NE(bytes.find(name), std::string::npos) << name;
}

} // namespace
