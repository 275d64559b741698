#include "nodes/logging.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro {
namespace {

using ::testing::HasSubstr;

std::string json_of(std::string_view message, std::initializer_list<log_field> fields = {}) {
  return render_log_line({log_level::warn, "room_pool", message, fields}, log_format::json,
                         "2026-11-22T14:00:00.123Z");
}

TEST(Logging, ARecordIsOneJsonObjectWithTheFieldsOfTheOriginal) {
  auto line = json_of("room allocated", {scheduler_name{"arena"},
                                         room_id{"arena-x7x2q"},
                                         operation_id{"op"},
                                         {"operation_phase", "Execute"},
                                         {"count", 3},
                                         {"success", true}});
  EXPECT_EQ(line,
            R"({"level":"warn","ts":"2026-11-22T14:00:00.123Z","msg":"room allocated","component":"room_pool",)"
            R"("scheduler_name":"arena","room_id":"arena-x7x2q","operation_id":"op",)"
            R"("operation_phase":"Execute","count":3,"success":true})");
}

TEST(Logging, WhateverIsInATextTheLineIsOneValidJsonObject) {
  std::string every_byte;
  for (int c = 0; c < 256; ++c)
    every_byte += static_cast<char>(c);
  for (auto& text :
       {every_byte, std::string("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\xae"), std::string("\xed\xa0\x80"),
        std::string("cut \xf0\x9f\x8e"), std::string("\xc0\xaf"), std::string("a\"b\\c\nd\0e", 9)}) {
    auto line = json_of(text, {{"text", text}});
    EXPECT_EQ(line.find('\n'), std::string::npos);
    auto parsed = nlohmann::json::parse(line, nullptr, false);
    ASSERT_FALSE(parsed.is_discarded()) << line;
    EXPECT_EQ(parsed["msg"], parsed["text"]);
  }
  auto parsed = nlohmann::json::parse(json_of("caf\xc3\xa9 \"x\"\n"));
  EXPECT_EQ(parsed["msg"], "caf\xc3\xa9 \"x\"\n");
}

TEST(Logging, TheConsoleFormIsOneLineForPeople) {
  auto line = render_log_line({log_level::info, "room_pool", "room\nallocated", {room_id{"arena-1"}, {"n", 2}}},
                              log_format::console, "T");
  EXPECT_EQ(line, "T info  room_pool: room allocated room_id=\"arena-1\" n=2");
}

TEST(Logging, WithoutATimeALineSaysNone) {
  log_record record{log_level::error, "room_pool", "no", {{"n", 2}}};
  EXPECT_EQ(render_log_line(record, log_format::console, ""), "room_pool: no n=2");
  EXPECT_EQ(render_log_line(record, log_format::console, "", "n2"), "room_pool: no n=2 node=n2");
  EXPECT_NE(render_log_line(record, log_format::json, "", "n2").find(R"("node":"n2","n":2)"), std::string::npos);
  EXPECT_EQ(render_log_line({log_level::info, "peer", "x", {{"node", "n1"}}}, log_format::console, "", "n2"),
            R"(peer: x node="n1")");
  EXPECT_EQ(render_log_line(record, log_format::json, ""),
            R"({"level":"error","msg":"no","component":"room_pool","n":2})");
}

TEST(Logging, OfASchedulerItSaysWithWhichEpochItIsServed) {
  const scheduler_name arena{"arena"}; // which records only look at
  log_record record{log_level::info, "scheduler", "x", {arena}};
  EXPECT_EQ(render_log_line(record, log_format::console, "", "n2", 17),
            R"(scheduler: x scheduler_name="arena" epoch=17 node=n2)");
  EXPECT_EQ(nlohmann::json::parse(render_log_line(record, log_format::json, "", "n2", 17))["epoch"], 17);
  log_record own{log_level::info, "scheduler", "x", {arena, {"epoch", 3}}};
  EXPECT_EQ(nlohmann::json::parse(render_log_line(own, log_format::json, "", "n2", 17))["epoch"], 3);
}

class LoggingTo : public ::testing::Test {
protected:
  int ends[2] = {-1, -1};
  void SetUp() override { ASSERT_EQ(pipe(ends), 0); }
  void TearDown() override {
    stop_logging();
    for (int end : ends)
      if (end >= 0)
        close(end);
  }
  std::string written() {
    stop_logging();
    close(std::exchange(ends[1], -1));
    std::string all;
    char buffer[4096];
    for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<std::size_t>(n));
    return all;
  }
};

