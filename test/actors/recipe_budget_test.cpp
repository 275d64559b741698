// What all recipes of a node may take: schedulers that share the budget, its bound, and that what ends gives its part back.
#include "actors/recipe_budget.hpp"
#include "actors/rules/scheduler_table.hpp"
#include "test/actors/node_fixture.hpp"

#include <gmock/gmock.h>

namespace maestro {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class RecipeBudget : public NodeTest {
protected:
  RecipeBudget() {
    recipes = std::make_shared<recipe_budget>(10'000);
    restart();
  }

  static scheduler large(const std::string& name, std::size_t bytes) {
    auto one = recipe(name, 0);
    one.annotations.emplace()["padding"] = std::string(bytes, 'x');
    return one;
  }
  void end(const std::string& name) {
    ASSERT_TRUE(order<operation_id>(delete_scheduler{scheduler_name{name}}));
    pass(5s);
  }
};

TEST_F(RecipeBudget, WhatDoesNotFitIsRefusedWithTheFigures) {
  ASSERT_TRUE(order<scheduler>(create_scheduler{large("a", 6'000)}));
  pass(1s);
  auto why = refusal(order<scheduler>(create_scheduler{large("b", 6'000)}));
  EXPECT_EQ(why.code, ec::resource_exhausted);
  EXPECT_THAT(why.text, HasSubstr("limits.recipeBytes"));
  EXPECT_TRUE(order<scheduler>(create_scheduler{large("c", 2'000)})) << "a smaller one does";
  pass(1s);
  EXPECT_EQ(refusal(order<operation_id>(new_scheduler_version{large("a", 6'001)})).code, ec::resource_exhausted)
      << "every version counts";
}

TEST_F(RecipeBudget, OneThatIsDeletedGivesItsPartBackAlsoAfterARestart) {
  ASSERT_TRUE(order<scheduler>(create_scheduler{large("a", 8'000)}));
  pass(1s);
  recipes = std::make_shared<recipe_budget>(10'000); // a new process
  restart();
  EXPECT_LT(recipes->left(), 2'000u) << "what was recovered counts";
  EXPECT_EQ(refusal(order<scheduler>(create_scheduler{large("b", 8'000)})).code, ec::resource_exhausted);
  end("a");
  EXPECT_EQ(recipes->left(), 10'000u);
  EXPECT_TRUE(order<scheduler>(create_scheduler{large("b", 8'000)}));
}

TEST_F(RecipeBudget, ATableCountsTheSameLiveAndRestored) {
  rules::scheduler_table table;
  auto first = large("a", 100), second = large("a", 200);
  first.spec.version = "v1.0.0";
  second.spec.version = "v2.0.0";
  table.apply(scheduler_created{first});
  EXPECT_EQ(table.recipe_bytes(), rules::bytes_of(first));
  operation op;
  op.id = operation_id{"1"};
  op.definition = create_new_scheduler_version_operation{second};
  table.apply(operation_enqueued{op, false});
  EXPECT_EQ(table.recipe_bytes(), rules::bytes_of(first) + rules::bytes_of(second)) << "while it waits";
  table.apply(operation_started{op.id, now()()});
  table.apply(scheduler_version_added{second, now()()});
  table.apply(operation_ended{op.id, operation_status::finished, now()(), {}});
  EXPECT_EQ(table.recipe_bytes(), rules::bytes_of(first) + rules::bytes_of(second));
  rules::scheduler_table again;
  again.restore(table.snapshot());
  EXPECT_EQ(again.recipe_bytes(), table.recipe_bytes());
  table.apply(scheduler_version_dropped{"v2.0.0"});
  EXPECT_EQ(table.recipe_bytes(), rules::bytes_of(first));
  table.apply(scheduler_deleted{});
  EXPECT_EQ(table.recipe_bytes(), 0u);
}

} // namespace
} // namespace maestro
