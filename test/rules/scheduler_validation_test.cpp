// Every row of the validation table, with namespace, text, tag and order (proto/README.md 1.7, 9.3).
#include "actors/rules/scheduler_validation.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace {

using namespace maestro;
using namespace maestro::rules;
using namespace std::chrono_literals;

scheduler valid() {
  scheduler recipe;
  recipe.name = scheduler_name("arena");
  recipe.game = "tennis";
  recipe.spec.version = "v1.0.0";
  recipe.spec.termination_grace_period = 100s;
  container box;
  box.name = "server";
  box.image = "image";
  box.image_pull_policy = "IfNotPresent";
  box.environment = {{"A", "x", {}, {}}};
  box.requests = {"100Mi", "100m"};
  box.limits = {"200Mi", "200m"};
  box.ports = {{"game", "udp", 7777, 0, {}}};
  recipe.spec.containers = {box};
  recipe.port_range = port_range{1000, 2000};
  recipe.max_surge = "10%";
  recipe.forwarders = {{"matchmaker", true, "gRPC", "localhost:9090", forwarder_options{}}};
  return recipe;
}

autoscaling occupancy() {
  autoscaling scaling;
  scaling.enabled = true;
  scaling.min = 1;
  scaling.max = 10;
  scaling.policy.type = "roomOccupancy";
  scaling.policy.room_occupancy = room_occupancy_policy{0.5, 0.99};
  return scaling;
}

autoscaling buffer() {
  auto scaling = occupancy();
  scaling.policy = {"fixedBuffer", {}, fixed_buffer_policy{5}};
  return scaling;
}

using change = std::function<void(scheduler&)>;

struct row {
  const char* name;
  change apply;
  std::vector<std::string> lines; ///< empty: accepted
  std::vector<std::string> tags;
};

container& box(scheduler& s) {
  return s.spec.containers[0];
}

const std::string naming = "must follow the public RFC 1123 about naming conventions";
const std::string surge =
    "Scheduler.MaxSurge: MaxSurge must be a number greater than zero or a number greater than "
    "zero with suffix '%'";
const std::string box_at = "Scheduler.Spec.Containers[0].";
const std::string port_at = box_at + "Ports[0].";

std::string artifact_at(int place) {
  auto name = "Artifacts[" + std::to_string(place) + "]";
  return "Scheduler.Spec." + name + ": " + name +
         " must be a path below the room's folder of at most 256 visible letters, without . and .. in it";
}