TEST_F(LoggingTo, OnlyWhatIsAtOrAboveTheLevelIsWritten) {
  start_logging({log_level::warn, log_format::json, 64}, ends[1]);
  EXPECT_FALSE(log_enabled(log_level::info));
  EXPECT_TRUE(log_enabled(log_level::error));
  log_info("a", "quiet");
  log_warn("a", "first", {{"k", 1}});
  log_error("a", "second");
  auto text = written();
  EXPECT_THAT(text, ::testing::Not(HasSubstr("quiet")));
  EXPECT_THAT(text, HasSubstr("\"msg\":\"first\",\"component\":\"a\",\"k\":1}\n{\"level\":\"error\""));
  log_error("a", "after the end"); // goes nowhere
}

TEST_F(LoggingTo, TheJournalGetsPrioritiesAndNoTime) {
  struct stat pipe_end {};
  ASSERT_EQ(fstat(ends[1], &pipe_end), 0);
  auto stream = std::to_string(pipe_end.st_dev) + ":" + std::to_string(pipe_end.st_ino);
  setenv("JOURNAL_STREAM", stream.c_str(), 1);
  start_logging({log_level::info, log_format::console, 64}, ends[1]);
  EXPECT_EQ(journal_mark(log_level::error, ends[1]), "<3>");
  EXPECT_EQ(journal_mark(log_level::error, ends[0] + 1000), "");
  unsetenv("JOURNAL_STREAM");
  EXPECT_EQ(journal_mark(log_level::error, ends[1]), "");
  log_info("a", "i");
  log_warn("a", "w");
  log_error("a", "e");
  EXPECT_EQ(written(), "<6>a: i\n<4>a: w\n<3>a: e\n");
}

TEST_F(LoggingTo, AFileThatIsNotTheJournalsIsWrittenAsEver) {
  setenv("JOURNAL_STREAM", "1:2", 1); // of the parent: our output was redirected
  start_logging({log_level::info, log_format::console, 64}, ends[1]);
  unsetenv("JOURNAL_STREAM");
  log_info("a", "i");
  EXPECT_THAT(written(), ::testing::MatchesRegex("20.*Z info  a: i\n"));
}

TEST_F(LoggingTo, AReaderThatDoesNotReadBlocksNobody) {
  start_logging({log_level::info, log_format::json, 64}, ends[1]);
  for (int i = 0; i < 20'000; ++i) // far more than a pipe holds
    log_info("a", "line", {{"i", i}});
  std::string text;
  std::thread reader([&] {
    char buffer[4096];
    for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(n));
  });
  stop_logging();
  close(std::exchange(ends[1], -1));
  reader.join();
  EXPECT_THAT(text, HasSubstr("\"i\":19999}")) << "the newest is kept";
  EXPECT_EQ(text.back(), '\n');
}

TEST_F(LoggingTo, ALogThatNobodyReadsEndsAllTheSame) {
  start_logging({log_level::info, log_format::json, 64}, ends[1]);
  for (int i = 0; i < 20'000; ++i)
    log_info("a", "line", {{"i", i}});
  auto began = std::chrono::steady_clock::now();
  stop_logging();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
}

TEST_F(LoggingTo, LinesThatWereDroppedAreCountedAndSaid) {
  start_logging({log_level::info, log_format::json, 64}, ends[1]);
  for (int i = 0; i < 20'000; ++i)
    log_info("a", "line", {{"i", i}});
  std::string text;
  std::thread reader([&] {
    char buffer[4096];
    for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(n));
  });
  stop_logging();
  close(std::exchange(ends[1], -1));
  reader.join();
  std::size_t written = 0, dropped = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    auto parsed = nlohmann::json::parse(line, nullptr, false);
    ASSERT_FALSE(parsed.is_discarded()) << line;
    if (parsed["component"] == "log")
      dropped += parsed["lines"].get<std::size_t>();
    else
      ++written;
  }
  EXPECT_GT(dropped, 0U);
  EXPECT_EQ(written + dropped, 20'000U);
}

TEST_F(LoggingTo, EveryLineOfASchedulerNamesItsEpoch) {
  start_logging({log_level::info, log_format::json, 16, "n2"}, ends[1]);
  name_epochs([](std::string_view scheduler) { return scheduler == "arena" ? 17 : 0; });
  log_info("room_pool", "one", {scheduler_name{"arena"}});
  log_info("room_pool", "two", {scheduler_name{"other"}});
  name_epochs({});
  log_info("room_pool", "three", {scheduler_name{"arena"}});
  stop_logging();
  std::string all(4096, ' ');
  all.resize(static_cast<std::size_t>(std::max<ssize_t>(read(ends[0], all.data(), all.size()), 0)));
  std::vector<int> epochs;
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);)
    epochs.push_back(nlohmann::json::parse(line).value("epoch", 0));
  EXPECT_EQ(epochs, (std::vector<int>{17, 0, 0}));
}

} // namespace
} // namespace maestro
