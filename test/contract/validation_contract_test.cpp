// proto/README.md 1.7 and 9.3, spoken to the real binary: every rule and its text where a whole recipe comes in (M3,
// M4) and where a patch is applied (M5), the order of the lines, and what is just allowed.
#include "test/contract/broken_recipes.hpp"
#include "test/contract/contract_fixture.hpp"

namespace maestro {
namespace {

using namespace std::chrono_literals;

class ValidationContract : public contract_fixture {};

TEST_F(ValidationContract, EveryRuleRefusesAWholeRecipe) {
  for (auto& [from, to, text] : broken_recipes()) {
    SCOPED_TRACE(to);
    auto body = replaced(recipe("rules", 0), from, to);
    expect(ask("POST", "/schedulers", body), 400, error(3, escaped(text)));
    // Validation comes before the question whether there is such a scheduler.
    expect(ask("POST", "/schedulers/rules", body), 400, error(3, escaped(text)));
  }
  expect(ask("GET", "/schedulers/rules"), 404, error(5, "scheduler rules not found"));
}

TEST_F(ValidationContract, NamesAreThoseOfDns) {
  const std::string rule = "Validation Error:\nScheduler.Name: Name must follow the public RFC 1123 about naming "
                           "conventions";
  const std::string long_name(64, 'a');
  for (auto& name : {std::string("-a"), std::string("a-"), std::string("A"), std::string("a_b"),
                     std::string("a.b"), std::string("é"), std::string("a b"), long_name}) {
    SCOPED_TRACE(name);
    expect(ask("POST", "/schedulers", recipe(name, 0)), 400, error(3, escaped(rule)));
  }
  expect(ask("POST", "/schedulers/-a", recipe("fine", 0)), 400, error(3, escaped(rule)));
  expect(ask("POST", "/schedulers", recipe("", 0)), 400,
         error(3, R"(Validation Error:\nScheduler.Name: Name is a required field)"));
  for (auto& name : {std::string("0"), std::string("a--b"), std::string(63, 'b')})
    EXPECT_EQ(ask("POST", "/schedulers", recipe(name, 0)).status, 200) << name;
}

TEST_F(ValidationContract, LinesFollowTheOrderOfTheFields) {
  const std::string everything =
      R"({"matchAllocation":{},"forwarders":[{"options":{}}],"maxSurge":"x","roomsReplicas":-1,"portRange":{},)"
      R"("spec":{"containers":[{"ports":[{"hostPortRange":{}}],"environment":[{}]}]},"name":"-"})";
  const std::string box = R"(\nScheduler.Spec.Containers[0].)";
  expect(
      ask("POST", "/schedulers", everything), 400,
      error(3,
            R"(Validation Error:\nScheduler.Name: Name must follow the public RFC 1123 about naming conventions)"
            R"(\nScheduler.Game: Game is a required field)"
            R"(\nScheduler.Spec.TerminationGracePeriod: TerminationGracePeriod must be greater than 0)" +
                box + "Name: Name is a required field" + box + "Image: Image is a required field" + box +
                "ImagePullPolicy: ImagePullPolicy is a required field" + box +
                "Environment[0].Name: Name is a required field" + box +
                "Requests.Memory: Memory is a required field" + box + "Requests.CPU: CPU is a required field" +
                box + "Limits.Memory: Memory is a required field" + box + "Limits.CPU: CPU is a required field" +
                box + "Ports[0].Name: Name is a required field" + box +
                "Ports[0].Protocol: Protocol is a required field" + box +
                "Ports[0].Port: Port is a required field" + box +
                "Ports[0].HostPortRange.Start: Start must be less than End" + box +
                "Ports[0].HostPortRange.End: End must be greater than Start" +
                R"(\nScheduler.PortRange.Start: Start must be less than End)"
                R"(\nScheduler.PortRange.End: End must be greater than Start)"
                R"(\nScheduler.RoomsReplicas: RoomsReplicas must be 0 or greater)"
                R"(\nScheduler.MaxSurge: MaxSurge must be a number greater than zero or a number greater than )"
                R"(zero with suffix '%')"
                R"(\nScheduler.Forwarders[0].Name: Name is a required field)"
                R"(\nScheduler.Forwarders[0].ForwardType: ForwardType is a required field)"
                R"(\nScheduler.Forwarders[0].Address: Address is a required field)"
                R"(\nScheduler.Forwarders[0].Options.Timeout: Timeout is a required field)"
                R"(\nScheduler.MatchAllocation.MaxMatches: MaxMatches is a required field)"));
}

// Neither a range nor a port: both halves of the rule about ranges fail, and the second is told.
TEST_F(ValidationContract, RangesAreLookedAtLastAndInPlainText) {
  auto bare = replaced(replaced(recipe("bare", 0), R"("portRange":{"start":20000,"end":29999},)", ""),
                       R"([{"name":"p","protocol":"udp","port":12345}])", "[]");
  expect(ask("POST", "/schedulers", bare), 400,
         error(3, "must configure scheduler.PortRange or scheduler.Spec.Container.Ports.HostPortRange"));
  expect(ask("POST", "/schedulers", replaced(bare, R"("game":"g",)", "")), 400,
         error(3, R"(Validation Error:\nScheduler.Game: Game is a required field)"));
}

TEST_F(ValidationContract, WhatIsJustAllowedIsTaken) {
  struct row {
    std::string from, to;
  };
  const std::string game = R"("game":"g")";
  const std::string most = R"("maxSurge":"10%")";
  const std::string port = R"({"name":"p","protocol":"udp","port":12345})";
  const std::string buffer =
      R"("policy":{"type":"fixedBuffer","parameters":{"fixedBuffer":{"amount":1}}},"enabled":false})";
  int number = 0;
  for (auto& [from, to] :
       std::vector<row>{{most, R"("maxSurge":"1")"},
                        {most, R"("maxSurge":"0%")"},
                        {most, R"("maxSurge":"-5%")"},
                        {most, R"("maxSurge":"+5%")"},
                        {most, R"("maxSurge":"+5")"},
                        {R"("command":["./run"],)", ""},
                        {R"("command":["./run"])", R"("environment":[{"name":"X"},{"name":"X","value":""}])"},
                        {R"("cpu":"100m")", R"("cpu":"any text")"},
                        {"[" + port + "]", "[]"},
                        {port, R"({"name":"fifteen-letters","protocol":"tcp","port":70000})"},
                        {port, R"({"name":"p","protocol":"tcp","port":-1,"hostPort":70000})"},
                        {port, port + "," + port},
                        {"\"1s\"", R"("0.000000001s")"},
                        {"\"1s\"", R"("2678400s")"},
                        {game, game + R"(,"matchAllocation":{"maxMatches":35})"},
                        {game, game + R"(,"forwarders":[{"name":"f","type":"gRPC","address":"x"},)"
                                      R"({"name":"f","type":"gRPC","address":"x","options":{"timeout":"-1"}}])"},
                        {game, game + R"(,"autoscaling":{"min":7,"max":-1,)" + buffer},
                        {game, game + R"(,"autoscaling":{"min":7,"max":7,)" + buffer},
                        {game, game + R"(,"autoscaling":{"min":0,"max":1,)" + buffer}, // ours
                        {R"("spec":{)", R"("spec":{"version":"what","restartPolicy":"whatever",)"}}) {
    SCOPED_TRACE(to);
    auto name = "allowed-" + std::to_string(++number);
    auto answer = ask("POST", "/schedulers", replaced(recipe(name, 0), from, to));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_NE(answer.body.find(R"("version":"v1.0.0")"), std::string::npos);
  }
}

/// A line of M5's text.
struct raw_line {
  std::string where, tag;
};

std::string raw(const std::vector<raw_line>& lines) {
  std::string text;
  for (auto& [where, tag] : lines)
    text +=
        (text.empty() ? "" : "\n") + ("Key: 'Scheduler." + where + "' Error:Field validation for '" +
                                      where.substr(where.rfind('.') + 1) + "' failed on the '" + tag + "' tag");
  return text;
}

TEST_F(ValidationContract, EveryRuleRefusesAPatchInTheRawText) {
  struct row {
    std::string patch;
    std::vector<raw_line> lines;
  };
  ASSERT_EQ(ask("POST", "/schedulers", recipe("patched", 0)).status, 200);
  ASSERT_TRUE(in_sync("patched"));
  const std::string box = "Spec.Containers[0].";
  const std::string more = "Spec.Containers[1].";
  const std::string port = box + "Ports[0].";
  const std::string occupancy = "Autoscaling.Policy.Parameters.RoomOccupancy.";
  auto container = [](const std::string& fields) { return R"({"spec":{"containers":[{)" + fields + "}]}}"; };
  auto scaling = [](const std::string& fields, const std::string& policy) {
    return R"({"autoscaling":{)" + fields + R"("policy":{)" + policy + "}}}";
  };
  auto occupied = [&](const std::string& values) {
    return scaling(R"("min":1,"max":2,)",
                   R"("type":"roomOccupancy","parameters":{"roomOccupancy":{)" + values + "}}");
  };
  const std::string buffer = R"("type":"fixedBuffer","parameters":{"fixedBuffer":{"amount":1}})";
  for (auto& [patch, lines] : std::vector<row>{
           {R"({"spec":{"terminationGracePeriod":"0s"}})", {{"Spec.TerminationGracePeriod", "gt"}}},
           {R"({"spec":{"terminationGracePeriod":"-1s"}})", {{"Spec.TerminationGracePeriod", "gt"}}},
           {container(R"("name":"")"), {{box + "Name", "required"}}},
           {container(R"("name":"a_b")"), {{box + "Name", "kube_resource_name"}}},
           {container(R"("image":"")"), {{box + "Image", "required"}}},
           {container(R"("imagePullPolicy":"")"), {{box + "ImagePullPolicy", "required"}}},
           {container(R"("imagePullPolicy":"x")"), {{box + "ImagePullPolicy", "image_pull_policy"}}},
           {container(R"("environment":[{}])"), {{box + "Environment[0].Name", "required"}}},
           {container(R"("requests":{"memory":"1"})"), {{box + "Requests.CPU", "required"}}},
           {container(R"("limits":{"cpu":"1"})"), {{box + "Limits.Memory", "required"}}},
           {container(R"("ports":[{}])"),
            {{port + "Name", "required"}, {port + "Protocol", "required"}, {port + "Port", "required"}}},
           {container(R"("ports":[{"name":"sixteencharacter","protocol":"x","port":1}])"),
            {{port + "Name", "max"}, {port + "Protocol", "ports_protocol"}}},
           {container(R"("ports":[{"name":"p","protocol":"tcp","port":1,"hostPortRange":{"start":2,"end":1}}])"),
            {{port + "HostPortRange.Start", "ltfield"}, {port + "HostPortRange.End", "gtfield"}}},
           {R"({"spec":{"containers":[{},{}]}})",
            {{more + "Name", "required"},
             {more + "Image", "required"},
             {more + "ImagePullPolicy", "required"},
             {more + "Requests.Memory", "required"},
             {more + "Requests.CPU", "required"},
             {more + "Limits.Memory", "required"},
             {more + "Limits.CPU", "required"}}},
           {R"({"portRange":{}})", {{"PortRange.Start", "ltfield"}, {"PortRange.End", "gtfield"}}},
           {R"({"roomsReplicas":-1})", {{"RoomsReplicas", "min"}}},
           {R"({"maxSurge":""})", {{"MaxSurge", "required"}}},
           {R"({"maxSurge":"0"})", {{"MaxSurge", "max_surge"}}},
           {R"({"forwarders":[{}]})",
            {{"Forwarders[0].Name", "required"},
             {"Forwarders[0].ForwardType", "required"},
             {"Forwarders[0].Address", "required"}}},
           {R"({"forwarders":[{"name":"f","type":"x","address":"a","options":{}}]})",
            {{"Forwarders[0].ForwardType", "forwarder_type"}, {"Forwarders[0].Options.Timeout", "required"}}},
           {R"({"matchAllocation":{}})", {{"MatchAllocation.MaxMatches", "required"}}},
           {R"({"matchAllocation":{"maxMatches":-1}})", {{"MatchAllocation.MaxMatches", "min"}}},
           {R"({"matchAllocation":{"maxMatches":36}})", {{"MatchAllocation.MaxMatches", "max"}}},
           {R"({"autoscaling":{}})", {{"Autoscaling.Min", "min"}, {"Autoscaling.Policy.Type", "oneof"}}},
           {scaling(R"("min":-1,"max":2,)", buffer), {{"Autoscaling.Min", "min"}}},
           {scaling(R"("min":3,"max":2,)", buffer), {{"Autoscaling.Min", "custom_lower_than"}}},
           {scaling(R"("min":1,"max":-2,)", buffer),
            {{"Autoscaling.Min", "custom_lower_than"}, {"Autoscaling.Max", "min"}}},
           {scaling(R"("min":1,"max":2,"cooldown":-1,)", buffer), {{"Autoscaling.Cooldown", "min"}}},
           {scaling(R"("min":1,"max":2,)", R"("type":"x")"), {{"Autoscaling.Policy.Type", "oneof"}}},
           {scaling(R"("min":1,"max":2,)", R"("type":"fixedBuffer","parameters":{"fixedBuffer":{"amount":0}})"),
            {{"Autoscaling.Policy.Parameters.FixedBuffer.Amount", "gt"}}},
           {occupied(""), {{occupancy + "ReadyTarget", "gt"}}},
           {occupied(R"("readyTarget":1)"), {{occupancy + "ReadyTarget", "lt"}}},
           {occupied(R"("readyTarget":0.5,"downThreshold":1)"), {{occupancy + "DownThreshold", "lt"}}},
           {occupied(R"("readyTarget":0.5,"downThreshold":-1)"), {{occupancy + "DownThreshold", "gt"}}},
           // Of several faults each has its line, in the order of the fields, autoscaling in its place.
           {R"({"matchAllocation":{},"maxSurge":"x","roomsReplicas":-1,"portRange":{},"autoscaling":{"min":-1,)"
            R"("max":2},"spec":{"terminationGracePeriod":"0s"}})",
            {{"Spec.TerminationGracePeriod", "gt"},
             {"Autoscaling.Min", "min"},
             {"Autoscaling.Policy.Type", "oneof"},
             {"PortRange.Start", "ltfield"},
             {"PortRange.End", "gtfield"},
             {"RoomsReplicas", "min"},
             {"MaxSurge", "max_surge"},
             {"MatchAllocation.MaxMatches", "required"}}}}) {
    SCOPED_TRACE(patch);
    expect(ask("PATCH", "/schedulers/patched", patch), 400,
           error(3, escaped("invalid patched scheduler: " + raw(lines))));
  }
  expect(ask("PATCH", "/schedulers/patched",
             container(R"("ports":[{"name":"p","protocol":"tcp","port":1,"hostPortRange":{"start":1,"end":2}}])")),
         400,
         error(3,
               "invalid patched scheduler: scheduler.PortRange and scheduler.Spec.Container.Ports.HostPortRange "
               "are mutually exclusive configurations; please choose only one"));
  expect(ask("GET", "/schedulers/patched/versions"), 200,
         R"({"versions":[{"version":"v1.0.0","isActive":true,"createdAt":"TIME"}]})");
}

} // namespace
} // namespace maestro
