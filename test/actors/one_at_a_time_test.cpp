// Whose turn it is in an actor that decides one thing after another.
#include "actors/scheduler/one_at_a_time.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <string>

namespace maestro {
namespace {

/// A writer without an actor: what is decided stands in `done`, in order.
struct writer {
  void enter(std::string what) {
    waiting.push_back(std::move(what));
    run();
  }
  void run() {
    turn.run([this] { return take_next(); });
  }
  bool take_next() {
    if (waiting.empty())
      return false;
    auto what = waiting.front();
    waiting.pop_front();
    done += what + " ";
    if (what.starts_with("write")) {
      turn.begin_write();
      if (refuses_at_once)
        answer("refused");
    }
    return true;
  }
  void answer(const std::string& how) {
    turn.end_write(
        [&] {
          done += how + "( ";
          effect();
          done += ") ";
        },
        [this] { return take_next(); });
  }

  one_at_a_time turn;
  std::deque<std::string> waiting;
  std::string done;
  bool refuses_at_once = false;
  std::function<void()> effect = [] {};
};

TEST(OneAtATime, WhatComesDuringAWriteWaits) {
  writer one;
  one.enter("write-1");
  one.enter("a");
  one.enter("b");
  EXPECT_EQ(one.done, "write-1 ");
  one.answer("durable");
  EXPECT_EQ(one.done, "write-1 durable( ) a b ");
}

TEST(OneAtATime, NothingEntersWhileAnAnswerIsCarriedOut) {
  writer one;
  one.effect = [&] {
    one.enter("write-2");
    one.enter("a");
  };
  one.enter("write-1");
  one.answer("durable");
  EXPECT_EQ(one.done, "write-1 durable( ) write-2 ");
  one.effect = [&] { one.enter("b"); };
  one.answer("refused");
  EXPECT_EQ(one.done, "write-1 durable( ) write-2 refused( ) a b ");
}

TEST(OneAtATime, ARefusalAtOnceIsFollowedByWhatWaited) {
  writer one;
  one.refuses_at_once = true;
  one.effect = [&] { one.enter("a"); };
  one.enter("write-1");
  EXPECT_EQ(one.done, "write-1 refused( ) a ");
}

} // namespace
} // namespace maestro
