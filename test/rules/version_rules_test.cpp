// Which change is minor, which major, and which number it gets: the rows of proto/README.md 2.2 and 2.3; and what a patch
// may leave of a recipe that is older than a rule.
#include "actors/rules/scheduler_decisions.hpp"
#include "actors/rules/version_rules.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace maestro::rules {
namespace {

scheduler plain() {
  scheduler s;
  s.name = scheduler_name{"s"};
  s.game = "g";
  s.spec.version = "v1.0.0";
  s.spec.termination_grace_period = std::chrono::seconds{10};
  container box;
  box.name = "c";
  box.image = "i";
  box.requests = {"100mi", "100m"};
  box.limits = {"100mi", "100m"};
  box.ports = {{"game", "udp", 7777, 0, {}}, {"query", "tcp", 7778, 0, {}}};
  s.spec.containers = {box};
  s.port_range = port_range{1000, 2000};
  s.max_surge = "10";
  s.rooms_replicas = 1;
  return s;
}

struct row {
  const char* what;
  std::function<void(scheduler&)> change;
  change_kind kind;
};

TEST(VersionRules, EveryFieldIsMinorOrMajor) {
  using enum change_kind;
  auto box = [](scheduler& s) -> container& { return s.spec.containers[0]; };
  for (auto& [what, change, kind] : std::vector<row>{
           {"nothing", [](scheduler&) {}, none},
           {"spec.version", [](scheduler& s) { s.spec.version = "v9.0.0"; }, none},
           {"state and times",
            [](scheduler& s) {
              s.state = scheduler_phase::in_sync;
              s.created_at = s.last_downscale_at = timestamp{std::chrono::seconds{5}};
              s.rollback_version = "v0.1.0";
            },
            none},
           {"game", [](scheduler& s) { s.game = "other"; }, none},
           {"restartPolicy Never for none", [](scheduler& s) { s.spec.restart_policy = "Never"; }, none},
           {"restartPolicy", [](scheduler& s) { s.spec.restart_policy = "Always"; }, major},
           {"portRange",
            [](scheduler& s) {
              s.port_range = port_range{1001, 2000};
            },
            major},
           {"memory", [&](scheduler& s) { box(s).requests.memory = "200mi"; }, major},
           {"limits", [&](scheduler& s) { box(s).limits.cpu = "1"; }, major},
           {"image", [&](scheduler& s) { box(s).image = "j"; }, major},
           {"imagePullPolicy", [&](scheduler& s) { box(s).image_pull_policy = "Always"; }, major},
           {"command", [&](scheduler& s) { box(s).command = {"./run"}; }, major},
           {"environment",
            [&](scheduler& s) {
              box(s).environment = {{"A", "1", {}, {}}};
            },
            major},
           {"container.name", [&](scheduler& s) { box(s).name = "d"; }, major},
           {"one container more", [](scheduler& s) { s.spec.containers.emplace_back(); }, major},
           {"terminationGracePeriod",
            [](scheduler& s) { s.spec.termination_grace_period = std::chrono::seconds{11}; }, major},
           {"toleration", [](scheduler& s) { s.spec.toleration = "t"; }, major},
           {"affinity", [](scheduler& s) { s.spec.affinity = "a"; }, major},
           {"health", [](scheduler& s) { s.spec.health.emplace().probe = "process"; }, major},
           {"health.timeouts",
            [](scheduler& s) { s.spec.health.emplace().timeouts.ping = std::chrono::seconds{5}; }, minor},
           {"hostPort", [&](scheduler& s) { box(s).ports[0].host_port = 5; }, minor},
           {"order of ports", [&](scheduler& s) { std::swap(box(s).ports[0], box(s).ports[1]); }, minor},
           {"a port less", [&](scheduler& s) { box(s).ports.pop_back(); }, minor},
           {"a port more",
            [&](scheduler& s) {
              box(s).ports.push_back({"new", "tcp", 1, 0, {}});
            },
            major},
           {"hostPortRange",
            [&](scheduler& s) {
              box(s).ports[0].host_port_range = port_range{1, 2};
            },
            major},
           {"maxSurge", [](scheduler& s) { s.max_surge = "100"; }, minor},
           {"roomsReplicas", [](scheduler& s) { s.rooms_replicas = 2; }, minor},
           {"autoscaling",
            [](scheduler& s) {
              s.autoscaling = autoscaling{true, 1, 2, 3, {}};
            },
            minor},
           {"matchAllocation", [](scheduler& s) { s.max_matches = 2; }, minor},
           {"forwarders", [](scheduler& s) { s.forwarders.emplace_back(); }, major},
           {"annotations absent or empty", [](scheduler& s) { s.annotations.emplace(); }, major},
           {"labels",
            [](scheduler& s) {
              s.labels = std::map<std::string, std::string>{{"a", "b"}};
            },
            major},
       }) {
    auto changed = plain();
    change(changed);
    EXPECT_EQ(to_string(classify_change(plain(), changed)), to_string(kind)) << what;
  }
}

TEST(VersionRules, NamesWhatDiffers) {
  auto changed = plain();
  changed.spec.containers[0].image = "j";
  changed.rooms_replicas = 7;
  EXPECT_EQ(changed_fields(plain(), changed),
            (std::vector<field_change>{{"spec.containers[0].image", change_kind::major},
                                       {"roomsReplicas", change_kind::minor}}));
}

TEST(VersionRules, NumbersGoOnFromTheHighest) {
  using enum change_kind;
  struct numbers {
    change_kind kind;
    std::string active;
    std::vector<std::string> stored;
    std::string next;
  };
  for (auto& [kind, active, stored, next] : std::vector<numbers>{
           {minor, "v1.0.0", {"v1.0.0"}, "v1.1.0"},
           {major, "v1.1.0", {"v1.0.0", "v1.1.0"}, "v2.0.0"},
           {minor, "v1.0.0", {"v1.0.0", "v1.1.0", "v2.0.0"}, "v1.2.0"},
           {major, "v1.2.0", {"v1.0.0", "v1.1.0", "v2.0.0", "v1.2.0"}, "v3.0.0"},
           {major, "v1.0.0", {"v1.0.0", "v1.1.0", "v1.2.0"}, "v2.0.0"},
           {major, "v1.0.0", {"v1.0.0", "v3.0.0"}, "v4.0.0"},
           {minor, "10.0.0", {"10.0.0", "v10.5.0"}, "v10.6.0"},
       })
    EXPECT_EQ(*next_version(kind, active, stored), next) << active;
  EXPECT_FALSE(next_version(minor, "v1.0.0", {"v1.0.0", "latest"}));
  EXPECT_FALSE(next_version(minor, "", {}));
}

/// Of a scheduler whose journal is older than the bounds of its port range and of its grace period; empty: it is taken.
std::string refusal_of_patch(const std::function<void(scheduler&)>& change) {
  auto stored = plain();
  stored.spec.containers[0].image_pull_policy = "Always";
  stored.port_range = port_range{0, 70'000};
  stored.spec.termination_grace_period = std::chrono::hours{1000};
  scheduler_table table;
  table.apply(scheduler_created{stored});
  change(stored);
  actor_settings settings;
  auto decided = decide(table, new_scheduler_version{stored, {}, true},
                        {scheduler_name{"s"}, settings, never, [] { return operation_id{"op"}; }});
  return decided.reply ? std::string{} : decided.reply.error().text;
}

TEST(VersionRules, APatchMayLeaveWhatWasAcceptableOnce) {
  EXPECT_EQ(refusal_of_patch([](scheduler& s) { s.rooms_replicas = 2; }), "");
  EXPECT_EQ(refusal_of_patch([](scheduler& s) { s.spec.containers[0].image = "j"; }), "");
  EXPECT_EQ(refusal_of_patch([](scheduler& s) { s.port_range = port_range{1, 70'000}; }), "");
}

TEST(VersionRules, APatchMakesNothingWorse) {
  const std::string prefix = "invalid patched scheduler: ";
  EXPECT_EQ(
      refusal_of_patch([](scheduler& s) { s.rooms_replicas = -1; }),
      prefix +
          "Key: 'Scheduler.RoomsReplicas' Error:Field validation for 'RoomsReplicas' failed on the 'min' tag");
  EXPECT_EQ(refusal_of_patch([](scheduler& s) {
              s.port_range = port_range{0, 80'000};
            }),
            prefix + "Key: 'Scheduler.PortRange.End' Error:End must be 65535 or less, not 80000");
  EXPECT_EQ(refusal_of_patch([](scheduler& s) { s.spec.termination_grace_period = std::chrono::hours{2000}; }),
            prefix + "Key: 'Scheduler.Spec.TerminationGracePeriod' Error:Field validation for "
                     "'TerminationGracePeriod' failed on the 'lte' tag");
}

} // namespace
} // namespace maestro::rules
