// Recipes: whatever an operator is handed as one ends as JSON or as an error that names the file, in bounded time.
#include "nodes/cli/printable.hpp"
#include "nodes/cli/recipe.hpp"
#include "test/fuzz/mutation.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace {

using namespace maestro;

TEST(RecipeFuzz, AnyTextEndsAsJsonOrAsAnErrorThatNamesTheFile) {
  fuzz::mutation texts(
      {"name: arena\ngame: g\nlabels: {a: b}\nspec:\n  containers:\n    - name: c\n      command: [a, \"b\"]\n",
       "{\"name\": \"arena\", \"forwarders\": [{\"name\": \"f\", \"options\": {\"metadata\": {\"a\": [1]}}}]}",
       "# c\n---\nname: &n x\ngame: *n\nannotations: {? a : b}\nmaxSurge: |\n  10%\n"},
      {",",  "- ",         ": ",     "? ",   "&a ",          "*a ",   "[",     "]",  "{",
       "}",  "\"",         "'",      "|\n",  ">\n",          "---\n", "...\n", "\n", "  ",
       "\t", "%TAG ! x\n", "!!str ", "\xff", "\xef\xbb\xbf", "\\x",   "<<: ",  "#"});
  std::size_t recipes = 0;
  for (auto i = fuzz::rounds(20'000); i > 0; --i) {
    auto text = texts.next();
    try {
      auto converted = cli::recipe_to_json(text, "r.yaml", {{"NAME", "x"}});
      ASSERT_FALSE(nlohmann::json::parse(converted, nullptr, false).is_discarded()) << text;
      ++recipes;
    } catch (const cli::recipe_error& e) {
      ASSERT_EQ(std::string(e.what()).find("r.yaml"), 0U) << text << ": " << e.what();
      ASSERT_EQ(cli::find_invalid_utf8(cli::printable(e.what())), std::string::npos);
    }
  }
  EXPECT_GT(recipes, 10U) << "the seeds are no recipes any more";
}

} // namespace
