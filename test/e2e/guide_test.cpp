// The guides (deploy/guide) do what they say: each one's commands run, in order, in one shell, against a real node. References
// have no commands: they are compared with what they are made from.
#include "messages/text.hpp"
#include "test/e2e/tour.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace maestro::test;
namespace fs = std::filesystem;
using ::testing::HasSubstr;

namespace {

constexpr const char* guides = MAESTRO_SOURCE_DIR "/deploy/guide";

std::string described(const std::string& text) {
  std::string one_line;
  for (char c : text)
    one_line += c == '\n' ? ' ' : c;
  return one_line;
}

/// Type of a schema in a word; of another one its name, as a link.
std::string type_of(const json& schema) {
  if (schema.contains("$ref")) {
    auto name = schema["$ref"].get<std::string>();
    name = name.substr(name.rfind('/') + 1);
    return "[" + name + "](#" + maestro::lower_case(name) + ")";
  }
  if (schema.contains("allOf"))
    return type_of(schema["allOf"][0]);
  auto type = schema.value("type", "any");
  if (type == "array")
    return "list of " + type_of(schema["items"]);
  if (type == "object" && schema.contains("additionalProperties") && schema["additionalProperties"].is_object())
    return "map to " + type_of(schema["additionalProperties"]);
  return type + (schema.contains("format") ? " (" + schema["format"].get<std::string>() + ")" : "");
}

/// One door's document as a page's part.
void append_door(std::ostream& page, const json& api, std::map<std::string, json>& schemas) {
  page << "\n## " << api["info"]["title"].get<std::string>()
       << "\n\n| | route | takes | answers |\n|---|---|---|---|\n";
  for (auto& [path, methods] : api["paths"].items())
    for (auto& [method, route] : methods.items()) {
      std::string takes;
      for (auto& parameter : route.value("parameters", json::array()))
        if (parameter["in"] == "query")
          takes += (takes.empty() ? "?" : ", ") + parameter["name"].get<std::string>();
      if (route.contains("requestBody"))
        for (auto& [kind, body] : route["requestBody"]["content"].items())
          if (kind == "application/json")
            takes += (takes.empty() ? "" : "; ") + type_of(body["schema"]);
      std::string answers;
      for (auto& [status, answer] : route["responses"].items())
        if (status == "200" && answer.contains("content"))
          answers = type_of(answer["content"].begin().value()["schema"]);
      page << "| " << maestro::upper_case(method) << " | `" << path << "` | " << takes << " | " << answers
           << " |\n";
    }
  for (auto& [name, schema] : api["components"]["schemas"].items())
    schemas[name] = schema;
}

std::string api_page(const json& management, const json& rooms) {
  std::ostringstream page;
  page << "# API reference\n\nMade from `GET /openapi.json` of both doors by `test/e2e/guide_test.cpp`; not "
          "written by "
          "hand. To the letter, with errors and what each\nfield means: `proto/README.md`. The same services over "
          "gRPC: "
          "`proto/api/v1`.\n";
  std::map<std::string, json> schemas;
  append_door(page, management, schemas);
  append_door(page, rooms, schemas);
  page << "\n## Messages\n";
  for (auto& [name, schema] : schemas) {
    page << "\n### " << name << "\n";
    auto fields = schema.value("properties", json::object());
    page << (fields.empty() ? "\nNo fields.\n" : "\n| field | type | |\n|---|---|---|\n");
    for (auto& [field, type] : fields.items())
      page << "| `" << field << "` | " << type_of(type) << " | " << described(type.value("description", ""))
           << " |\n";
  }
  return page.str();
}

void compare(const std::string& name, const std::string& made) {
  auto file = std::string(guides) + "/" + name;
  if (std::getenv("MAESTRO_WRITE_GOLDEN"))
    std::ofstream(file) << made;
  EXPECT_EQ(read_text(file), made) << "run this with MAESTRO_WRITE_GOLDEN=1 to make it anew";
}

} // namespace

class Guide : public tour, public ::testing::WithParamInterface<std::string> {};

TEST_P(Guide, DoesWhatItSays) {
  auto commands = document_block("deploy/guide/" + GetParam());
  ASSERT_THAT(commands, HasSubstr("maestro ")) << "a guide without a command is a promise that nobody keeps";
  walk(commands);
}

INSTANTIATE_TEST_SUITE_P(All, Guide,
                         ::testing::Values("cluster.md", "concepts.md", "game-server.md", "operations.md",
                                           "sizing.md", "troubleshooting.md", "upgrade-and-backup.md"),
                         [](auto& guide) {
                           std::string name;
                           for (char c : guide.param.substr(0, guide.param.find('.')))
                             name += c == '-' ? '_' : c;
                           return name;
                         });

TEST(Guides, EachIsWalkedOrMade) {
  const std::set<std::string> known{
      "cluster.md",       "concepts.md",         "game-server.md",        "operations.md",
      "sizing.md",        "troubleshooting.md",  "upgrade-and-backup.md", "recipe-reference.md",
      "api-reference.md", "metrics-reference.md"};
  std::set<std::string> found;
  for (auto& entry : fs::directory_iterator(guides))
    found.insert(entry.path().filename());
  EXPECT_EQ(found, known);
}

TEST(Guides, TwentySymptomsHaveACommandEach) {
  std::istringstream in{read_text(std::string(guides) + "/troubleshooting.md")};
  int symptoms = 0, without = 0;
  bool has_command = true;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("**" + std::to_string(symptoms + 1) + ". ")) {
      without += has_command ? 0 : 1;
      has_command = false;
      ++symptoms;
    }
    has_command =
        has_command || line.starts_with("maestro ") || line.starts_with("! maestro ") || line.starts_with("for p");
  }
  EXPECT_EQ(symptoms, 20);
  EXPECT_EQ(without + (has_command ? 0 : 1), 0) << "a symptom has no command";
}

TEST(Guides, TheApiReferenceIsMadeFromTheOpenApiDocuments) {
  node n;
  n.start();
  auto management = n.management("GET", "/openapi.json"), rooms = n.rooms_api("GET", "/openapi.json");
  ASSERT_EQ(management.status, 200U);
  ASSERT_EQ(rooms.status, 200U);
  compare("api-reference.md", api_page(management.body, rooms.body));
}
