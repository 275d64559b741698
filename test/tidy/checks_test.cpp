// The checks of words, on trees that are right and on trees with one planted mistake: each must be found, with its place.
#include "test/tidy/checks.hpp"
#include "test/tidy/code_text.hpp"

#include <gmock/gmock.h>

namespace maestro::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// -- references --------------------------------------------------------------------------------------------------

const file_texts documents{
    {"proto/README.md", "# Contract\n\n### 4.2 Statuses\n\n### 4.3 Edges\n\n| M1 | GET |\n"},
    {"actors/rules", ""},
    {"actors/rules/ports.hpp", "// Ports.\n"},
    {"runtime/process/shim/shim.h", ""}};

complaints sections(const std::string& text, const std::string& path = "a.hpp") {
  return unknown_sections({{path, text}}, documents);
}
complaints paths(const std::string& text, const std::string& path = "a.hpp") {
  return unknown_paths({{path, text}}, documents);
}

TEST(TidySections, ThoseThatExistAreFine) {
  EXPECT_THAT(sections("// As told (proto/README.md 4.2 and 4.3).\n"), IsEmpty());
  EXPECT_THAT(sections("// See proto/README.md.\nint x; // proto/README.md 4.3, M1\n"), IsEmpty());
  EXPECT_THAT(sections("/* proto/README.md 4.2,\n * 4.3 */\n"), IsEmpty());
  EXPECT_THAT(sections("the tables of `README.md` 4.2", "proto/b.md"), IsEmpty());
}

TEST(TidySections, AWrongSectionIsFoundWithItsLine) {
  EXPECT_THAT(sections("int a;\n// As told (proto/README.md 4.7).\n"),
              ElementsAre("a.hpp:2 refers to proto/README.md 4.7, which is not there"));
  EXPECT_THAT(sections("// proto/README.md 4.2 and\n// 4.4 say so\n"),
              ElementsAre("a.hpp:1 refers to proto/README.md 4.4, which is not there"));
  EXPECT_THAT(sections("// (proto/README.md 4.2 M1 to M9)\n"),
              ElementsAre("a.hpp:1 refers to proto/README.md M9, which is not there"));
}

TEST(TidySections, ADocumentThatIsNotInTheRepositoryIsFound) {
  EXPECT_THAT(sections("// see elsewhere.md 4.2\n"),
              ElementsAre("a.hpp:1 refers to elsewhere.md, which is not there"));
  EXPECT_THAT(sections("# comment\n# notes.md\n", "CMakeLists.txt"),
              ElementsAre("CMakeLists.txt:1 refers to notes.md, which is not there"));
}

TEST(TidyLinks, AHeadingOrAFileMustBeThere) {
  const std::string text = "# Two, words\n\n[a](#two-words) [b](https://example.org/x) [c](README.md)";
  EXPECT_THAT(dead_links({{"proto/a.md", text}}, documents), IsEmpty());
  EXPECT_THAT(dead_links({{"a.md", text}, {"proto/b.md", "[d](#two-words)"}}, documents),
              ElementsAre("a.md links to README.md, which is not there",
                          "proto/b.md links to #two-words, which is not there"));
}

TEST(TidyPaths, FoldersFilesUnitsAndEndingsExist) {
  EXPECT_THAT(paths("// Rules (actors/rules, actors/rules/ports, rules/ports.hpp) and shim/shim.h.\n"), IsEmpty());
  EXPECT_THAT(paths("`actors/rules/ports.hpp`, and a word/that is/no path", "a.md"), IsEmpty());
  EXPECT_THAT(paths("// GET /nodes/{node}, actors/rules/*.cpp, https://example.org/test/this\n"), IsEmpty());
}

TEST(TidyPaths, AWrongOneIsFound) {
  EXPECT_THAT(paths("// made by actors/ports\n"), ElementsAre("a.hpp:1 names actors/ports, which is not there"));
  EXPECT_THAT(paths("int a; // see port.hpp\n"), ElementsAre("a.hpp:1 names port.hpp, which is not there"));
  EXPECT_THAT(paths("what `nodes/actor_tree` does", "a.md"),
              ElementsAre("a.md:1 names nodes/actor_tree, which is not there"));
}

TEST(TidyPaths, CodeIsNotAComment) {
  EXPECT_THAT(paths("#include \"nodes/nothing.hpp\"\nauto text = \"test/none // test/none\";\n"), IsEmpty());
}

// -- declarations ------------------------------------------------------------------------------------------------

complaints dead(const std::string& header, const std::string& body,
                const std::map<std::string, std::string>& exceptions = {}) {
  return dead_declarations({{"a.hpp", header}, {"a.cpp", body}}, exceptions);
}