std::vector<row> rows() {
  return {
      {"valid", [](auto&) {}, {}, {}},
      {"no name", [](auto& s) { s.name = {}; }, {"Scheduler.Name: Name is a required field"}, {"required"}},
      {"upper-case name",
       [](auto& s) { s.name = scheduler_name("Arena"); },
       {"Scheduler.Name: Name " + naming},
       {"kube_resource_name"}},
      {"name ends in hyphen",
       [](auto& s) { s.name = scheduler_name("arena-"); },
       {"Scheduler.Name: Name " + naming},
       {"kube_resource_name"}},
      {"name begins with hyphen",
       [](auto& s) { s.name = scheduler_name("-arena"); },
       {"Scheduler.Name: Name " + naming},
       {"kube_resource_name"}},
      {"name with dot",
       [](auto& s) { s.name = scheduler_name("a.b"); },
       {"Scheduler.Name: Name " + naming},
       {"kube_resource_name"}},
      {"name of 63", [](auto& s) { s.name = scheduler_name(std::string(63, 'a')); }, {}, {}},
      {"name of 64",
       [](auto& s) { s.name = scheduler_name(std::string(64, 'a')); },
       {"Scheduler.Name: Name " + naming},
       {"kube_resource_name"}},
      {"name of one digit", [](auto& s) { s.name = scheduler_name("1"); }, {}, {}},
      {"no game", [](auto& s) { s.game = ""; }, {"Scheduler.Game: Game is a required field"}, {"required"}},
      {"bad version",
       [](auto& s) { s.spec.version = "one"; },
       {"Scheduler.Spec.Version: Version must follow the semantic version pattern"},
       {"semantic_version"}},
      {"no grace",
       [](auto& s) { s.spec.termination_grace_period = 0s; },
       {"Scheduler.Spec.TerminationGracePeriod: TerminationGracePeriod must be greater than 0"},
       {"gt"}},
      {"negative grace",
       [](auto& s) { s.spec.termination_grace_period = -1ns; },
       {"Scheduler.Spec.TerminationGracePeriod: TerminationGracePeriod must be greater than 0"},
       {"gt"}},
      {"grace of more than a month",
       [](auto& s) { s.spec.termination_grace_period = 744h + 1ns; },
       {"Scheduler.Spec.TerminationGracePeriod: TerminationGracePeriod must be 744h0m0s or less"},
       {"lte"}},
      {"grace of a month", [](auto& s) { s.spec.termination_grace_period = 744h; }, {}, {}},
      {"grace of a nanosecond", [](auto& s) { s.spec.termination_grace_period = 1ns; }, {}, {}},
      {"no containers",
       [](auto& s) { s.spec.containers.clear(); },
       {"Scheduler.Spec.Containers: Containers is a required field"},
       {"required"}},
      {"container without name",
       [](auto& s) { box(s).name = ""; },
       {box_at + "Name: Name is a required field"},
       {"required"}},
      {"container with bad name",
       [](auto& s) { box(s).name = "A_b"; },
       {box_at + "Name: Name " + naming},
       {"kube_resource_name"}},
      {"no image",
       [](auto& s) { box(s).image = ""; },
       {box_at + "Image: Image is a required field"},
       {"required"}},
      {"no pull policy",
       [](auto& s) { box(s).image_pull_policy = ""; },
       {box_at + "ImagePullPolicy: ImagePullPolicy is a required field"},
       {"required"}},
      {"bad pull policy",
       [](auto& s) { box(s).image_pull_policy = "always"; },
       {box_at +
        "ImagePullPolicy: ImagePullPolicy must be one of the following options: Always, Never, IfNotPresent"},
       {"image_pull_policy"}},
      {"no command", [](auto& s) { box(s).command.clear(); }, {}, {}},
      {"variable without name",
       [](auto& s) { box(s).environment.push_back({}); },
       {box_at + "Environment[1].Name: Name is a required field"},
       {"required"}},
      {"variable without value",
       [](auto& s) {
         box(s).environment = {{"A", {}, {}, {}}};
       },
       {},
       {}},
      {"no resources",
       [](auto& s) { box(s).requests = {}, box(s).limits = {}; },
       {box_at + "Requests.Memory: Memory is a required field", box_at + "Requests.CPU: CPU is a required field",
        box_at + "Limits.Memory: Memory is a required field", box_at + "Limits.CPU: CPU is a required field"},
       {"required", "required", "required", "required"}},
      {"quantities are not parsed",
       [](auto& s) {
         box(s).limits = {"much", "some"};
       },
       {},
       {}},
      {"no ports", [](auto& s) { box(s).ports.clear(); }, {}, {}},
      {"port without name",
       [](auto& s) { box(s).ports[0].name = ""; },
       {port_at + "Name: Name is a required field"},
       {"required"}},
      {"port name of 15", [](auto& s) { box(s).ports[0].name = std::string(15, 'p'); }, {}, {}},
      {"port name of 16",
       [](auto& s) { box(s).ports[0].name = std::string(16, 'p'); },
       {port_at + "Name: Name must be a maximum of 15 characters in length"},
       {"max"}},
      {"port name of 15 letters in 30 bytes",
       [](auto& s) {
         box(s).ports[0].name = "";
         for (int i = 0; i < 15; ++i)
           box(s).ports[0].name += "é";
       },
       {},
       {}},
      {"no protocol",
       [](auto& s) { box(s).ports[0].protocol = ""; },
       {port_at + "Protocol: Protocol is a required field"},
       {"required"}},
      {"upper-case protocol",
       [](auto& s) { box(s).ports[0].protocol = "TCP"; },
       {port_at + "Protocol: Protocol must be one of the following options: tcp, udp, sctp, tcpudp"},
       {"ports_protocol"}},
      {"sctp", [](auto& s) { box(s).ports[0].protocol = "sctp"; }, {}, {}},
      {"no port",
       [](auto& s) { box(s).ports[0].port = 0; },
       {port_at + "Port: Port is a required field"},
       {"required"}},
      {"port numbers have no range", [](auto& s) { box(s).ports[0].port = -70000; }, {}, {}},
      {"host port is not looked at", [](auto& s) { box(s).ports[0].host_port = -5; }, {}, {}},
      {"empty range of a port",
       [](auto& s) {
         s.port_range.reset();
         box(s).ports[0].host_port_range = port_range{5, 5};
       },
       {port_at + "HostPortRange.Start: Start must be less than End",
        port_at + "HostPortRange.End: End must be greater than Start"},
       {"ltfield", "gtfield"}},
      {"range upside down",
       [](auto& s) {
         s.port_range = port_range{2, 1};
       },
       {"Scheduler.PortRange.Start: Start must be less than End",
        "Scheduler.PortRange.End: End must be greater than Start"},
       {"ltfield", "gtfield"}},
      {"negative replicas",
       [](auto& s) { s.rooms_replicas = -1; },
       {"Scheduler.RoomsReplicas: RoomsReplicas must be 0 or greater"},
       {"min"}},
      {"no surge",
       [](auto& s) { s.max_surge = ""; },
       {"Scheduler.MaxSurge: MaxSurge is a required field"},
       {"required"}},
      {"bad surge", [](auto& s) { s.max_surge = "ten"; }, {surge}, {"max_surge"}},
      {"forwarder without anything",
       [](auto& s) {
         s.forwarders = {{"", false, "", "", {}}};
       },
       {"Scheduler.Forwarders[0].Name: Name is a required field",
        "Scheduler.Forwarders[0].ForwardType: ForwardType is a required field",
        "Scheduler.Forwarders[0].Address: Address is a required field"},
       {"required", "required", "required"}},
      {"bad forwarder type",
       [](auto& s) { s.forwarders[0].type = "grpc"; },
       {"Scheduler.Forwarders[0].ForwardType: ForwardType must be one of the following options: gRPC"},
       {"forwarder_type"}},
      {"no forwarding timeout",
       [](auto& s) { s.forwarders[0].options->timeout_ms = 0; },
       {"Scheduler.Forwarders[0].Options.Timeout: Timeout is a required field"},
       {"required"}},
      {"forwarders of one name", [](auto& s) { s.forwarders.push_back(s.forwarders[0]); }, {}, {}},
      {"no matches",
       [](auto& s) { s.max_matches = 0; },
       {"Scheduler.MatchAllocation.MaxMatches: MaxMatches is a required field"},
       {"required"}},
      {"negative matches",
       [](auto& s) { s.max_matches = -1; },
       {"Scheduler.MatchAllocation.MaxMatches: MaxMatches must be 1 or greater"},
       {"min"}},
      {"35 matches", [](auto& s) { s.max_matches = 35; }, {}, {}},
      {"36 matches",
       [](auto& s) { s.max_matches = 36; },
       {"Scheduler.MatchAllocation.MaxMatches: MaxMatches must be 35 or less"},
       {"max"}},
      {"restart policy is free text", [](auto& s) { s.spec.restart_policy = "whatever"; }, {}, {}},
  };
}

