// Recipes before a server sees them: validate, explain, init, and the places of what is wrong.
#include "test/cli/command_fixture.hpp"

#include "nodes/cli/recipe_places.hpp"
#include "nodes/cli/recipe_shape.hpp"

#include <gmock/gmock.h>

namespace {

using maestro::cli::field_shape;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Guide = maestro::test::command_line;

constexpr const char* broken = "name: Arena\n"                      // 1
                               "game: g\n"                          // 2
                               "roomsReplicas: 2\n"                 // 3
                               "maxSurge: none\n"                   // 4
                               "portRange: {start: 10, end: 20}\n"  // 5
                               "spec:\n"                            // 6
                               "  terminationGracePeriod: 10s\n"    // 7
                               "  containers:\n"                    // 8
                               "    - name: ok\n"                   // 9
                               "      imagePullPolicy: Sometimes\n" // 10
                               "      image: i\n"                   // 11
                               "      requests: {memory: 1Mi}\n"    // 12
                               "      limits: {memory: 1Mi, cpu: 1m}\n";

void each_field(const std::vector<field_shape>& fields, const std::string& path,
                const std::function<void(const field_shape&, const std::string&)>& look) {
  for (auto& field : fields) {
    auto at = path + std::string{field.name};
    look(field, at);
    each_field(field.fields, at + ".", look);
  }
}

} // namespace

TEST_F(Guide, ValidateNamesFileLineColumnAndField) {
  auto r = run({"validate", "-f", "-"}, broken);
  EXPECT_EQ(r.code, 2);
  EXPECT_EQ(r.err,
            "maestro: <stdin>:1:1: name: Name must follow the public RFC 1123 about naming conventions\n"
            "maestro: <stdin>:10:7: spec.containers[0].imagePullPolicy: ImagePullPolicy must be one of the "
            "following options: Always, Never, IfNotPresent\n"
            "maestro: <stdin>:12:7: spec.containers[0].requests.cpu: CPU is a required field\n"
            "maestro: <stdin>:4:1: maxSurge: MaxSurge must be a number greater than zero or a number greater "
            "than zero with suffix '%'\n"
            "maestro: 4 mistakes found\n");
  auto shape = run({"validate", "-f", "-"}, "name: a\nspec:\n  contaners: []\n");
  EXPECT_THAT(shape.err, HasSubstr("<stdin>:3:3: spec.contaners: unknown field; did you mean \"containers\"?"));
  auto good = run({"validate", "-f", MAESTRO_SOURCE_DIR "/deploy/examples/arena.yaml"});
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("scheduler arena is valid\n"));
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(Guide, TheServersComplaintsGetPlacesToo) {
  server_.on(
      "POST /schedulers",
      R"({"code":3,"message":"Validation Error:\nScheduler.Spec.Containers[0].Image: Image is a required field)"
      R"(\nScheduler.Forwarders[0].ForwardType: nope","details":[]})",
      400);
  auto r = run({"scheduler", "create", "-f", "-"}, broken);
  EXPECT_EQ(r.code, 1);
  EXPECT_EQ(r.err, "maestro: <stdin>:11:7: spec.containers[0].image: Image is a required field\n"
                   "<stdin>:1:1: forwarders[0].type: nope\n");
  auto document = maestro::cli::read_document("maxSurge: x\n", "f");
  EXPECT_EQ(
      maestro::cli::with_places("invalid patched scheduler: Key: 'Scheduler.MaxSurge' Error:Field validation for "
                                "'MaxSurge' failed on the 'max_surge' tag",
                                "f", document),
      "f:1:1: maxSurge: Field validation for 'MaxSurge' failed on the 'max_surge' tag");
  EXPECT_EQ(maestro::cli::with_places("something else: entirely", "f", document), "something else: entirely");
}

TEST_F(Guide, ExplainKnowsEveryField) {
  each_field(maestro::cli::recipe_shape(), "", [&](const field_shape& field, const std::string& path) {
    EXPECT_NE(field.help, "") << path << " is not explained in proto/api/v1/messages.proto";
    EXPECT_EQ(run({"explain", path}).code, 0) << path;
  });
  auto ports = run({"explain", "spec.containers[0].ports"});
  EXPECT_THAT(ports.out, AllOf(HasSubstr("spec.containers.ports (list of blocks)\n"), HasSubstr("protocol (text)"),
                               HasSubstr("tcp, udp, sctp, or tcpudp")));
  EXPECT_THAT(run({"explain", "maxSurge"}).out, HasSubstr("Example: maxSurge: 25%\n"));
  EXPECT_THAT(run({"explain"}).out, HasSubstr("portRange (block)"));
  auto wrong = run({"explain", "spec.contaners"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("spec: unknown field \"contaners\"; did you mean \"containers\"?"));
}

TEST_F(Guide, TheStarterRecipeIsValidAndExplainsEverything) {
  auto starter = run({"scheduler", "init", "my-game"});
  ASSERT_EQ(starter.code, 0);
  EXPECT_THAT(starter.out, HasSubstr("\nname: my-game\n"));
  EXPECT_THAT(starter.out, HasSubstr("\ngame: my-game\n"));
  auto checked = run({"validate", "-f", "-"}, starter.out);
  EXPECT_EQ(checked.code, 0) << checked.err << starter.out;
  each_field(maestro::cli::recipe_shape(), "", [&](const field_shape& field, const std::string& path) {
    EXPECT_TRUE(field.is_answer_only || starter.out.find(std::string{field.name} + ":") != std::string::npos)
        << path;
  });
  EXPECT_THAT(starter.out, Not(HasSubstr("state:")));
}

TEST_F(Guide, TheStarterRecipeIsValidWithAllOfItSwitchedOn) {
  std::string all;
  std::istringstream in{run({"scheduler", "init"}).out};
  for (std::string line; std::getline(in, line);) {
    auto hash = line.find("# ");
    auto text = hash == std::string::npos ? line : line.substr(0, hash) + line.substr(hash + 2);
    auto colon = text.find(':');
    auto first = text.find_first_not_of(" -");
    bool is_field = hash != std::string::npos && line.find("# ", hash + 2) == std::string::npos &&
                    colon != std::string::npos && text.find(' ', first) > colon &&
                    std::islower(static_cast<unsigned char>(text[first])) != 0;
    if (hash == std::string::npos || is_field)
      all += text + "\n";
  }
  auto checked = run({"validate", "-f", "-"}, all);
  EXPECT_THAT(checked.err, Not(HasSubstr("unknown field"))) << all;
  EXPECT_THAT(checked.err, Not(HasSubstr("no valid YAML"))) << all;
}
