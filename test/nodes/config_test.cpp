#include "messages/text.hpp"
#include "nodes/config/config_keys.hpp"
#include "nodes/config/config_manual.hpp"

#include <gmock/gmock.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <unistd.h>

namespace maestro {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const process_host_config& process_of(const node_config& config) {
  return std::get<process_host_config>(config.runtimes);
}

class Config : public ::testing::Test {
protected:
  std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("maestro-config-" + std::to_string(getpid()) + ".yaml");
  ~Config() override { std::filesystem::remove(file); }

  result<node_config> load(const std::string& yaml, const std::map<std::string, std::string>& environment = {},
                           const config_overrides& overrides = {}) {
    std::ofstream(file) << yaml;
    return load_config(file.string(), environment, overrides);
  }
  std::string refusal(const std::string& yaml, const std::map<std::string, std::string>& environment = {},
                      const config_overrides& overrides = {}) {
    auto loaded = load(yaml, environment, overrides);
    return loaded ? "accepted" : loaded.error().text;
  }
};

TEST_F(Config, WithoutAnythingTheDefaultsOfTheOriginalHold) {
  auto config = load_config("", {});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->gateway.management_port, 8080);
  EXPECT_EQ(config->gateway.internal_port, 8081);
  EXPECT_EQ(config->gateway.shutdown_timeout, 30s);
  EXPECT_EQ(config->settings.health_controller_interval, 1min);
  EXPECT_EQ(config->settings.storage_cleanup_interval, 3h);
  EXPECT_EQ(config->settings.operations_ttl, 24h);
  EXPECT_EQ(config->settings.metrics_interval, 10s);
  EXPECT_EQ(config->settings.add_limit, 1000);
  EXPECT_EQ(config->settings.add_batch_size, 40);
  EXPECT_EQ(config->settings.add_operation_timeout, 5s);
  EXPECT_EQ(config->settings.remove_limit, 50);
  EXPECT_EQ(config->settings.room_ping_timeout, 240s);
  EXPECT_EQ(config->settings.room_initialization_timeout, 120s);
  EXPECT_EQ(config->settings.room_deletion_timeout, 120s);
  EXPECT_EQ(config->settings.room_allocation_ttl, 300s);
  EXPECT_EQ(config->settings.operation_lease_ttl, 5s);
  EXPECT_EQ(config->roles, all_roles());
  EXPECT_EQ(config->journal.path, "./data/journal");
  EXPECT_EQ(config->runtime, "process");
  EXPECT_EQ(at_node(process_of(*config), "./data", 8070).rooms_api_url, "http://127.0.0.1:8070");
  EXPECT_EQ(at_node(process_of(*config), "./data", 0).rooms_api_url, "");
  EXPECT_THAT(config->warnings, IsEmpty());
}

TEST_F(Config, EveryLayerIsStrongerThanTheOneBelow) {
  auto yaml = "api: {port: 1001}\nroomsApi: {port: 1002}\ninternalApi: {port: 1003}\n";
  auto config =
      load(yaml, {{"MAESTRO_ROOMSAPI_PORT", "2002"}, {"MAESTRO_INTERNALAPI_PORT", "2003"}, {"HOME", "x"}},
           {{"internalApi.port", "3003"}});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->gateway.management_port, 1001);
  EXPECT_EQ(config->gateway.rooms_port, 2002);
  EXPECT_EQ(config->gateway.internal_port, 3003);
}