/// What the original does not have.
std::vector<row> rows_of_ours() {
  constexpr auto least = std::numeric_limits<std::int32_t>::min(), most = std::numeric_limits<std::int32_t>::max();
  return {
      {"every port there is",
       [](auto& s) {
         s.port_range = port_range{1, 65535};
       },
       {},
       {}},
      {"range from 0",
       [](auto& s) {
         s.port_range = port_range{0, 1};
       },
       {"Scheduler.PortRange.Start: Start must be 1 or greater, not 0"},
       {""}},
      {"range beyond the last port",
       [](auto& s) {
         s.port_range = port_range{20000, 209990};
       },
       {"Scheduler.PortRange.End: End must be 65535 or less, not 209990"},
       {""}},
      {"range of every number",
       [](auto& s) {
         s.port_range = port_range{least, most};
         box(s).ports[0].count = 2;
       },
       {"Scheduler.PortRange.Start: Start must be 1 or greater, not -2147483648",
        "Scheduler.PortRange.End: End must be 65535 or less, not 2147483647"},
       {"", ""}},
      {"range of a port beyond the last one",
       [](auto& s) {
         s.port_range.reset();
         box(s).ports[0].host_port_range = port_range{-1, 65536};
       },
       {port_at + "HostPortRange.Start: Start must be 1 or greater, not -1",
        port_at + "HostPortRange.End: End must be 65535 or less, not 65536"},
       {"", ""}},
      {"one number for both protocols", [](auto& s) { box(s).ports[0].protocol = "tcpudp"; }, {}, {}},
      {"a block of ports", [](auto& s) { box(s).ports[0].count = 2; }, {}, {}},
      {"too long a block of ports",
       [](auto& s) { box(s).ports[0].count = 65; },
       {port_at + "Count: Count must be 1 to 64, not 65"},
       {""}},
      {"a block that has no room in the range",
       [](auto& s) {
         s.port_range = port_range{1, 2};
         box(s).ports[0].count = 3;
       },
       {port_at + "Count: Count must fit into the port range, 1 to 2, and is 3"},
       {""}},
      {"a block whose names are taken",
       [](auto& s) {
         box(s).ports[0].count = 2;
         box(s).ports.push_back(box(s).ports[0]);
         box(s).ports[1].name = box(s).ports[0].name + "_1";
         box(s).ports[1].count = 0;
       },
       {port_at + "Count: Count makes a port game-1, and there is one of that name"},
       {""}},
      {"files that outlive the room",
       [](auto& s) {
         s.spec.artifacts = {"replays/**", "*.sav", "a..b"};
       },
       {},
       {}},
      {"files of others",
       [](auto& s) { s.spec.artifacts = {"a", "../b", "/c", "a/./b", "", std::string(257, 'x'), "a\nb"}; },
       {artifact_at(1), artifact_at(2), artifact_at(3), artifact_at(4), artifact_at(5), artifact_at(6)},
       std::vector<std::string>(6)},
      {"too many patterns",
       [](auto& s) { s.spec.artifacts.resize(17, "x"); },
       {"Scheduler.Spec.Artifacts: Artifacts must be at most 16, not 17"},
       {""}},
  };
}

