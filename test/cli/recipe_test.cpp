#include "nodes/cli/recipe.hpp"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

using namespace maestro::cli;

namespace {

std::string convert(const std::string& text, const variables& vars = {}) {
  return recipe_to_json(text, "arena.yaml", vars);
}

std::string error_of(const std::string& text) {
  try {
    return "no error: " + convert(text);
  } catch (const recipe_error& e) {
    return e.what();
  }
}

} // namespace

TEST(Recipe, ScalarsGetTheTypeOfTheirField) {
  EXPECT_EQ(convert("name: 2048\nmaxSurge: 10\nroomsReplicas: \"6\"\n"),
            R"({"name":"2048","maxSurge":"10","roomsReplicas":6})");
  EXPECT_EQ(
      convert("spec:\n  containers:\n    - command: [./run, 1, yes, \"007\"]\n"
              "      requests: {cpu: 1, memory: 100Mi}\n"
              "      environment: [{name: A, value: 8080}, {name: B, value: \"no\"}, {name: C, value: "
              "true}]\n"
              "      ports: [{name: game, protocol: udp, port: '7777'}]"),
      R"({"spec":{"containers":[{"command":["./run","1","yes","007"],"requests":{"cpu":"1","memory":"100Mi"},)"
      R"("environment":[{"name":"A","value":"8080"},{"name":"B","value":"no"},{"name":"C","value":"true"}],)"
      R"("ports":[{"name":"game","protocol":"udp","port":7777}]}]}})");
}

