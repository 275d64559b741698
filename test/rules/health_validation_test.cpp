// Every bound of spec.health, with the value and the limit in its text (proto/README.md 2.6).
#include "actors/rules/health_validation.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace maestro::rules {
namespace {

using namespace std::chrono_literals;

scheduler_spec spec_with(health_recipe health) {
  scheduler_spec spec;
  container server;
  server.name = "server";
  server.ports = {{"game", "udp", 7777, 0, {}}, {"rcon", "tcp", 7778, 0, {}}};
  container helper;
  helper.name = "helper";
  helper.ports = {{"admin", "tcp", 80, 0, {}}};
  spec.containers = {server, helper};
  spec.health = std::move(health);
  return spec;
}

health_recipe asked(const std::string& probe) {
  health_recipe health;
  health.probe = probe;
  health.interval = 2s;
  health.failures = 3;
  health.initial_delay = 30s;
  if (counts_players(health))
    health.players = "occupied";
  if (probe == "quake3" || probe == "a2s" || probe == "udp")
    health.port = "game";
  if (probe == "udp")
    health.send = "ff";
  if (probe == "minecraft" || probe == "http" || probe == "tcp")
    health.port = "rcon";
  if (probe == "http")
    health.path = "/";
  if (probe == "exec")
    health.command = {"./ask"};
  if (probe == "log")
    health.pattern = "ready";
  return health;
}

std::string complaints(const health_recipe& health) {
  std::string text;
  for (auto& one : health_violations(spec_with(health), "Spec.Health"))
    text += (text.empty() ? "" : "\n") + one.where + ": " + one.message;
  return text;
}

TEST(HealthValidation, TakesEveryProbeWithWhatItNeeds) {
  EXPECT_TRUE(health_violations({}, "Spec.Health").empty());
  for (auto* probe : {"quake3", "a2s", "minecraft", "http", "tcp", "udp", "exec", "log", "process"})
    EXPECT_EQ(complaints(asked(probe)), "") << probe;
  health_recipe only_limits;
  only_limits.timeouts.ping = 5s;
  EXPECT_EQ(complaints(only_limits), "");
  auto helper = asked("tcp");
  helper.container = "helper";
  helper.port = "admin";
  EXPECT_EQ(complaints(helper), "");
}

struct row {
  const char* probe;
  std::function<void(health_recipe&)> change;
  const char* complaint;
};

TEST(HealthValidation, NamesFieldValueAndLimit) {
  for (auto& [probe, change, complaint] : std::vector<row>{
           {"", [](auto&) {}, "Spec.Health.Probe: Probe is a required field, unless Timeouts are given"},
           {"gamespy", [](auto& h) { h.players = ""; },
            "Spec.Health.Probe: Probe must be one of the following options: quake3, a2s, minecraft, http, tcp, "
            "udp, exec, log, process, not \"gamespy\""},
           {"quake3", [](auto& h) { h.port = ""; },
            "Spec.Health.Port: Port is a required field of the probe quake3"},
           {"quake3", [](auto& h) { h.port = "rcon"; },
            "Spec.Health.Port: Port must be the name of a udp port of the containers, not \"rcon\""},
           {"tcp", [](auto& h) { h.container = "helper"; },
            "Spec.Health.Port: Port must be the name of a tcp port of its container, not \"rcon\""},
           {"process", [](auto& h) { h.port = "game"; },
            "Spec.Health.Port: Port has no meaning for the probe process"},
           {"log", [](auto& h) { h.container = "nobody"; },
            "Spec.Health.Container: Container must be the name of a container, not \"nobody\""},
           {"exec", [](auto& h) { h.container = "server"; },
            "Spec.Health.Container: Container has no meaning for the probe exec"},
           {"http", [](auto& h) { h.path = "healthz"; },
            "Spec.Health.Path: Path must begin with / and hold visible ASCII only, not \"healthz\""},
           {"http", [](auto& h) { h.path = "/a\r\nHost: b"; },
            "Spec.Health.Path: Path must begin with / and hold visible ASCII only, not \"/a??Host: b\""},
           {"http", [](auto& h) { h.path = "/" + std::string(1024, 'a'); },
            "Spec.Health.Path: Path must have at most 1024 bytes, not 1025"},
           {"exec", [](auto& h) { h.command = {}; },
            "Spec.Health.Command: Command is a required field of the probe exec"},
           {"exec", [](auto& h) { h.command.resize(65, "x"); },
            "Spec.Health.Command: Command must have at most 64 words, not 65"},
           {"exec", [](auto& h) { h.command = {std::string(4097, 'x')}; },
            "Spec.Health.Command: Command must have at most 4096 bytes, not 4097"},
           {"exec", [](auto& h) { h.command = {std::string("a\0b", 3)}; },
            "Spec.Health.Command: Command must hold no NUL byte"},
           {"log", [](auto& h) { h.pattern = ""; },
            "Spec.Health.Pattern: Pattern is a required field of the probe log"},
           {"log", [](auto& h) { h.pattern = "a\nb"; },
            "Spec.Health.Pattern: Pattern must be within one line, not \"a?b\""},
           {"log", [](auto& h) { h.pattern = std::string(257, 'x'); },
            "Spec.Health.Pattern: Pattern must have at most 256 bytes, not 257"},
           {"udp", [](auto& h) { h.send = ""; }, "Spec.Health.Send: Send is a required field of the probe udp"},
           {"udp", [](auto& h) { h.send = "0?"; },
            "Spec.Health.Send: Send must be hexadecimal digits of at most 1400 bytes, as 00ff or 00*508, not "
            "\"0?\""},
           {"udp", [](auto& h) { h.send = "00??"; },
            "Spec.Health.Send: Send must be hexadecimal digits of at most 1400 bytes, as 00ff or 00*508, not "
            "\"00??\""},
           {"tcp", [](auto& h) { h.expect = "00*1401"; },
            "Spec.Health.Expect: Expect must be hexadecimal digits of at most 1400 bytes, as 00ff or 00??, not "
            "\"00*1401\""},
           {"udp", [](auto& h) { h.players_at = 1401, h.players = "occupied"; },
            "Spec.Health.PlayersAt: PlayersAt must be 1 to 1400, not 1401"},
           {"http", [](auto& h) { h.send = "00"; }, "Spec.Health.Send: Send has no meaning for the probe http"},
           {"tcp", [](auto& h) { h.joined = {"came"}, h.players = "occupied"; },
            "Spec.Health.Left: Left is a required field with Joined"},
           {"tcp", [](auto& h) { h.left = {"went"}; }, "Spec.Health.Joined: Joined is a required field with Left"},
           {"tcp",
            [](auto& h) {
              h.joined = {"came", "player"}, h.left = {"player"}, h.players = "occupied";
            },
            "Spec.Health.Left: Left must not say what Joined says: \"player\""},
           {"log", [](auto& h) { h.joined = {"came"}, h.left = {"a\nb"}, h.players = "occupied"; },
            "Spec.Health.Left: Left must be within one line, not \"a?b\""},
           {"log", [](auto& h) { h.joined = {std::string(257, 'x')}, h.left = {"went"}, h.players = "occupied"; },
            "Spec.Health.Joined: Joined must have at most 256 bytes, not 257"},
           {"log", [](auto& h) { h.joined = {"came"}, h.left = {"^* ?+"}, h.players = "occupied"; },
            "Spec.Health.Left: Left must say something that not every line holds, not \"^* ?+\""},
           {"log", [](auto& h) { h.joined.assign(9, "came"), h.left = {"went"}, h.players = "occupied"; },
            "Spec.Health.Joined: Joined must have at most 8 patterns, not 9"},
           {"process", [](auto& h) { h.interval = 99ms; },
            "Spec.Health.Interval: Interval must be 0.1s to 600s, not 0.099s"},
           {"process", [](auto& h) { h.interval = duration{}; },
            "Spec.Health.Interval: Interval must be 0.1s to 600s, not 0s"},
           {"process", [](auto& h) { h.failures = 0; }, "Spec.Health.Failures: Failures must be 1 to 100, not 0"},
           {"process", [](auto& h) { h.failures = 101; },
            "Spec.Health.Failures: Failures must be 1 to 100, not 101"},
           {"process", [](auto& h) { h.initial_delay = -1s; },
            "Spec.Health.InitialDelay: InitialDelay must be 0s to 3600s, not -1s"},
           {"quake3", [](auto& h) { h.players = "full"; },
            "Spec.Health.Players: Players must be one of the following options: occupied, matches, not \"full\""},
           {"tcp", [](auto& h) { h.players = "occupied"; },
            "Spec.Health.Players: Players has no meaning for the probe tcp"},
           {"process", [](auto& h) { h.timeouts.ping = 10ms; },
            "Spec.Health.Timeouts.Ping: Ping must be 1s to 2678400s, not 0.01s"},
           {"process", [](auto& h) { h.timeouts.deletion = -1s; },
            "Spec.Health.Timeouts.Deletion: Deletion must be 1s to 2678400s, not -1s"},
       }) {
    auto health = *probe == '\0' ? health_recipe{} : asked(probe);
    change(health);
    EXPECT_EQ(complaints(health), complaint) << probe;
  }
}

TEST(HealthValidation, WithoutAProbeOnlyTimeoutsHaveAMeaning) {
  health_recipe health;
  health.timeouts.ping = 5s;
  health.interval = 2s;
  health.port = "game";
  EXPECT_EQ(complaints(health), "Spec.Health.Port: Port has no meaning without Probe\n"
                                "Spec.Health.Interval: Interval has no meaning without Probe");
}

TEST(HealthValidation, ItsTextsAreTheSameForAPatch) {
  auto spec = spec_with(asked("process"));
  spec.health->failures = 7000;
  EXPECT_EQ(raw_text(health_violations(spec, "Scheduler.Spec.Health")),
            "Key: 'Scheduler.Spec.Health.Failures' Error:Failures must be 1 to 100, not 7000");
}

} // namespace
} // namespace maestro::rules