TEST(SchedulerValidation, EveryFieldHasItsTextAndTag) {
  auto all = rows();
  for (auto& one : rows_of_ours())
    all.push_back(one);
  for (auto& [name, apply, lines, tags] : all) {
    SCOPED_TRACE(name);
    auto recipe = valid();
    apply(recipe);
    auto outcome = validate_scheduler(recipe);
    if (lines.empty()) {
      EXPECT_TRUE(outcome) << outcome.error().text;
      continue;
    }
    std::string text = "Validation Error:";
    for (auto& line : lines)
      text += "\n" + line;
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().text, text);
    EXPECT_EQ(outcome.error().code, ec::invalid_argument);
    std::vector<std::string> seen;
    for (auto& broken : scheduler_violations(recipe))
      seen.push_back(broken.tag);
    EXPECT_EQ(seen, tags);
  }
}

struct scaling_row {
  const char* name;
  autoscaling base;
  std::function<void(autoscaling&)> apply;
  std::vector<std::string> lines;
  std::vector<std::string> tags;
};

std::vector<scaling_row> scaling_rows() {
  const std::string at = "Autoscaling.Policy.";
  const std::string in = "Autoscaling.Policy.Parameters.RoomOccupancy.";
  return {
      {"occupancy", occupancy(), [](auto&) {}, {}, {}},
      {"buffer", buffer(), [](auto&) {}, {}, {}},
      {"nothing at all",
       autoscaling{},
       [](auto&) {},
       {"Autoscaling.Min: Min must be 1 or greater", at + "Type: Type must be one of [roomOccupancy fixedBuffer]"},
       {"min", "oneof"}},
      {"min 0", occupancy(), [](auto& a) { a.min = 0; }, {}, {}},
      {"min -1", occupancy(), [](auto& a) { a.min = -1; }, {"Autoscaling.Min: Min must be 0 or greater"}, {"min"}},
      {"min above max",
       occupancy(),
       [](auto& a) { a.min = 11; },
       {"Autoscaling.Min: Min must be a number lower than Max"},
       {"custom_lower_than"}},
      {"min equals max", occupancy(), [](auto& a) { a.min = 10; }, {}, {}},
      {"no upper limit", occupancy(), [](auto& a) { a.min = 1000, a.max = -1; }, {}, {}},
      {"max -2",
       occupancy(),
       [](auto& a) { a.max = -2; },
       {"Autoscaling.Min: Min must be a number lower than Max", "Autoscaling.Max: Max must be -1 or greater"},
       {"custom_lower_than", "min"}},
      {"negative cooldown",
       occupancy(),
       [](auto& a) { a.cooldown = -1; },
       {"Autoscaling.Cooldown: Cooldown must be 0 or greater"},
       {"min"}},
      {"unknown policy",
       occupancy(),
       [](auto& a) { a.policy.type = "magic"; },
       {at + "Type: Type must be one of [roomOccupancy fixedBuffer]"},
       {"oneof"}},
      {"occupancy without parameters",
       occupancy(),
       [](auto& a) { a.policy.room_occupancy.reset(); },
       {at + "RoomOccupancy: RoomOccupancy must not be nil for RoomOccupancy policy type"},
       {"required_for_room_occupancy"}},
      {"buffer without parameters",
       buffer(),
       [](auto& a) { a.policy.fixed_buffer.reset(); },
       {at + "FixedBuffer: FixedBuffer must not be nil for FixedBuffer policy type"},
       {"required_for_fixed_buffer"}},
      {"target 0",
       occupancy(),
       [](auto& a) { a.policy.room_occupancy->ready_target = 0; },
       {in + "ReadyTarget: ReadyTarget must be greater than 0"},
       {"gt"}},
      {"target 1",
       occupancy(),
       [](auto& a) { a.policy.room_occupancy->ready_target = 1; },
       {in + "ReadyTarget: ReadyTarget must be less than 1"},
       {"lt"}},
      {"threshold -1",
       occupancy(),
       [](auto& a) { a.policy.room_occupancy->down_threshold = -1; },
       {in + "DownThreshold: DownThreshold must be greater than 0"},
       {"gt"}},
      {"threshold 1",
       occupancy(),
       [](auto& a) { a.policy.room_occupancy->down_threshold = 1; },
       {in + "DownThreshold: DownThreshold must be less than 1"},
       {"lt"}},
      {"target not a number",
       occupancy(),
       [](auto& a) { a.policy.room_occupancy->ready_target = std::numeric_limits<double>::quiet_NaN(); },
       {in + "ReadyTarget: ReadyTarget must be greater than 0"},
       {"gt"}},
      {"buffer of 0",
       buffer(),
       [](auto& a) { a.policy.fixed_buffer->amount = 0; },
       {at + "Parameters.FixedBuffer.Amount: Amount must be greater than 0"},
       {"gt"}},
  };
}