TEST(TidyDeclarations, WhatIsUsedIsFine) {
  EXPECT_THAT(dead("int add(int a);\nclass pool {\npublic:\n  explicit pool(int n) : size_{n} {}\n"
                   "  int size() const { return size_; }\nprivate:\n  int size_ = 0;\n};\n",
                   "int add(int a) { return a; }\nint other() { pool p(1); return add(p.size()); }\n"),
              IsEmpty());
}

TEST(TidyDeclarations, ADefinitionIsNoUse) {
  EXPECT_THAT(dead("int add(int a);\nstruct pool {\n  void drain();\n};\n",
                   "int add(int a) {\n  return a;\n}\nvoid pool::drain() {}\n"),
              ElementsAre("a.hpp: add is declared and never used", "a.hpp: drain is declared and never used"));
}

TEST(TidyDeclarations, AFieldThatOnlyInspectKnowsIsDead) {
  EXPECT_THAT(
      dead("struct plan {\n  int wanted = 0;\n  int extra = 0;\n};\nMAESTRO_INSPECT(plan, x.wanted, x.extra)\n",
           "int look(plan& p) { return p.wanted; }\nint again = look(p);"),
      ElementsAre("a.hpp: extra is declared and never used"));
}

TEST(TidyDeclarations, AnEnumeratorThatIsOnlyACaseLabelIsDead) {
  auto header = "enum class mood : int { glad, sad, cross };\nstruct sad {};\n";
  auto body = "const char* name(mood m) {\n  switch (m) {\n  case mood::glad: return \"glad\";\n"
              "  case mood::sad: return \"sad\";\n  case mood::cross: return \"cross\";\n  }\n}\n"
              "auto now = name(mood::glad);\nvoid f() { using enum mood; g(cross); }\n";
  EXPECT_THAT(dead(header, body), ElementsAre("a.hpp: mood::sad is declared and never used"));
}

TEST(TidyDeclarations, OverridesConstructorsOperatorsAndMacrosAreNoNames) {
  EXPECT_THAT(
      dead("struct door : base {\n  door(int n);\n  ~door();\n  bool operator==(const door&) const = default;\n"
           "  void on_read(int n) override { last_ = n; }\n  int last_ = 0;\n};\n",
           "door::door(int n) : last_{n} {}\ndoor::~door() = default;\nTEST_F(A, B) { door d(1); }\n"),
      IsEmpty());
}

TEST(TidyDeclarations, ExceptionsNeedAReasonToBe) {
  EXPECT_THAT(dead("enum class mood { glad, sad };\nint add();\n", "",
                   {{"a.hpp: add", "soon"}, {"a.hpp: mood::*", "read from a file"}}),
              IsEmpty());
  EXPECT_THAT(dead("int add();\n", "int x = add();\n", {{"a.hpp: add", "soon"}}),
              ElementsAre("a.hpp: add is excused (soon) and needs no excuse"));
}

// -- sizes and words -----------------------------------------------------------------------------------------------

TEST(TidyFunctions, TheirLinesAreCountedFromHeadToBrace) {
  const file_texts code{{"a.cpp",
                         "namespace a {\n\nint f(int n) {\n  if (n) {\n    return 1;\n  }\n  return 2;\n}\n\n"
                         "b::b(int n)\n    : n_{n}, m_(f(n)) {\n  g();\n}\n\n"
                         "TEST(C, D) {\n  EXPECT_EQ(1, 1);\n}\n}\n"}};
  EXPECT_THAT(long_functions(code, 3),
              ElementsAre("a.cpp:3 f has 6 lines of at most 3", "a.cpp:10 b has 4 lines of at most 3"));
  EXPECT_THAT(long_functions(code, 6), IsEmpty());
}

TEST(TidyFunctions, BracesInTextsAndCommentsDoNotCount) {
  EXPECT_THAT(
      long_functions(
          {{"a.cpp", "void f() {\n  g('{', \"{\"); // {\n  h(R\"({{\n)\", 1'000);\n}\nvoid k() {\n}\n"}}, 5),
      IsEmpty());
}

TEST(TidyWords, AWordIsAllowedInSomePlacesOnly) {
  const file_texts code{{"a.cpp", "wait(caf::infinite);"}, {"b.cpp", "wait(1s); // not caf::infinite"}};
  EXPECT_THAT(said_elsewhere(code, "caf::infinite", {{"a.cpp", "local"}}), IsEmpty());
  EXPECT_THAT(said_elsewhere(code, "caf::infinite", {}), ElementsAre("a.cpp says caf::infinite"));
  EXPECT_THAT(said_elsewhere(code, "caf::infinite", {{"a.cpp", "local"}, {"b.cpp", "local"}}),
              ElementsAre("b.cpp may say caf::infinite and does not"));
}

} // namespace
} // namespace maestro::tidy
