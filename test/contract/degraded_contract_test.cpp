// What is shown of a scheduler that is not as it should be (proto/README.md 1.4), by M1, M2, M9 and the metric, and that
// nothing of it is left when all is well. Rooms are simulated and expire early, so that they are soon late.
#include "test/contract/contract_fixture.hpp"

namespace maestro {
namespace {

using namespace std::chrono_literals;

class DegradedContract : public contract_fixture {
protected:
  static void SetUpTestSuite() {
    node = std::make_unique<node_process>(
        MAESTRO_BINARY, std::map<std::string, std::string>{
                            {"MAESTRO_WORKERS_HEALTHCONTROLLERINTERVAL", "200ms"},
                            {"MAESTRO_REPORTER_METRICS_INTERVALMILLIS", "100"},
                            {"MAESTRO_SERVICES_ROOMMANAGER_ROOMINITIALIZATIONTIMEOUTMILLIS", "2000"}});
  }
  static std::string shown_by(const std::string& path) {
    return first_match(ask("GET", path).body, R"re(,"degraded":(\{[^}]*\}))re");
  }
  /// M9, and M1 and M2 with the same.
  static std::string shown_everywhere(const std::string& name, const std::string& game) {
    auto info = shown_by("/schedulers/info?game=" + game);
    EXPECT_EQ(shown_by("/schedulers?name=" + name), info);
    EXPECT_EQ(shown_by("/schedulers/" + name), info);
    return info;
  }
  static bool has_metric(const std::string& name, const std::string& game, int value) {
    return within(20s, [&] {
      return ask_internal("/metrics")
                 .body.find("\nmaestro_scheduler_degraded{game=\"" + game + "\",scheduler=\"" + name + "\"} " +
                            std::to_string(value) + "\n") != std::string::npos;
    });
  }
};

TEST_F(DegradedContract, NoFreePortsAreSaidInWordsUntilThereAre) {
  auto tight = replaced(of_game(recipe("tight", 3), "tight"), R"({"start":20000,"end":29999})",
                        R"({"start":30000,"end":30001})");
  ASSERT_EQ(ask("POST", "/schedulers", tight).status, 200);
  ASSERT_TRUE(within(20s, [] {
    for (auto& room : rooms("tight"))
      ping("tight", room, R"({"status":"ready"})");
    return shown_by("/schedulers/info?game=tight")
        .starts_with(R"({"reason":"rooms cannot be made: not enough ports to allocate)");
  })) << ask("GET", "/schedulers/info?game=tight").body;
  EXPECT_NE(shown_everywhere("tight", "tight"), "");
  EXPECT_TRUE(has_metric("tight", "tight", 1));
  ASSERT_EQ(ask("PATCH", "/schedulers/tight", R"({"roomsReplicas":2})").status, 200);
  EXPECT_TRUE(within(20s, [] {
    for (auto& room : rooms("tight"))
      ping("tight", room, R"({"status":"ready"})");
    return shown_by("/schedulers/info?game=tight").empty();
  })) << ask("GET", "/schedulers/info?game=tight").body;
  EXPECT_EQ(shown_everywhere("tight", "tight"), "");
  EXPECT_TRUE(has_metric("tight", "tight", 0));
}

TEST_F(DegradedContract, RoomsThatNeverComeUpAreSaidInWordsUntilTheyDo) {
  ASSERT_EQ(ask("POST", "/schedulers", of_game(recipe("mute", 2), "mute")).status, 200);
  auto reason = [] { return first_match(shown_by("/schedulers/info?game=mute"), R"re("reason":"([^"]*)")re"); };
  ASSERT_TRUE(within(20s, [&] { return reason().find("not up after ") != std::string::npos; }));
  EXPECT_TRUE(reason().ends_with(" s: no ping says ready")) << reason();
  EXPECT_TRUE(has_metric("mute", "mute", 1));
  EXPECT_TRUE(within(20s, [] {
    for (auto& room : rooms("mute"))
      ping("mute", room, R"({"status":"ready"})");
    return shown_by("/schedulers/info?game=mute").empty();
  }));
  EXPECT_EQ(shown_everywhere("mute", "mute"), "");
  EXPECT_TRUE(has_metric("mute", "mute", 0));
}

TEST_F(DegradedContract, SchedulerThatIsWellShowsNothing) {
  with_ready_rooms("well", 2);
  EXPECT_EQ(shown_everywhere("well", "g"), "");
  EXPECT_TRUE(has_metric("well", "g", 0));
}

} // namespace
} // namespace maestro