TEST(SchedulerValidation, AutoscalingHasItsTextsAndTags) {
  for (auto& [name, base, apply, lines, tags] : scaling_rows()) {
    SCOPED_TRACE(name);
    auto scaling = base;
    apply(scaling);
    std::vector<std::string> seen_lines;
    std::vector<std::string> seen_tags;
    for (auto& broken : autoscaling_violations(scaling, "Autoscaling")) {
      seen_lines.push_back(broken.where + ": " + broken.message);
      seen_tags.push_back(broken.tag);
    }
    EXPECT_EQ(seen_lines, lines);
    EXPECT_EQ(seen_tags, tags);
  }
}

TEST(SchedulerValidation, EmptyRequestNamesItsFiveFieldsInOrder) {
  scheduler recipe;
  recipe.spec.version = "v1.0.0";
  auto outcome = validate_scheduler(recipe);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(
      outcome.error().text,
      "Validation Error:\nScheduler.Name: Name is a required field\nScheduler.Game: Game is a required field\n"
      "Scheduler.Spec.TerminationGracePeriod: TerminationGracePeriod must be greater than 0\n"
      "Scheduler.Spec.Containers: Containers is a required field\n"
      "Scheduler.MaxSurge: MaxSurge is a required field");
}

TEST(SchedulerValidation, AutoscalingIsReportedFirstAndAlone) {
  scheduler recipe;
  recipe.autoscaling = autoscaling{};
  auto outcome = validate_scheduler(recipe);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().text, "Validation Error:\nAutoscaling.Min: Min must be 1 or greater\n"
                                  "Autoscaling.Policy.Type: Type must be one of [roomOccupancy fixedBuffer]");
}

TEST(SchedulerValidation, LinesFollowTheOrderOfTheRecipe) {
  scheduler recipe;
  recipe.autoscaling = autoscaling{};
  recipe.spec.containers.emplace_back();
  recipe.spec.containers[0].environment.emplace_back();
  recipe.spec.containers[0].ports.emplace_back();
  recipe.spec.containers[0].ports[0].host_port_range = port_range{};
  recipe.port_range = port_range{};
  recipe.rooms_replicas = -1;
  recipe.forwarders = {{"", false, "", "", forwarder_options{0, "{}"}}};
  recipe.max_matches = 0;
  std::vector<std::string> seen;
  for (auto& broken : scheduler_violations(recipe))
    seen.push_back(broken.where);
  const std::vector<std::string> expected{"Scheduler.Name",
                                          "Scheduler.Game",
                                          "Scheduler.Spec.Version",
                                          "Scheduler.Spec.TerminationGracePeriod",
                                          box_at + "Name",
                                          box_at + "Image",
                                          box_at + "ImagePullPolicy",
                                          box_at + "Environment[0].Name",
                                          box_at + "Requests.Memory",
                                          box_at + "Requests.CPU",
                                          box_at + "Limits.Memory",
                                          box_at + "Limits.CPU",
                                          port_at + "Name",
                                          port_at + "Protocol",
                                          port_at + "Port",
                                          port_at + "HostPortRange.Start",
                                          port_at + "HostPortRange.End",
                                          "Scheduler.Autoscaling.Min",
                                          "Scheduler.Autoscaling.Policy.Type",
                                          "Scheduler.PortRange.Start",
                                          "Scheduler.PortRange.End",
                                          "Scheduler.RoomsReplicas",
                                          "Scheduler.MaxSurge",
                                          "Scheduler.Forwarders[0].Name",
                                          "Scheduler.Forwarders[0].ForwardType",
                                          "Scheduler.Forwarders[0].Address",
                                          "Scheduler.Forwarders[0].Options.Timeout",
                                          "Scheduler.MatchAllocation.MaxMatches"};
  EXPECT_EQ(seen, expected);
}