TEST_F(Config, KeysAreReadWithoutRegardToCaseAndValuesInTheirUnits) {
  auto config = load("WORKERS:\n  HealthControllerInterval: 2m30s\nservices:\n  roommanager:\n"
                     "    roomPingTimeoutMillis: 1500\n"
                     "roles: [management_api, rooms_api]\nruntime: simulated\n"
                     "journal: {retention: 1.5h}\ndataDir: /var/lib/maestro\n",
                     {{"MAESTRO_WORKERS_STORAGECLENUPINTERVAL", "500ms"}});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->settings.health_controller_interval, 150s);
  EXPECT_EQ(config->settings.room_ping_timeout, 1500ms);
  EXPECT_EQ(config->settings.storage_cleanup_interval, 500ms);
  EXPECT_TRUE(config->has_role(node_role::rooms_api));
  EXPECT_FALSE(config->has_role(node_role::execution_worker));
  EXPECT_EQ(config->runtime, "simulated");
  EXPECT_EQ(config->journal.retention, 90min);
  EXPECT_EQ(config->journal.path, "/var/lib/maestro/journal");
  EXPECT_EQ(config->data_dir, "/var/lib/maestro");
}

TEST_F(Config, AnUnknownKeyStopsTheStartAndIsNamedWithItsPlace) {
  EXPECT_EQ(refusal("api:\n  port: 1\nworkers:\n  healthControlerInterval: 5s\n"),
            file.string() + " line 4: unknown key `workers.healthControlerInterval`; did you mean "
                            "`workers.healthControllerInterval`?");
  EXPECT_EQ(refusal("colour: red\n"), file.string() + " line 1: unknown key `colour`");
  EXPECT_EQ(refusal("", {{"MAESTRO_API_PROT", "1"}}), "environment variable MAESTRO_API_PROT is no known key");
  EXPECT_EQ(refusal("", {}, {{"api.prot", "1"}}),
            "command line: unknown key `api.prot`; did you mean `api.port`?");
}

TEST_F(Config, ABadValueStopsTheStartWithKeyValueAndLimit) {
  EXPECT_EQ(refusal("api:\n  port: 65536\n"),
            file.string() + " line 2: api.port is `65536` but must be a port (0: any free one) from 0 to 65535");
  EXPECT_EQ(
      refusal("", {{"MAESTRO_WORKERS_HEALTHCONTROLLERINTERVAL", "5"}}),
      "environment variable MAESTRO_WORKERS_HEALTHCONTROLLERINTERVAL: workers.healthControllerInterval is `5` "
      "but must be a duration such as 500ms or 2m30s, from 10ms to 24h");
  EXPECT_THAT(refusal("roles: [management_api, cook]\n"), HasSubstr("roles is `management_api,cook` but must be"));
  EXPECT_THAT(refusal("runtime: docker\n"), HasSubstr("runtime is `docker` but must be one of process,simulated"));
  EXPECT_THAT(refusal("operations: {rooms: {add: {limit: 0}}}\n"),
              HasSubstr("operations.rooms.add.limit is `0` but must be a whole number from 1 to 1000000"));
  EXPECT_THAT(refusal("operations: {rooms: {add: {limit: }}}\n"), "accepted") << "an empty value is no value";
  EXPECT_THAT(refusal("dataDir: \"\"\n"), HasSubstr("must be a text that is not empty"));
}

TEST_F(Config, KeysThatDependOnEachOtherAreChecked) {
  EXPECT_THAT(refusal("healthController: {replacementBackoffMin: 2m}\n"),
              HasSubstr("healthController.replacementBackoffMin is `2m` but must not exceed "
                        "healthController.replacementBackoffMax, which is `1m`"));
  EXPECT_THAT(refusal("api: {port: 8070}\n"), HasSubstr("api.port is `8070` but must differ from roomsApi.port"));
  EXPECT_EQ(refusal("api: {port: 0}\nroomsApi: {port: 0}\ninternalApi: {port: 0}\n"), "accepted");
  EXPECT_THAT(refusal("simulated: {readyDelayMin: 2s, readyDelayMax: 1s}\n"), HasSubstr("ready_delay"));
}