TEST(Recipe, EveryBlockOfTheApiIsKnown) {
  auto json = nlohmann::json::parse(convert(R"(
name: a
autoscaling:
  enabled: true
  min: 1
  max: -1
  cooldown: 60
  policy: {type: roomOccupancy, parameters: {roomOccupancy: {readyTarget: 0.5, downThreshold: 0.99}}}
forwarders:
  - {name: mm, enable: true, type: gRPC, address: "127.0.0.1:9090", options: {timeout: 1000, metadata: {roomType: red, n: 3, on: true, s: "3"}}}
annotations: {imageregistry: 1.5}
labels: {}
matchAllocation: {maxMatches: 3}
spec:
  terminationGracePeriod: 1m30s
  containers:
    - environment:
        - {name: H, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}
        - {name: K, valueFrom: {secretKeyRef: {name: s, key: k}}}
      ports: [{name: p, hostPortRange: {start: 1, end: 2}}]
)"));
  EXPECT_EQ(json["autoscaling"]["max"], -1);
  EXPECT_EQ(json["autoscaling"]["policy"]["parameters"]["roomOccupancy"]["readyTarget"], 0.5);
  EXPECT_EQ(json["forwarders"][0]["options"]["metadata"].dump(), R"({"n":3,"on":true,"roomType":"red","s":"3"})");
  EXPECT_EQ(json["annotations"]["imageregistry"], "1.5");
  EXPECT_EQ(json["labels"].dump(), "{}");
  EXPECT_EQ(json["spec"]["terminationGracePeriod"], "90s");
  EXPECT_EQ(json["spec"]["containers"][0]["environment"][1]["valueFrom"]["secretKeyRef"]["key"], "k");
  EXPECT_EQ(json["spec"]["containers"][0]["ports"][0]["hostPortRange"]["end"], 2);
}

TEST(Recipe, SnakeCaseNamesAreTheSameFields) {
  EXPECT_EQ(convert("rooms_replicas: 3\nmax_surge: 25%"), R"({"roomsReplicas":3,"maxSurge":"25%"})");
}

TEST(Recipe, DurationsBecomeSeconds) {
  struct row {
    const char* text;
    const char* seconds;
  };
  for (auto& [text, seconds] : {row{"10s", "10s"}, row{"1m30s", "90s"}, row{"2h", "7200s"},
                                row{"1.5s", "1.500000000s"}, row{"250ms", "0.250000000s"}})
    EXPECT_EQ(convert(std::string{"spec: {terminationGracePeriod: "} + text + "}"),
              std::string{R"({"spec":{"terminationGracePeriod":")"} + seconds + "\"}}");
  EXPECT_EQ(error_of("spec: {terminationGracePeriod: 10}"),
            "arena.yaml:1:8: spec.terminationGracePeriod: \"10\" is no duration; write it like 10s or 1m30s");
}

TEST(Recipe, ErrorsNameFileLineColumnAndField) {
  EXPECT_EQ(error_of("name: a\nspec:\n  containers:\n    - name: c\n      ports:\n        - port: seven\n"),
            "arena.yaml:6:11: spec.containers[0].ports[0].port: \"seven\" is not a whole number");
  EXPECT_EQ(error_of("name: a\nroomReplicas: 3\n"),
            "arena.yaml:2:1: roomReplicas: unknown field; did you mean \"roomsReplicas\"?");
  EXPECT_EQ(error_of("name: a\ncolour: red\n"), "arena.yaml:2:1: colour: unknown field");
  EXPECT_EQ(error_of("name: a\nname: b\n"), "arena.yaml:2:1: name: given twice");
  EXPECT_EQ(error_of("spec: 3"), "arena.yaml:1:1: spec: expected a block of fields, found a single value");
  EXPECT_EQ(error_of("name: [a]"), "arena.yaml:1:1: name: expected a single value, found a list");
  EXPECT_EQ(error_of("forwarders: [{enable: maybe}]"),
            "arena.yaml:1:15: forwarders[0].enable: \"maybe\" is neither true nor false");
  EXPECT_EQ(error_of("roomsReplicas: 1.5"), "arena.yaml:1:1: roomsReplicas: \"1.5\" is not a whole number");
  EXPECT_EQ(error_of("roomsReplicas: 99999999999999999999"),
            "arena.yaml:1:1: roomsReplicas: \"99999999999999999999\" is out of range");
  EXPECT_EQ(error_of(""), "arena.yaml: the recipe is empty");
  EXPECT_EQ(error_of("- a"), "arena.yaml: a recipe is a block of fields, this is a list");
  EXPECT_EQ(error_of("a: 1\n---\nb: 2\n"), "arena.yaml: 2 documents; one recipe is expected");
}

TEST(Recipe, BrokenYamlAndJsonNameTheLine) {
  EXPECT_TRUE(error_of("name: a\nspec: {a: [}\n").starts_with("arena.yaml:2: no valid YAML: "))
      << error_of("name: a\nspec: {a: [}\n");
  EXPECT_TRUE(error_of("{\"name\": \"a\",\n \"game\": }").starts_with("arena.yaml:2: no valid JSON: "));
}

TEST(Recipe, JsonIsTakenAsWell) {
  EXPECT_EQ(convert(R"({"name":"a","roomsReplicas":2,"annotations":{"e":"\ud83d\ude00"}})"),
            "{\"name\":\"a\",\"roomsReplicas\":2,\"annotations\":{\"e\":\"\xF0\x9F\x98\x80\"}}");
  EXPECT_EQ(error_of(R"({"name":"a","gane":"b"})"), "arena.yaml: gane: unknown field; did you mean \"game\"?");
}

TEST(Recipe, WhatGetPrintsCanBeGivenBack) {
  std::string answer =
      R"({"scheduler":{"name":"s1","game":"g","state":"creating","portRange":{"start":1,"end":1000},)"
      R"("createdAt":"2022-01-01T00:00:00Z","maxSurge":"10","roomsReplicas":6,"spec":{"version":"v1.0.0",)"
      R"("terminationGracePeriod":"100s","containers":[{"name":"c","command":["./run","1","true"],)"
      R"("environment":[{"name":"A","value":"0123"},{"name":"E","value":""}],"ports":[]}]},"annotations":{}}})";
  auto recipe = nlohmann::ordered_json::parse(answer)["scheduler"].dump();
  EXPECT_EQ(convert(answer), recipe);
  EXPECT_EQ(convert(json_to_yaml(answer)), recipe) << json_to_yaml(answer);
}

TEST(Recipe, OnlyKnownVariablesAreReplaced) {
  EXPECT_EQ(
      convert("name: ${NAME}-${NAME}\nroomsReplicas: ${N}\nspec: {containers: [{command: [sh, -c, 'echo ${HOME} "
              "${'] }]}",
              {{"NAME", "x"}, {"N", "4"}}),
      R"({"name":"x-x","roomsReplicas":4,"spec":{"containers":[{"command":["sh","-c","echo ${HOME} ${"]}]}})");
}

TEST(Recipe, TheArenaExampleIsRight) {
  std::ifstream in{MAESTRO_SOURCE_DIR "/deploy/examples/arena.yaml"};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  auto json = nlohmann::json::parse(recipe_to_json(text, "arena.yaml", {{"RECIPE_DIR", "/src/deploy/examples"}}));
  EXPECT_EQ(json["name"], "arena");
  EXPECT_EQ(json["spec"]["containers"][0]["command"][0], "/src/deploy/examples/../../build/arena_server");
  EXPECT_EQ(json["spec"]["containers"][0]["environment"][0]["value"], "1000");
  EXPECT_EQ(json["spec"]["containers"][0]["ports"][0]["name"], "game");
}

TEST(Recipe, TextThatIsNoRecipeEndsAndSaysWhy) {
  EXPECT_EQ(error_of(","), "arena.yaml: at least 100 documents; one recipe is expected");
  for (std::string text :
       {",  {", ", a: 1", ",\n,", "[", "]", "}", "&a [*a]", "? ,", "- ,", "%", "!", "a: &a [*a, *a]"})
    EXPECT_EQ(error_of(text).find("arena.yaml"), 0U) << text << ": " << error_of(text);
}

TEST(Recipe, NestingAndRepetitionAreBounded) {
  std::string deep = "{\"forwarders\":";
  deep += std::string(150'000, '[');
  deep += std::string(150'000, ']');
  deep += "}";
  EXPECT_EQ(error_of(deep), "arena.yaml: nested deeper than 100 levels");
  EXPECT_EQ(error_of("a: " + std::string(150, '[') + std::string(150, ']')),
            "arena.yaml:1: nested deeper than 100 levels");
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    auto before = "*a" + std::to_string(i - 1);
    auto name = "a" + std::to_string(i);
    bomb += name;
    bomb += ": &" + name + " [" + before;
    for (int j = 1; j < 10; ++j)
      bomb += ", " + before;
    bomb += "]\n";
  }
  EXPECT_NE(error_of(bomb).find("more than 100000 values"), std::string::npos) << error_of(bomb);
}

TEST(Recipe, TextThatIsNoUtf8IsNamed) {
  EXPECT_EQ(error_of("name: a\ngame: \xff\n"), "arena.yaml:2: the text is no UTF-8: byte 14 is 0xff");
  EXPECT_EQ(error_of("{\"name\":\"\xc0\x80\"}"), "arena.yaml:1: the text is no UTF-8: byte 9 is 0xc0");
  EXPECT_THROW(convert("name: ${N}", {{"N", "\xff"}}), recipe_error);
}

TEST(Recipe, MessagesObeyNoControlCharacters) {
  auto text = error_of("\"\\e]0;owned\\a\\n\": 1");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text, "arena.yaml:1:1: \\x1b]0;owned\\x07\\x0a: unknown field");
}
