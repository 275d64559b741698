// An operator on the machine of a room: inside it, and at what it left; and what is said of a server that nobody can reach.
#include "test/e2e/live_node.hpp"
#include "test/support/tracer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

using namespace maestro::test;
using testing::HasSubstr;

namespace {

class Entry : public ::testing::Test {
protected:
  void start(const std::string& script, const json& more = json::object()) {
    n.environment["MAESTRO_PROCESS_PORTCHECKDELAY"] = "1s";
    n.start();
    auto recipe = n.recipe("box", 1);
    recipe["spec"]["containers"][0]["command"] = {"sh", "-c", script};
    recipe["spec"]["containers"][0]["stdin"] = has_input;
    recipe["spec"]["health"] = {{"probe", "process"}};
    recipe["spec"].update(more);
    ASSERT_EQ(n.management("POST", "/schedulers", recipe).status, 200u);
    auto is_up = [this] {
      auto rooms = n.rooms("box");
      return !rooms.empty() && rooms.begin()->second["status"] != "pending" &&
             rooms.begin()->second["status"] != "unready";
    };
    ASSERT_TRUE(eventually(seconds{30}, is_up)) << n.log();
    id = n.rooms("box").begin()->first;
  }
  finished enter(std::vector<std::string> words, const char* flag = nullptr) const {
    std::vector<std::string> all{"room", "exec", "box", id, "--data-dir", n.data()};
    if (flag != nullptr)
      all.emplace_back(flag);
    all.emplace_back("--");
    all.insert(all.end(), words.begin(), words.end());
    return n.cli(all);
  }

  node n;
  std::string id;
  bool has_input = false;
};

} // namespace

TEST_F(Entry, CommandsRunInsideAndTheirEndIsTold) {
  start("touch here; exec sleep 600");
  auto listed = enter({"ls"});
  EXPECT_EQ(listed.code, 0) << listed.output;
  EXPECT_EQ(listed.output, "here\n");
  EXPECT_EQ(enter({"sh", "-c", "exit 7"}).code, 7);
  EXPECT_EQ(enter({"sh", "-c", "kill -9 $$"}).code, 128 + 9);
  EXPECT_EQ(enter({"no-such-program"}).code, 127);
  EXPECT_THAT(enter({"tty"}, "-t").output, HasSubstr("/dev/pts/"));
  id = "box-zzzzz";
  auto missing = enter({"ls"});
  EXPECT_EQ(missing.code, 4);
  EXPECT_THAT(missing.output, HasSubstr("it is not below"));
}

TEST_F(Entry, ARoomThatKeepsTheEndOfACommandToItselfDoesNotKeepTheOperator) {
  start("exec sleep 600");
  auto work = n.data() + "/rooms/box/" + id + "/work";
  maestro::tracer jealous{work + "/pid", work + "/traced"};
  auto ended = enter({"sh", "-c", "echo $$ > pid; while ! [ -e traced ]; do :; done"}); // its child would stop it
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output,
              HasSubstr("the command has ended, but a process of the room keeps how it did to itself"));
}

TEST_F(Entry, WhoTalksToAServerHearsItAndIsToldOfItsEndWithoutTyping) {
  has_input = true;
  start("while read line; do echo \"got $line\"; [ \"$line\" = quit ] && exit 0; done");
  auto operators = n.folder() + "/attached";
  process attached{{{"/bin/sh", "-c",
                     "mkfifo keys; exec 3<>keys; echo hello >&3; exec " MAESTRO_BINARY " room attach box " + id +
                         " --data-dir " + n.data() + " <&3"},
                    {},
                    n.folder(),
                    operators}};
  auto shown = [&](const std::string& text) { return read_text(operators).find(text) != std::string::npos; };
  ASSERT_TRUE(eventually(seconds{20}, [&] { return shown("got hello"); })) << read_text(operators);
  auto quitting = run({{"/bin/sh", "-c", "echo quit >keys"}, {}, n.folder(), {}}, seconds{10});
  ASSERT_EQ(quitting.code, 0);
  EXPECT_EQ(attached.wait(seconds{20}).value_or(-1), 4) << read_text(operators);
  EXPECT_TRUE(shown("does not read any more")) << read_text(operators);
}

TEST_F(Entry, WhatAsksARoomFromInsideIsOneOfItsProcesses) {
  const std::string groups = "cut -d: -f3 /proc/self/cgroup | sort -u ";
  start(groups + "> groups; exec sleep 600",
        {{"health", {{"probe", "exec"}, {"command", {"sh", "-c", groups + "| cmp -s - groups && echo 1"}}}}});
  EXPECT_EQ(n.rooms("box")[id]["status"], "occupied");
}

TEST_F(Entry, AServerThatNobodyCanReachSaysSoInItsTimeline) {
  start("exec sleep 600");
  EXPECT_TRUE(eventually(seconds{20}, [&] {
    return n.rooms("box")[id].value("statusReason", "").starts_with("nobody listens on udp port ");
  })) << n.rooms("box")[id].dump();
  EXPECT_THAT(n.cli({"room", "timeline", "box", id}).output, HasSubstr("nobody listens on udp port"));
  EXPECT_THAT(n.cli({"room", "describe", "box", id}).output, HasSubstr("nobody listens on udp port"));
  EXPECT_EQ(n.rooms("box")[id]["status"], "ready") << "a notice, no more";
}

TEST_F(Entry, WhatAnEndedRoomLeftIsFetchedAsAnArchive) {
  start("mkdir replays; echo one >replays/a.dem; echo started; exec sleep 600",
        {{"artifacts", {"replays/*.dem"}}});
  EXPECT_EQ(n.cli({"room", "artifacts", "box", id}).code, 1) << "it lives";
  EXPECT_EQ(n.cli({"room", "end", "box", id, "--wait", "--yes"}).code, 0);
  auto archive = n.folder() + "/left.tar";
  EXPECT_TRUE(eventually(seconds{20}, [&] {
    return n.cli({"room", "artifacts", "box", id, "-f", archive}).code == 0;
  }));
  auto names = run({{"/bin/tar", "-tf", archive}, {}, {}, {}}, seconds{10});
  EXPECT_THAT(names.output, HasSubstr(id + "/work/replays/a.dem"));
  auto text = run({{"/bin/tar", "-xOf", archive, id + "/logs/arena.log"}, {}, {}, {}}, seconds{10});
  EXPECT_EQ(text.output, "started\n");
  EXPECT_EQ(n.cli({"room", "artifacts", "box", "box-zzzzz"}).code, 4);
}
