// Guards the house: who may include whom, what rules may not know, names, headers, lengths, and that every file is
// built and every test runs (test/README.md tells why). Reads the source tree; no file is exempt.
#include "test/tidy/code_text.hpp"
#include "test/tidy/source_tree.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

namespace maestro::tidy {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

constexpr std::size_t longest_file = 450;
constexpr std::size_t longest_test = 650; ///< tables of cases are long

/// Files of one folder may include files of some folders only (and whatever does not belong to the tree).
complaints forbidden_includes(const std::string& folder, const std::set<std::string>& allowed) {
  complaints wrong;
  for (auto& file : sources())
    if (file.in(folder))
      for (auto& include : file.includes()) {
        auto top = include.substr(0, include.find('/'));
        bool ours = std::find(code_folders().begin(), code_folders().end(), top) != code_folders().end();
        if (ours && std::none_of(allowed.begin(), allowed.end(),
                                 [&](auto& prefix) { return include.starts_with(prefix + "/"); }))
          wrong.push_back(file.path + " includes " + include);
      }
  return wrong;
}

TEST(Tidy, TheTreeIsRead) {
  EXPECT_GT(sources().size(), 100u) << "looked in " << MAESTRO_ROOT;
}

TEST(Tidy, IncludesFollowTheArrows) {
  EXPECT_THAT(forbidden_includes("messages", {"messages"}), IsEmpty());
  EXPECT_THAT(forbidden_includes("actors/rules", {"messages", "actors/rules"}), IsEmpty());
  EXPECT_THAT(forbidden_includes("actors/operations", {"messages", "actors/rules", "actors/operations"}),
              IsEmpty());
  EXPECT_THAT(forbidden_includes("actors", {"messages", "actors"}), IsEmpty());
  EXPECT_THAT(forbidden_includes("runtime", {"messages", "runtime"}), IsEmpty());
  EXPECT_THAT(forbidden_includes("nodes", {"messages", "actors", "runtime", "nodes"}), IsEmpty());
}

// The scheduler and the pool are ports to one another: they meet in messages/actors.hpp. What stands directly in
// actors/ is common to all of them.
TEST(Tidy, FoldersOfActorsDoNotIncludeOneAnother) {
  complaints wrong;
  for (auto& file : sources())
    for (auto& include : file.includes()) {
      auto folder = fs::path(file.path).parent_path().generic_string();
      auto target = fs::path(include).parent_path().generic_string();
      bool is_between = folder.starts_with("actors/") && target.starts_with("actors/") && folder != target;
      if (is_between && target != "actors/rules" && target != "actors/operations")
        wrong.push_back(file.path + " includes " + include);
    }
  EXPECT_THAT(wrong, IsEmpty());
}

// The command line reads from the API's description which fields a recipe has, and makes of one what the doors make of it.
const std::set<std::string> describes_recipes{"nodes/cli/recipe_comments.cpp", "nodes/cli/recipe_shape.cpp",
                                              "nodes/cli/recipe_value.cpp"};

TEST(Tidy, OnlyMessagesAndDoorsKnowProtobufAndNoHeaderOfMessagesDoes) {
  complaints wrong;
  for (auto& file : sources())
    for (auto& include : file.includes())
      if (include.ends_with(".pb.h") || include.starts_with("google/protobuf/"))
        if (!file.in("nodes/gateway") && !(file.in("nodes/forwarding") && !file.is_header()) &&
            !(file.in("nodes/cluster") && !file.is_header()) && !file.in("test") &&
            !(file.in("messages") && !file.is_header()) && !describes_recipes.contains(file.path))
          wrong.push_back(file.path + " includes " + include);
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(Tidy, RulesKnowNoActorsClockDiskNetworkOrChance) {
  static const std::regex includes("^(caf/|boost/(?!multi_index|container/)|rocksdb/|prometheus/|spdlog/|sys/"
                                   "|netinet/|arpa/|unistd\\.h|fcntl\\.h|"
                                   "fstream|iostream|filesystem|thread|mutex|future|atomic|ctime|cstdio)");
  static const std::regex calls(
      "_clock::now|\\bclock::now|random_device|\\btime\\s*\\(|\\brand\\s*\\(|getenv|log_info|"
      "log_warn|log_error|\\blog\\s*\\(|std::this_thread");
  complaints wrong;
  for (auto& file : sources())
    if (file.in("actors/rules") || file.in("actors/operations")) {
      for (auto& include : file.includes())
        if (std::regex_search(include, includes))
          wrong.push_back(file.path + " includes " + include);
      auto code = code_of(file.text);
      std::smatch found;
      if (std::regex_search(code, found, calls))
        wrong.push_back(file.path + " says " + found[0].str());
    }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(Tidy, ActorsAndMessagesTouchNoClockDiskNetworkOrChance) {
  static const std::regex includes(
      "^(boost/asio|boost/beast|rocksdb/|sys/socket|sys/stat|sys/wait|netinet/|unistd\\.h|"
      "fcntl\\.h|fstream|filesystem|thread$)");
  static const std::regex calls("system_clock::now|steady_clock::now|random_device|getenv|std::this_thread");
  complaints wrong;
  for (auto& file : sources())
    if (file.in("actors") || file.in("messages")) {
      for (auto& include : file.includes())
        if (std::regex_search(include, includes))
          wrong.push_back(file.path + " includes " + include);
      auto code = code_of(file.text);
      std::smatch found;
      if (std::regex_search(code, found, calls))
        wrong.push_back(file.path + " says " + found[0].str());
    }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(Tidy, BasenamesAreUnique) {
  std::map<std::string, complaints> files;
  for (auto& file : sources())
    if (!file.in("deploy")) // example programs of their own
      files[fs::path(file.path).filename().string()].push_back(file.path);
  complaints wrong;
  for (auto& [name, paths] : files)
    if (paths.size() > 1)
      wrong.push_back(paths[0] + " and " + paths[1]);
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(Tidy, HeadersOpenWithAParagraphAndAreIncludedOnce) {
  complaints wrong;
  for (auto& file : sources())
    if (file.is_header()) {
      auto comment = file.text.starts_with("// ") || file.text.starts_with("/* ");
      auto opening = file.text.substr(0, file.text.find("\n#"));
      if (!comment || opening.size() < 60)
        wrong.push_back(file.path + " opens without a paragraph");
      auto* guard = file.extension() == ".hpp" ? "#pragma once" : "#ifndef ";
      if (file.text.find(guard) == std::string::npos)
        wrong.push_back(file.path + " has no " + guard);
    }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(Tidy, NothingIsLeftOver) {
  static const std::regex marks(std::string("\\b(TO") + "DO|FIX" + "ME|X" + "XX|HA" + "CK)\\b");
  complaints wrong;
  for (auto& file : sources()) {
    std::size_t number = 0;
    for (auto& line : file.lines())
      if (++number; std::regex_search(line, marks))
        wrong.push_back(file.path + ":" + std::to_string(number));
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(Tidy, FilesAreShort) {
  complaints wrong;
  for (auto& file : sources()) {
    auto limit = file.in("test") ? longest_test : longest_file;
    if (auto lines = file.lines().size(); lines > limit)
      wrong.push_back(file.path + " has " + std::to_string(lines) + " lines of at most " + std::to_string(limit));
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(Tidy, HandlersCaptureNothingByReferenceWholesale) {
  complaints wrong;
  for (auto& file : sources())
    if (file.in("actors") && !file.in("actors/rules") && !file.in("actors/operations")) {
      auto code = code_of(file.text);
      static const std::regex handler(R"re(\.(then|await)\s*\(\s*\[&\])re");
      if (std::regex_search(code, handler))
        wrong.push_back(file.path);
    }
  EXPECT_THAT(wrong, IsEmpty());
}

/// All CMakeLists.txt of the folders.
std::vector<source> build_files() {
  std::vector<source> found;
  for (auto& [path, text] : whole_tree())
    if (path.ends_with("/CMakeLists.txt"))
      found.push_back({path, text});
  return found;
}

/// The part of the build that names a file, from the command that does; empty when none does.
std::string mention_of(const std::string& path, std::string* whole = nullptr) {
  static const auto all = build_files();
  for (auto& lists : all) {
    auto folder = fs::path(lists.path).parent_path();
    auto name = fs::path(path).lexically_relative(folder).generic_string();
    for (auto at = lists.text.find(name); at != std::string::npos; at = lists.text.find(name, at + 1)) {
      auto before = at == 0 ? ' ' : lists.text[at - 1];
      auto after = at + name.size() < lists.text.size() ? lists.text[at + name.size()] : ' ';
      if (std::string(" \n(/\"").find(before) != std::string::npos &&
          std::string(" \n)\"").find(after) != std::string::npos)
        return (whole ? *whole = lists.text : lists.text).substr(0, at);
    }
  }
  return {};
}

TEST(Tidy, EverySourceFileIsBuilt) {
  complaints wrong;
  for (auto& file : sources())
    if ((file.extension() == ".cpp" || file.extension() == ".c") && mention_of(file.path).empty())
      wrong.push_back(file.path + " is in no CMakeLists.txt");
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(Tidy, EveryTestFileIsRunByCtest) {
  complaints wrong;
  for (auto& file : sources()) {
    if (!file.in("test") || !file.path.ends_with("_test.cpp"))
      continue;
    std::string lists;
    auto before = mention_of(file.path, &lists);
    static const std::regex command(R"((maestro_test|add_executable)\s*\((NAME )?\s*(\w+)[^()]*$)");
    std::smatch found;
    bool named = std::regex_search(before, found, command);
    if (!named || (found[1] == "add_executable" &&
                   lists.find("gtest_discover_tests(" + found[3].str()) == std::string::npos))
      wrong.push_back(file.path + " is in no maestro_test(...)");
    if (file.text.find("TEST") == std::string::npos && file.text.find("RC_GTEST") == std::string::npos)
      wrong.push_back(file.path + " has no test");
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(Tidy, EveryTestFolderIsPartOfTheBuild) {
  auto lists = read_file("test/CMakeLists.txt");
  complaints wrong;
  for (auto& entry : fs::directory_iterator(fs::path(MAESTRO_ROOT) / "test"))
    if (fs::exists(entry.path() / "CMakeLists.txt")) {
      auto name = entry.path().filename().string();
      if (!std::regex_search(lists, std::regex("[\\s(]" + name + "[\\s)]")))
        wrong.push_back("test/" + name);
    }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(Tidy, TestsDoNotSleep) {
  complaints wrong;
  for (auto& file : sources())
    if (file.in("test/actors") || file.in("test/rules") || file.in("test/sim") || file.in("test/messages"))
      if (std::regex_search(code_of(file.text), std::regex("sleep_for|sleep_until|\\bu?sleep\\s*\\(")))
        wrong.push_back(file.path);
  EXPECT_THAT(wrong, IsEmpty());
}

} // namespace
} // namespace maestro::tidy