TEST(SchedulerValidation, RawTextNamesKeyFieldAndTag) {
  auto recipe = valid();
  recipe.name = {};
  recipe.max_surge = "x";
  EXPECT_EQ(raw_text(scheduler_violations(recipe)),
            "Key: 'Scheduler.Name' Error:Field validation for 'Name' failed on the 'required' tag\n"
            "Key: 'Scheduler.MaxSurge' Error:Field validation for 'MaxSurge' failed on the 'max_surge' tag");
}

TEST(SchedulerValidation, PortRangesMustGoTogether) {
  const std::string exclusive =
      "scheduler.PortRange and scheduler.Spec.Container.Ports.HostPortRange are mutually "
      "exclusive configurations; please choose only one";
  const std::string all = "must configure HostPortRange for all scheduler.Spec.Container.Ports";
  const std::string none = "must configure scheduler.PortRange or scheduler.Spec.Container.Ports.HostPortRange";
  struct range_row {
    bool whole;
    std::vector<bool> ports; ///< has its own range?
    std::string text;
  };
  for (auto& [whole, ports, text] :
       {range_row{true, {}, ""}, range_row{true, {false, false}, ""}, range_row{true, {true}, exclusive},
        range_row{true, {true, false}, exclusive}, range_row{false, {true, true}, ""},
        range_row{false, {true, false}, all}, range_row{false, {false}, all}, range_row{false, {}, none}}) {
    auto recipe = valid();
    box(recipe).ports.clear();
    for (bool own : ports) {
      container_port port{"p", "tcp", 1, 0, {}};
      if (own)
        port.host_port_range = port_range{1, 2};
      box(recipe).ports.push_back(port);
    }
    if (!whole)
      recipe.port_range.reset();
    auto outcome = validate_scheduler(recipe);
    EXPECT_EQ(outcome ? "" : outcome.error().text, text);
  }
}

TEST(SchedulerValidation, PortRangesAreLookedAtOnlyWhenEveryFieldIsRight) {
  auto recipe = valid();
  recipe.port_range.reset();
  recipe.game = "";
  EXPECT_EQ(validate_scheduler(recipe).error().text,
            "Validation Error:\nScheduler.Game: Game is a required field");
}

TEST(SchedulerValidation, SurgeIsAPositiveNumberOrAnyPercentage) {
  for (auto good : {"1", "10", "+5", "007", "9223372036854775807", "0%", "-5%", "+5%", "25%", "100%"})
    EXPECT_TRUE(is_max_surge(good)) << good;
  for (auto bad : {"", "0", "-1", "%", "1.5", "ten", "1 %", " 1", "1e1", "9223372036854775808", "+-5", "++5",
                   "5%%", "0x10", "twenty%"})
    EXPECT_FALSE(is_max_surge(bad)) << bad;
}

TEST(SchedulerValidation, VersionsAreSemantic) {
  for (auto good : {"v1.0.0", "1.0.0", "v0.0.0", "v10.20.30", "v1.0.0-rc.1", "v1.0.0+build", "v1.0.0-a-b.1+x-y.2"})
    EXPECT_TRUE(is_semantic_version(good)) << good;
  for (auto bad :
       {"", "v", "1", "1.0", "1.0.0.0", "v01.0.0", "v1.0.0-", "v1.0.0+", "vv1.0.0", "v1..0", "v1.0.0-a..b"})
    EXPECT_FALSE(is_semantic_version(bad)) << bad;
}

} // namespace