TEST_F(Config, ARecipeFitsIntoATransactionOfTheCluster) {
  const std::string large = "limits: {schedulerBytes: 400000}\n";
  const std::string etcd = "cluster:\n  etcd: {endpoints: [\"http://127.0.0.1:2379\"]}\n";
  EXPECT_EQ(refusal(large), "accepted") << "it stands alone";
  EXPECT_EQ(refusal(etcd), "accepted");
  EXPECT_EQ(refusal(large + etcd), "limits.schedulerBytes is `400000` but must be at most 349525, a third of "
                                   "cluster.journal.maxTransactionBytes, which is `1048576`");
  EXPECT_EQ(refusal(large + etcd + "  journal: {maxTransactionBytes: 1200000}\n"), "accepted");
}

TEST_F(Config, KeysOfTheOriginalWithoutMeaningHereAreAcceptedWithAWarning) {
  auto config = load("adapters:\n  redis: {poolSize: 500}\n  roomStorage: {redis: {url: \"redis://x\"}}\n"
                     "  schedulerStorage: {postgres: {url: x, pooSize: 3}}\n  runtime: {kubernetes: {qps: 100}}\n"
                     "  portAllocator: {random: {range: 60001-60010}}\n"
                     "api: {tracing: {jaeger: {disabled: true}}}\nmigration: {path: x}\n",
                     {{"MAESTRO_ADAPTERS_OPERATIONFLOW_REDIS_URL", "redis://y"}});
  ASSERT_TRUE(config) << config.error().text;
  ASSERT_EQ(config->warnings.size(), 9u);
  EXPECT_EQ(config->warnings[0],
            file.string() + " line 2: `adapters.redis.poolSize` has no effect: there is no Redis");
  EXPECT_THAT(config->warnings, Contains(HasSubstr("`adapters.portAllocator.random.range` has no effect: a recipe "
                                                   "names the range of its host ports")));
  EXPECT_THAT(config->warnings.back(), HasSubstr("MAESTRO_ADAPTERS_OPERATIONFLOW_REDIS_URL"));
}

TEST_F(Config, VariablesOfGameServersAreNotConfiguration) {
  auto linked = load("", {{"MAESTRO_PORT", "tcp://10.0.0.7:8080"},
                          {"MAESTRO_PORT_8080_TCP_ADDR", "10.0.0.7"},
                          {"MAESTRO_SERVICE_HOST", "10.0.0.7"},
                          {"MAESTRO_SERVICE_PORT", "8080"},
                          {"MAESTRO_ROOMS_API_SERVICE_PORT_HTTP", "8070"},
                          {"MAESTRO_API_PORT", "tcp://10.0.0.7:8080"}});
  ASSERT_TRUE(linked) << linked.error().text;
  EXPECT_EQ(linked->gateway.management_port, 8080);
  ASSERT_EQ(linked->warnings.size(), 1U) << "the one that has a key's name";
  EXPECT_THAT(linked->warnings[0], HasSubstr("MAESTRO_API_PORT"));
  auto other = load("", {{"MAESTRO_TEAM", "blue"}});
  ASSERT_TRUE(other) << other.error().text;
  EXPECT_THAT(other->warnings.at(0), HasSubstr("MAESTRO_TEAM"));
  EXPECT_EQ(refusal("", {{"MAESTRO_SCHEDULER_NAME", "a"},
                         {"MAESTRO_ROOM_ID", "b"},
                         {"MAESTRO_ROOMS_API", "c"},
                         {"MAESTRO_PORT_GAME", "1"},
                         {"MAESTRO_NODE_MARK", "d"}}),
            "accepted");
}

TEST_F(Config, AFileThatIsNoneIsReported) {
  EXPECT_EQ(load_config("/nowhere/maestro.yaml", {}).error().text,
            "there is no configuration file /nowhere/maestro.yaml");
  EXPECT_THAT(refusal("api: [\n"), AllOf(HasSubstr(file.string()), HasSubstr("line 2")));
  EXPECT_THAT(refusal("- a\n- b\n"), HasSubstr("must be a YAML map of keys"));
  EXPECT_THAT(refusal("api: {port: {deep: 1}}\n"), HasSubstr("unknown key `api.port.deep`"));
  EXPECT_EQ(refusal(""), "accepted");
}

