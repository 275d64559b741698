#include "test/contract/broken_recipes.hpp"

namespace maestro {

namespace {

const std::string box = "Scheduler.Spec.Containers[0].";
const std::string rfc = "Name must follow the public RFC 1123 about naming conventions";
const std::string surge =
    "MaxSurge must be a number greater than zero or a number greater than zero with suffix '%'";

broken_recipe row(const std::string& from, const std::string& to, const std::string& lines) {
  return {from, to, "Validation Error:\n" + lines};
}

void add(std::vector<broken_recipe>& all, std::vector<broken_recipe> more) {
  all.insert(all.end(), more.begin(), more.end());
}

std::vector<broken_recipe> of_the_scheduler() {
  const std::string game = R"("game":"g")";
  const std::string most = R"("maxSurge":"10%")";
  const std::string replicas = R"("roomsReplicas":0)";
  const std::string range = R"({"start":20000,"end":29999})";
  const std::string grace = R"("terminationGracePeriod":"1s")";
  const std::string both = "Scheduler.PortRange.Start: Start must be less than End\n"
                           "Scheduler.PortRange.End: End must be greater than Start";
  const std::string no_grace =
      "Scheduler.Spec.TerminationGracePeriod: TerminationGracePeriod must be greater than 0";
  std::vector<broken_recipe> all{
      row(game, R"("game":"")", "Scheduler.Game: Game is a required field"),
      row(game, R"("game":null)", "Scheduler.Game: Game is a required field"),
      row(most, R"("max_surge":"")", "Scheduler.MaxSurge: MaxSurge is a required field"),
      row(replicas, R"("roomsReplicas":-1)", "Scheduler.RoomsReplicas: RoomsReplicas must be 0 or greater"),
      row(range, R"({})", both),
      row(range, R"({"start":5,"end":5})", both),
      row(range, R"({"start":6,"end":5})", both),
      row(range, R"({"start":0,"end":5})", "Scheduler.PortRange.Start: Start must be 1 or greater, not 0"),
      row(range, R"({"start":-2147483648,"end":2147483647})",
          "Scheduler.PortRange.Start: Start must be 1 or greater, not -2147483648\n"
          "Scheduler.PortRange.End: End must be 65535 or less, not 2147483647"),
      row(grace, R"("terminationGracePeriod":"0s")", no_grace),
      row(grace, R"("terminationGracePeriod":"-0.000000001s")", no_grace),
      row(grace, R"("terminationGracePeriod":null)", no_grace),
      row(grace, R"("terminationGracePeriod":"2678400.001s")",
          "Scheduler.Spec.TerminationGracePeriod: TerminationGracePeriod must be 744h0m0s or less"),
      row(game + "," + most, R"("a":1)",
          "Scheduler.Game: Game is a required field\nScheduler.MaxSurge: MaxSurge is a required field"),
      row(grace, grace + R"(,"health":{"probe":"process","interval":"0.05s"})",
          "Scheduler.Spec.Health.Interval: Interval must be 0.1s to 600s, not 0.05s"),
      row(grace, grace + R"(,"health":{"probe":"process","failures":0})",
          "Scheduler.Spec.Health.Failures: Failures must be 1 to 100, not 0"),
      row(grace, grace + R"(,"health":{})",
          "Scheduler.Spec.Health.Probe: Probe is a required field, unless Timeouts are given")};
  for (auto* text : {"0", "-1", "x", "ten%", "%", "1.5", "1.5%", "+-5", " 1", "99999999999999999999"})
    all.push_back(row(most, R"("maxSurge":")" + std::string(text) + '"', "Scheduler.MaxSurge: " + surge));
  return all;
}

std::vector<broken_recipe> of_a_container() {
  const std::string name = R"("name":"c")";
  const std::string image = R"("image":"i")";
  const std::string policy = R"("imagePullPolicy":"IfNotPresent")";
  const std::string requests = R"("requests":{"memory":"100Mi","cpu":"100m"})";
  const std::string limits = R"("limits":{"memory":"200Mi","cpu":"200m"})";
  const std::string command = R"("command":["./run"])";
  auto needs = [](const std::string& field) { return box + field; };
  const std::string memory = ".Memory: Memory is a required field";
  const std::string cpu = ".CPU: CPU is a required field";
  std::vector<broken_recipe> all{
      row(name, R"("name":"")", needs("Name: Name is a required field")),
      row(name, R"("name":"C")", needs("Name: ") + rfc),
      row(image, R"("image":"")", needs("Image: Image is a required field")),
      row(policy, R"("imagePullPolicy":"")", needs("ImagePullPolicy: ImagePullPolicy is a required field")),
      row(policy, R"("x":1)", needs("ImagePullPolicy: ImagePullPolicy is a required field")),
      row(policy, R"("imagePullPolicy":"always")",
          needs("ImagePullPolicy: ImagePullPolicy must be one of the following options: Always, Never, "
                "IfNotPresent")),
      row(command, R"("environment":[{"name":"A"},{"value":"x"}])",
          needs("Environment[1].Name: Name is a required field")),
      row(requests, R"("requests":{})", needs("Requests" + memory + "\n") + needs("Requests" + cpu)),
      row(requests, R"("x":{})", needs("Requests" + memory + "\n") + needs("Requests" + cpu)),
      row(requests, R"("requests":{"memory":"1"})", needs("Requests" + cpu)),
      row(limits, R"("limits":{"cpu":"1"})", needs("Limits" + memory)),
      row(limits, R"("limits":{"memory":"1","cpu":""})", needs("Limits" + cpu))};
  return all;
}

std::vector<broken_recipe> of_a_port() {
  const std::string port = R"({"name":"p","protocol":"udp","port":12345})";
  const std::string at = box + "Ports[0].";
  const std::string protocol =
      at + "Protocol: Protocol must be one of the following options: tcp, udp, sctp, tcpudp";
  return {row(port, R"({"protocol":"udp","port":1})", at + "Name: Name is a required field"),
          row(port, R"({"name":"sixteencharacter","protocol":"udp","port":1})",
              at + "Name: Name must be a maximum of 15 characters in length"),
          row(port, R"({"name":"p","port":1})", at + "Protocol: Protocol is a required field"),
          row(port, R"({"name":"p","protocol":"UDP","port":1})", protocol),
          row(port, R"({"name":"p","protocol":"udp"})", at + "Port: Port is a required field"),
          row(port, R"({"name":"p","protocol":"udp","port":1,"hostPortRange":{"start":9,"end":9}})",
              at + "HostPortRange.Start: Start must be less than End\n" + at +
                  "HostPortRange.End: End must be greater than Start"),
          row(port, R"({})",
              at + "Name: Name is a required field\n" + at + "Protocol: Protocol is a required field\n" + at +
                  "Port: Port is a required field")};
}

std::vector<broken_recipe> of_a_forwarder() {
  const std::string from = R"("game":"g")";
  const std::string at = "Scheduler.Forwarders[0].";
  auto with = [&](const std::string& forwarder, const std::string& lines) {
    return row(from, from + R"(,"forwarders":[)" + forwarder + "]", lines);
  };
  return {with(R"({})", at + "Name: Name is a required field\n" + at +
                            "ForwardType: ForwardType is a required field\n" + at +
                            "Address: Address is a required field"),
          with(R"({"name":"f","type":"grpc","address":"a:1"})",
               at + "ForwardType: ForwardType must be one of the following options: gRPC"),
          with(R"({"name":"f","type":"gRPC","address":"a:1","options":{}})",
               at + "Options.Timeout: Timeout is a required field"),
          with(R"({"name":"f","type":"gRPC","address":"a:1"},{"name":"f","type":"gRPC"})",
               "Scheduler.Forwarders[1].Address: Address is a required field")};
}

std::vector<broken_recipe> of_matches() {
  const std::string from = R"("game":"g")";
  auto with = [&](const std::string& block, const std::string& text) {
    return row(from, from + R"(,"matchAllocation":)" + block, "Scheduler.MatchAllocation.MaxMatches: " + text);
  };
  return {with(R"({})", "MaxMatches is a required field"),
          with(R"({"maxMatches":0})", "MaxMatches is a required field"),
          with(R"({"maxMatches":-1})", "MaxMatches must be 1 or greater"),
          with(R"({"maxMatches":36})", "MaxMatches must be 35 or less")};
}

std::vector<broken_recipe> of_autoscaling() {
  const std::string from = R"("game":"g")";
  const std::string buffer = R"("policy":{"type":"fixedBuffer","parameters":{"fixedBuffer":{"amount":1}}})";
  const std::string values = "Autoscaling.Policy.Parameters.";
  const std::string type = "Autoscaling.Policy.Type: Type must be one of [roomOccupancy fixedBuffer]";
  auto with = [&](const std::string& block, const std::string& lines) {
    return row(from, from + R"(,"autoscaling":{)" + block + "}", lines);
  };
  auto occupied = [&](const std::string& block, const std::string& lines) {
    return with(R"("min":1,"max":2,"policy":{"type":"roomOccupancy","parameters":{"roomOccupancy":)" + block +
                    "}}",
                lines);
  };
  return {
      with("", "Autoscaling.Min: Min must be 1 or greater\n" + type),
      with(R"("min":-1,"max":2,)" + buffer, "Autoscaling.Min: Min must be 0 or greater"), // ours: 0 is a minimum
      with(R"("min":3,"max":2,)" + buffer, "Autoscaling.Min: Min must be a number lower than Max"),
      with(R"("min":1,"max":-2,)" + buffer,
           "Autoscaling.Min: Min must be a number lower than Max\nAutoscaling.Max: Max must be -1 or greater"),
      with(R"("min":1,"max":2,"cooldown":-1,)" + buffer, "Autoscaling.Cooldown: Cooldown must be 0 or greater"),
      with(R"("min":1,"max":2)", type), with(R"("min":1,"max":2,"policy":{"type":"RoomOccupancy"})", type),
      with(R"("min":1,"max":2,"policy":{"type":"roomOccupancy"})",
           "Autoscaling.Policy.RoomOccupancy: RoomOccupancy must not be nil for RoomOccupancy policy type"),
      with(R"("min":1,"max":2,"policy":{"type":"fixedBuffer"})",
           "Autoscaling.Policy.FixedBuffer: FixedBuffer must not be nil for FixedBuffer policy type"),
      with(R"("min":1,"max":2,"policy":{"type":"fixedBuffer","parameters":{"fixedBuffer":{}}})",
           values + "FixedBuffer.Amount: Amount must be greater than 0"),
      with(R"("min":1,"max":2,"policy":{"type":"fixedBuffer","parameters":{"fixedBuffer":{"amount":-3}}})",
           values + "FixedBuffer.Amount: Amount must be greater than 0"),
      occupied("{}", values + "RoomOccupancy.ReadyTarget: ReadyTarget must be greater than 0"),
      occupied(R"({"readyTarget":-0.5})",
               values + "RoomOccupancy.ReadyTarget: ReadyTarget must be greater than 0"),
      occupied(R"({"readyTarget":1})", values + "RoomOccupancy.ReadyTarget: ReadyTarget must be less than 1"),
      occupied(R"({"readyTarget":0.5,"downThreshold":1})",
               values + "RoomOccupancy.DownThreshold: DownThreshold must be less than 1"),
      occupied(R"({"readyTarget":0.5,"downThreshold":-0.1})",
               values + "RoomOccupancy.DownThreshold: DownThreshold must be greater than 0"),
      // Autoscaling is looked at first and alone.
      row(from, R"("autoscaling":{"min":1,"max":2})", type)};
}

std::vector<broken_recipe> of_ranges() {
  const std::string range = R"("portRange":{"start":20000,"end":29999},)";
  const std::string port = R"("port":12345})";
  const std::string own = R"("port":12345,"hostPortRange":{"start":1,"end":2}})";
  return {{range, "", "must configure HostPortRange for all scheduler.Spec.Container.Ports"},
          {port, own,
           "scheduler.PortRange and scheduler.Spec.Container.Ports.HostPortRange are mutually exclusive "
           "configurations; please choose only one"}};
}

} // namespace

std::vector<broken_recipe> broken_recipes() {
  std::vector<broken_recipe> all = of_the_scheduler();
  for (auto& more : {of_a_container(), of_a_port(), of_a_forwarder(), of_matches(), of_autoscaling(), of_ranges()})
    add(all, more);
  return all;
}

} // namespace maestro
