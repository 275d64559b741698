// What the tree says is true: documents, sections and paths that it names are there, nothing is declared for nobody,
// functions fit a screen. The checks themselves are tried on planted mistakes by checks_test.
#include "test/tidy/source_tree.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace maestro::tidy {
namespace {

using ::testing::IsEmpty;

constexpr std::size_t longest_function = 80;
constexpr std::size_t longest_table = 200; ///< of cases, in tests

TEST(TidyWords, PathsInCommentsAndDocumentsExist) {
  EXPECT_THAT(unknown_paths(speaking_files(), whole_tree()), IsEmpty());
}

TEST(TidyWords, LinksOfDocumentsLeadSomewhere) {
  EXPECT_THAT(dead_links(speaking_files(), whole_tree()), IsEmpty());
}

TEST(TidyWords, EveryTopFolderHasAReadme) {
  complaints wrong;
  for (auto* folder : {"proto", "messages", "actors", "runtime", "nodes", "test", "deploy"})
    if (read_file(std::string(folder) + "/README.md").empty())
      wrong.push_back(folder);
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(TidyWords, FunctionsFitAScreen) {
  file_texts shipped = shipped_code(), tests;
  for (auto& file : sources())
    if (!shipped.contains(file.path))
      tests[file.path] = file.text;
  EXPECT_THAT(long_functions(shipped, longest_function), IsEmpty());
  EXPECT_THAT(long_functions(tests, longest_table), IsEmpty());
}

} // namespace
} // namespace maestro::tidy