TEST(ConfigValues, DurationsAreGosSyntax) {
  struct row {
    const char* text;
    std::optional<duration> value;
  };
  for (auto& [text, value] : std::initializer_list<row>{{"1m", 1min},
                                                        {"2m30s", 150s},
                                                        {"500ms", 500ms},
                                                        {"1.5h", 90min},
                                                        {"1h2m3s4ms5us6ns", 1h + 2min + 3s + 4ms + 5us + 6ns},
                                                        {"0", 0s},
                                                        {"0s", 0s},
                                                        {"5", std::nullopt},
                                                        {"", std::nullopt},
                                                        {"s", std::nullopt},
                                                        {"-1s", std::nullopt},
                                                        {"1x", std::nullopt},
                                                        {"1 s", std::nullopt},
                                                        {"99999999999h", std::nullopt},
                                                        {"infs", std::nullopt}})
    EXPECT_EQ(parse_duration(text), value) << text;
  for (auto* text : {"1m", "2m30s", "500ms", "168h", "0s", "1us"})
    EXPECT_EQ(show_duration(*parse_duration(text)), text);
}

// Not only our reader, which forgives a mapping that is said twice: most parsers keep the last one and lose the rest.
TEST(ConfigManual, EveryMappingIsSaidOnce) {
  std::vector<std::pair<std::size_t, std::string>> open;
  std::set<std::string> seen;
  std::istringstream page(config_manual());
  for (std::string line; std::getline(page, line);) {
    auto indent = line.find_first_not_of(' ');
    if (indent == std::string::npos || line[indent] == '#')
      continue;
    while (!open.empty() && open.back().first >= indent)
      open.pop_back();
    open.emplace_back(indent, line.substr(indent, line.find(':') - indent));
    std::string path;
    for (auto& [depth, name] : open)
      path += "." + name;
    EXPECT_TRUE(seen.insert(path).second) << path << " is said twice";
  }
  EXPECT_GT(seen.size(), 100u);
}

/// As `path: value`, sorted.
std::string flat(const YAML::Node& node, const std::string& path = "") {
  if (!node.IsMap())
    return path + "=" + node.as<std::string>() + "\n";
  std::map<std::string, std::string> parts;
  for (auto part : node)
    parts[part.first.as<std::string>()] = flat(part.second, path + "." + part.first.as<std::string>());
  std::string all;
  for (auto& [name, text] : parts)
    all += text;
  return all;
}

TEST(ConfigManual, PythonReadsWhatWeRead) {
  auto file = std::string(MAESTRO_DEPLOY) + "/maestro.yaml";
  std::string command =
      "python3 -c \"import yaml,sys\n"
      "class strict(yaml.BaseLoader): pass\n"
      "def mapping(l,n,deep=False):\n"
      "  keys=[l.construct_object(k) for k,_ in n.value]\n"
      "  assert len(keys)==len(set(keys)),keys\n"
      "  return {l.construct_object(k):l.construct_object(v,True) for k,v in n.value}\n"
      "strict.add_constructor('tag:yaml.org,2002:map',mapping)\n"
      "def flat(x,p=''):\n"
      "  return ''.join(flat(x[k],p+'.'+k) for k in sorted(x)) if isinstance(x,dict) else p+'='+x+chr(10)\n"
      "sys.stdout.write(flat(yaml.load(open(sys.argv[1]),strict)))\" '" +
      file + "' 2>&1";
  std::string read;
  std::unique_ptr<FILE, int (*)(FILE*)> python(popen(command.c_str(), "r"), pclose);
  char buffer[4096];
  for (std::size_t n; (n = fread(buffer, 1, sizeof buffer, python.get())) > 0;)
    read.append(buffer, n);
  EXPECT_EQ(read, flat(YAML::LoadFile(file)));
}

// -- the manual ------------------------------------------------------------------------------------------------

TEST(ConfigManual, TheSampleIsMadeOfTheTableAndLoadsAsTheDefaults) {
  auto path = std::filesystem::path(MAESTRO_DEPLOY) / "maestro.yaml";
  if (std::getenv("MAESTRO_WRITE_MANUAL"))
    std::ofstream(path) << config_manual();
  std::stringstream page;
  page << std::ifstream(path).rdbuf();
  EXPECT_EQ(page.str(), config_manual()) << "run MAESTRO_WRITE_MANUAL=1 nodes_test to write the manual anew";

  auto sample = load_config(path.string(), {});
  ASSERT_TRUE(sample) << sample.error().text;
  EXPECT_THAT(sample->warnings, IsEmpty());
  auto defaults = load_config("", {});
  auto from_sample = config_keys(*sample);
  auto from_nothing = config_keys(*defaults);
  for (std::size_t i = 0; i < from_sample.keys().size(); ++i) {
    auto& key = from_sample.keys()[i];
    EXPECT_EQ(key.show(), from_nothing.keys()[i].show()) << key.path;
    auto name = key.path.substr(key.path.rfind('.') + 1);
    EXPECT_THAT(page.str(), HasSubstr(name + ": ")) << key.path;
  }
}

TEST(ConfigManual, EveryDefaultIsWithinItsOwnLimitAndShownSoThatItReadsBack) {
  node_config defaults;
  auto table = config_keys(defaults);
  for (auto& key : table.keys()) {
    auto shown = key.show();
    EXPECT_TRUE(key.set(shown)) << key.path << " " << shown;
    EXPECT_EQ(key.show(), shown) << key.path;
    EXPECT_FALSE(key.meaning.empty()) << key.path;
  }
}

// The page is in the order of its mappings, not in that of the table: what stood before a key there stands elsewhere here.
TEST(ConfigManual, NoMeaningLeansOnAKeyThatStandsElsewhere) {
  for (auto& key : explained_keys())
    EXPECT_THAT(key.meaning, testing::Not(testing::HasSubstr("The same "))) << key.path;
}

TEST(ConfigManual, EveryKeySetsAFieldOfItsOwn) {
  node_config defaults;
  auto untouched = config_keys(defaults);
  std::set<std::string> paths, variables;
  for (std::size_t i = 0; i < untouched.keys().size(); ++i) {
    auto& path = untouched.keys()[i].path;
    EXPECT_TRUE(paths.insert(lower_case(path)).second) << path << " is there twice";
    EXPECT_TRUE(variables.insert(environment_name(path)).second) << path << " shares a variable";
    node_config config;
    auto table = config_keys(config);
    auto& key = table.keys()[i];
    auto before = key.show();
    bool changed = false;
    for (auto* value : {"1", "2", "77777", "1234567", "3s", "7h", "false", "true", "0.25", "management_api",
                        "simulated", "debug", "json", "text"})
      changed = changed || (key.set(value) && key.show() != before);
    EXPECT_TRUE(changed) << path << " cannot be changed";
    std::size_t touched = 0;
    for (std::size_t other = 0; other < table.keys().size(); ++other)
      touched += table.keys()[other].show() != untouched.keys()[other].show();
    EXPECT_EQ(touched, 1u) << path << " changes another key's field";
  }
}

TEST(ConfigManual, EveryRuntimeHasKeysOfItsOwnAndAWordForTheConfiguration) {
  node_config config;
  auto table = config_keys(config);
  EXPECT_EQ(config.runtime, runtime_names.front());
  for (auto name : runtime_names) {
    auto starts_so = [&](auto& key) { return key.path.starts_with(std::string(name) + "."); };
    EXPECT_TRUE(std::any_of(table.keys().begin(), table.keys().end(), starts_so)) << name;
    EXPECT_TRUE(load_config("", {}, {{"runtime", std::string(name)}})) << name;
  }
}

} // namespace
} // namespace maestro
