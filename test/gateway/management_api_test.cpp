// Every management route against a real gateway: request, exact answer (proto/README.md 1.2 to 1.5, 9.3).
#include "test/gateway/gateway_fixture.hpp"

namespace {

using namespace maestro;
using namespace std::chrono_literals;

timestamp at(std::int64_t seconds) {
  return timestamp(std::chrono::seconds(seconds));
}
constexpr std::int64_t new_year = 1640995200; // 2022-01-01T00:00:00Z

scheduler golden() {
  scheduler recipe;
  recipe.name = scheduler_name("s1");
  recipe.game = "g";
  recipe.spec.version = "v1.0.0";
  recipe.spec.termination_grace_period = 100s;
  container box;
  box.name = "c";
  box.image = "i";
  box.image_pull_policy = "IfNotPresent";
  box.command = {"./run"};
  box.environment = {{"A", "x", {}, {}},
                     {"B", {}, "metadata.name", {}},
                     {"C", {}, {}, secret_key_ref{"n", "k"}},
                     {"X", "", {}, {}}};
  box.requests = {"100mi", "100m"};
  box.limits = {"200mi", "200m"};
  box.ports = {{"p", "tcp", 12345, 54321, {}}};
  recipe.spec.containers = {box};
  recipe.spec.restart_policy = "Never";
  recipe.port_range = port_range{1, 1000};
  recipe.rooms_replicas = 6;
  recipe.created_at = at(new_year);
  recipe.max_surge = "10%";
  recipe.forwarders = {{"f", true, "gRPC", "127.0.0.1:9090", forwarder_options{}}};
  return recipe;
}

const std::string golden_json =
    R"({"name":"s1","game":"g","state":"creating","portRange":{"start":1,"end":1000},)"
    R"("createdAt":"2022-01-01T00:00:00Z","maxSurge":"10%","roomsReplicas":6,)"
    R"("spec":{"version":"v1.0.0","terminationGracePeriod":"100s",)"
    R"("containers":[{"name":"c","image":"i","imagePullPolicy":"IfNotPresent","command":["./run"],)"
    R"("environment":[{"name":"A","value":"x"},)"
    R"({"name":"B","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}},)"
    R"({"name":"C","valueFrom":{"secretKeyRef":{"name":"n","key":"k"}}},{"name":"X"}],)"
    R"("requests":{"memory":"100mi","cpu":"100m"},"limits":{"memory":"200mi","cpu":"200m"},)"
    R"("ports":[{"name":"p","protocol":"tcp","port":12345,"hostPort":54321}]}],)"
    R"("toleration":"","affinity":"","restartPolicy":"Never"},)"
    R"("forwarders":[{"name":"f","enable":true,"type":"gRPC","address":"127.0.0.1:9090",)"
    R"("options":{"timeout":"1000","metadata":{}}}],)"
    R"("annotations":{},"labels":{},"matchAllocation":{"maxMatches":1}})";

class ManagementApi : public GatewayTest {
protected:
  void expect(const http_answer& answer, unsigned status, const std::string& body) {
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.body, body);
    EXPECT_EQ(answer.headers.at("content-type"), "application/json");
  }
};

TEST_F(ManagementApi, ShowsASchedulerInItsGoldenShape) {
  get_scheduler asked;
  script->get = [&](const get_scheduler& x) -> result<scheduler> {
    asked = x;
    return golden();
  };
  open();
  expect(management("GET", "/schedulers/s1"), 200, "{\"scheduler\":" + golden_json + "}");
  EXPECT_EQ(asked.name.str(), "s1");
  EXPECT_EQ(asked.version, "");
  management("GET", "/schedulers/a%20b%25?version=v1.2.0&unknown=1&unknown=2&schedulerName=x");
  EXPECT_EQ(asked.name.str(), "a b%");
  EXPECT_EQ(asked.version, "v1.2.0");
}

TEST_F(ManagementApi, ShowsAutoscalingAndRangesOfPorts) {
  script->get = [&](const get_scheduler&) -> result<scheduler> {
    auto recipe = golden();
    recipe.port_range.reset();
    recipe.spec.containers[0].ports[0].host_port_range = port_range{5, 6};
    recipe.autoscaling = autoscaling{true, 1, 10, 60, {"roomOccupancy", room_occupancy_policy{0.5F, 0.99F}, {}}};
    return recipe;
  };
  open();
  auto body = management("GET", "/schedulers/s1").body;
  EXPECT_NE(body.find(R"("portRange":null)"), std::string::npos);
  EXPECT_NE(body.find(R"("hostPort":54321,"hostPortRange":{"start":5,"end":6})"), std::string::npos);
  EXPECT_NE(
      body.find(R"("autoscaling":{"enabled":true,"min":1,"max":10,"policy":{"type":"roomOccupancy",)"
                R"("parameters":{"roomOccupancy":{"readyTarget":0.5,"downThreshold":0.99}}},"cooldown":60})"),
      std::string::npos)
      << body;
}

TEST_F(ManagementApi, MissingSchedulerIs404WithTheActorsText) {
  script->get = [](const get_scheduler& x) -> result<scheduler> {
    return failure{ec::not_found, "scheduler " + x.name.str() + " not found"};
  };
  open();
  expect(management("GET", "/schedulers/nobody"), 404, error_json(5, "scheduler nobody not found"));
  expect(management("GET", "/schedulers/"), 404, error_json(5, "scheduler  not found"));
}

TEST_F(ManagementApi, ListsSchedulersWithFilters) {
  list_schedulers asked;
  script->list = [&](const list_schedulers& x) -> result<scheduler_list> {
    asked = x;
    return x.game == "none" ? scheduler_list{} : scheduler_list{{golden()}};
  };
  open();
  expect(management("GET", "/schedulers?name=n&game=g+h&version=v%31.0.0"), 200,
         R"({"schedulers":[{"name":"s1","game":"g","state":"creating","version":"v1.0.0",)"
         R"("portRange":{"start":1,"end":1000},"createdAt":"2022-01-01T00:00:00Z","maxSurge":"10%",)"
         R"("roomsReplicas":6,"matchAllocation":{"maxMatches":1}}]})");
  EXPECT_EQ(asked.name, "n");
  EXPECT_EQ(asked.game, "g h");
  EXPECT_EQ(asked.version, "v1.0.0");
  expect(management("GET", "/schedulers?game=none"), 200, R"({"schedulers":[]})");
  expect(management("GET", "/schedulers?game=a&game=b"), 400,
         error_json(3, R"(too many values for field "game": a, b)"));
  expect(management("GET", "/schedulers?game=%zz"), 400, error_json(3, R"(invalid URL escape "%zz")"));
  expect(management("GET", "/schedulers?game=a;b"), 400, error_json(3, "invalid semicolon separator in query"));
}

TEST_F(ManagementApi, InfoShadowsASchedulerOfThatNameOnlyForGet) {
  script->infos = [](const list_scheduler_infos& x) -> result<scheduler_info_list> {
    if (x.game == "broken")
      return failure{ec::unknown, "boom"};
    scheduler_info info{golden(), {}};
    info.recipe.autoscaling = autoscaling{true, 1, 10, 60, {}};
    info.counts.rooms = {1, 50, 2, 3, 4, 60, 70, 80, 90};
    return scheduler_info_list{{info}};
  };
  std::string removed;
  script->remove = [&](const delete_scheduler& x) -> result<operation_id> {
    removed = x.name.str();
    return operation_id("op");
  };
  open();
  expect(management("GET", "/schedulers/info"), 200,
         R"({"schedulers":[{"name":"s1","game":"g","state":"creating","roomsReplicas":6,"roomsReady":2,)"
         R"("roomsOccupied":3,"roomsPending":1,"roomsTerminating":4,)"
         R"("autoscaling":{"enabled":true,"min":1,"max":10,"cooldown":60},)"
         R"("roomsUnready":50,"roomsActive":80,"roomsAllocated":90,"roomsError":60}]})");
  expect(management("GET", "/schedulers/info?game=broken"), 500,
         error_json(2, "couldn't get scheduler and game rooms information: boom"));
  expect(management("DELETE", "/schedulers/info"), 200, R"({"operationId":"op"})");
  EXPECT_EQ(removed, "info");
}

TEST_F(ManagementApi, CreatesWhatWasSentWithDefaultsFilledIn) {
  scheduler created;
  script->create = [&](const create_scheduler& x) -> result<scheduler> {
    created = x.recipe;
    auto stored = x.recipe;
    stored.created_at = at(new_year);
    return stored;
  };
  open();
  const std::string request =
      R"({"name":"s1","game":"g","state":"in-sync","maxSurge":"10%","roomsReplicas":6,"portRange":{"start":1,"end":1000},)"
      R"("spec":{"version":"v9.9.9","terminationGracePeriod":"100s","containers":[{"name":"c","image":"i",)"
      R"("imagePullPolicy":"IfNotPresent","command":["./run"],"environment":[{"name":"A","value":"x"},)"
      R"({"name":"B","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}},)"
      R"({"name":"C","value_from":{"secret_key_ref":{"name":"n","key":"k"}}},{"name":"X","value":""}],)"
      R"("requests":{"memory":"100mi","cpu":"100m"},"limits":{"memory":"200mi","cpu":"200m"},)"
      R"("ports":[{"name":"p","protocol":"tcp","port":12345,"hostPort":54321}]}]},)"
      R"("forwarders":[{"name":"f","enable":true,"type":"gRPC","address":"127.0.0.1:9090"}]})";
  expect(management("POST", "/schedulers?name=ignored", request), 200, "{\"scheduler\":" + golden_json + "}");
  auto wanted = golden();
  wanted.created_at = never;
  EXPECT_EQ(created, wanted);
}

TEST_F(ManagementApi, CreateKeepsEveryField) {
  scheduler created;
  script->create = [&](const create_scheduler& x) -> result<scheduler> {
    created = x.recipe;
    return x.recipe;
  };
  open();
  const std::string request =
      R"({"name":"s1","game":"g","maxSurge":"1","spec":{"terminationGracePeriod":"1.5s","toleration":"t","affinity":"a",)"
      R"("restartPolicy":"Always","containers":[{"name":"c","image":"i","imagePullPolicy":"Always",)"
      R"("requests":{"memory":"1","cpu":"2"},"limits":{"memory":"3","cpu":"4"},"ports":[{"name":"p","protocol":"udp",)"
      R"("port":1,"hostPortRange":{"start":5,"end":6}}]}]},"autoscaling":{"enabled":true,"min":1,"max":-1,"cooldown":7,)"
      R"("policy":{"type":"roomOccupancy","parameters":{"roomOccupancy":{"readyTarget":0.9},"fixedBuffer":{"amount":3}}}},)"
      R"("forwarders":[{"name":"f","type":"gRPC","address":"a:1","options":{"timeout":"5","metadata":{"b":1,"a":"x"}}}],)"
      R"("annotations":{"k":"v"},"labels":{},"matchAllocation":{"maxMatches":3}})";
  ASSERT_EQ(management("POST", "/schedulers", request).status, 200);
  EXPECT_EQ(created.spec.termination_grace_period, 1500ms);
  EXPECT_EQ(created.spec.restart_policy, "Always");
  EXPECT_FALSE(created.port_range);
  EXPECT_EQ(created.spec.containers[0].ports[0].host_port_range, (port_range{5, 6}));
  ASSERT_TRUE(created.autoscaling && created.autoscaling->policy.room_occupancy);
  EXPECT_EQ(created.autoscaling->policy.room_occupancy->ready_target, 0.8999999761581421);
  EXPECT_EQ(created.autoscaling->policy.room_occupancy->down_threshold, static_cast<double>(0.99F));
  EXPECT_EQ(created.autoscaling->policy.fixed_buffer->amount, 3);
  EXPECT_EQ(created.autoscaling->cooldown, 7);
  EXPECT_EQ(created.forwarders[0].options, (forwarder_options{5, R"({"a":"x","b":1})"}));
  EXPECT_EQ(created.annotations, (std::map<std::string, std::string>{{"k", "v"}}));
  EXPECT_EQ(created.labels, (std::map<std::string, std::string>{}));
  EXPECT_EQ(created.max_matches, 3);
}

// What the original does not know is taken, kept, and shown where it was given.
TEST_F(ManagementApi, CreateKeepsAndShowsOurOwnFields) {
  scheduler created;
  script->create = [&](const create_scheduler& x) -> result<scheduler> {
    created = x.recipe;
    return x.recipe;
  };
  open();
  const std::string box =
      R"("ports":[{"name":"p","protocol":"tcpudp","port":1,"hostPort":0,"count":2}],"stdin":true)";
  const std::string health = R"("probe":"udp","port":"p","send":"00*508","expect":"ff ??","playersAt":2)";
  const std::string artifacts = R"("artifacts":["replays/**"])";
  auto answer = management(
      "POST", "/schedulers",
      R"({"name":"s1","game":"g","maxSurge":"1","portRange":{"start":1,"end":9},"spec":{)"
      R"("terminationGracePeriod":"1s","containers":[{"name":"c","image":"i","imagePullPolicy":"Always",)"
      R"("requests":{"memory":"1","cpu":"2"},"limits":{"memory":"3","cpu":"4"},)" +
          box + R"(}],"health":{)" + health + "}," + artifacts + "}}");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(created.spec.containers[0].ports[0].count, 2);
  EXPECT_TRUE(created.spec.containers[0].takes_input);
  EXPECT_EQ(created.spec.health->players, "occupied");
  EXPECT_EQ(created.spec.health->players_at, 2);
  for (auto& shown : {box, artifacts, std::string(R"("send":"00*508","expect":"ff ??","playersAt":2)")})
    EXPECT_NE(answer.body.find(shown), std::string::npos) << answer.body;
}

TEST_F(ManagementApi, CreateRefusesWithTheWiresTexts) {
  script->create = [&](const create_scheduler& x) -> result<scheduler> {
    return failure{ec::already_exists,
                   "error creating scheduler " + x.recipe.name.str() + ": name already exists"};
  };
  open();
  const std::string empty =
      "Validation Error:\nScheduler.Name: Name is a required field\nScheduler.Game: Game is a required field\n"
      "Scheduler.Spec.TerminationGracePeriod: TerminationGracePeriod must be greater than 0\n"
      "Scheduler.Spec.Containers: Containers is a required field\nScheduler.MaxSurge: MaxSurge is a required "
      "field";
  expect(management("POST", "/schedulers"), 400, error_json(3, empty));
  expect(management("POST", "/schedulers", "{}"), 400, error_json(3, empty));
  expect(management("POST", "/schedulers", R"({"autoscaling":{}})"), 400,
         error_json(3, "Validation Error:\nAutoscaling.Min: Min must be 1 or greater\n"
                       "Autoscaling.Policy.Type: Type must be one of [roomOccupancy fixedBuffer]"));
  expect(management("POST", "/schedulers", R"({"name":5})"), 400,
         error_json(3, "proto: (line 1:9): invalid value for string field name: 5"));
  const std::string whole =
      R"({"name":"s1","game":"g","maxSurge":"1","portRange":{"start":1,"end":2},"spec":{"terminationGracePeriod":"1s",)"
      R"("containers":[{"name":"c","image":"i","imagePullPolicy":"Always","requests":{"memory":"1","cpu":"2"},)"
      R"("limits":{"memory":"3","cpu":"4"}}]}})";
  expect(management("POST", "/schedulers", whole), 409,
         error_json(6, "error creating scheduler s1: name already exists"));
}

TEST_F(ManagementApi, DeletesAndTellsTheOperation) {
  script->remove = [](const delete_scheduler& x) -> result<operation_id> {
    if (x.name.str() == "s1")
      return operation_id("7b5c");
    return failure{ec::not_found, "no scheduler found, can not delete nonexistent scheduler: scheduler " +
                                      x.name.str() + " not found"};
  };
  open();
  expect(management("DELETE", "/schedulers/s1"), 200, R"({"operationId":"7b5c"})");
  expect(management("DELETE", "/schedulers/x"), 404,
         error_json(5, "no scheduler found, can not delete nonexistent scheduler: scheduler x not found"));
}

TEST_F(ManagementApi, ListsVersions) {
  script->versions = [](const list_versions& x) -> result<version_list> {
    if (x.name.str() != "s1")
      return failure{ec::not_found, "scheduler " + x.name.str() + " not found"};
    return version_list{{{"v2.0.0", false, at(new_year + 1)}, {"v1.0.0", true, at(new_year)}}};
  };
  open();
  expect(management("GET", "/schedulers/s1/versions"), 200,
         R"({"versions":[{"version":"v2.0.0","isActive":false,"createdAt":"2022-01-01T00:00:01Z"},)"
         R"({"version":"v1.0.0","isActive":true,"createdAt":"2022-01-01T00:00:00Z"}]})");
  expect(management("GET", "/schedulers/x/versions"), 404, error_json(5, "scheduler x not found"));
}

operation sample(operation_definition definition) {
  operation what;
  what.id = operation_id("op-1");
  what.scheduler = scheduler_name("s1");
  what.status = operation_status::finished;
  what.definition = std::move(definition);
  what.created_at = at(new_year);
  what.history = {{at(new_year), "Created"}, {at(new_year) + 5ms, "Operation finished"}};
  return what;
}

TEST_F(ManagementApi, ListsOperationsOfEachStage) {
  list_operations asked;
  script->operations = [&](const list_operations& x) -> result<operation_page> {
    asked = x;
    auto what = sample(add_rooms_operation{3});
    if (x.stage == operation_stage::active) {
      what.status = operation_status::in_progress;
      what.lease_until = at(new_year + 5) + 300ms;
    }
    return operation_page{41, {what}};
  };
  open();
  const std::string item = R"({"id":"op-1","status":"finished","definitionName":"add_rooms","schedulerName":"s1",)"
                           R"("createdAt":"2022-01-01T00:00:00Z"})";
  expect(management("GET", "/schedulers/s1/operations?stage=final"), 200,
         R"({"page":1,"pageSize":15,"total":41,"operations":[)" + item + "]}");
  EXPECT_TRUE(asked.descending);
  EXPECT_EQ(asked.per_page, 15U);
  expect(management("GET", "/schedulers/s1/operations?stage=final&page=3&per_page=2&orderBy=createdAt%20asc"), 200,
         R"({"page":3,"pageSize":2,"total":41,"operations":[)" + item + "]}");
  EXPECT_FALSE(asked.descending);
  EXPECT_EQ(asked.page, 3U);
  expect(management("GET", "/schedulers/s1/operations?stage=pending"), 200,
         R"({"page":1,"pageSize":1,"total":1,"operations":[)" + item + "]}");
  expect(management("GET", "/schedulers/s1/operations?stage=active"), 200,
         R"({"page":1,"pageSize":1,"total":1,"operations":[{"id":"op-1","status":"in_progress",)"
         R"("definitionName":"add_rooms","lease":{"ttl":"2022-01-01T00:00:05Z"},"schedulerName":"s1",)"
         R"("createdAt":"2022-01-01T00:00:00Z"}]})");
}

TEST_F(ManagementApi, ChecksOperationQueriesInOrder) {
  script->operations = [&](const list_operations& x) -> result<operation_page> {
    if (x.scheduler.str() == "gone")
      return failure{ec::not_found, "scheduler gone not found"};
    return failure{ec::unknown, "boom"};
  };
  open();
  struct row {
    const char* query;
    const char* text;
  };
  for (auto [query, text] :
       {row{"stage=zzz&page=0&orderBy=a+b+c", "invalid sorting parameters number"},
        {"stage=zzz&page=0&order_by=created_at", "invalid sorting field: created_at"},
        {"stage=zzz&page=0&orderBy=createdAt+up", "invalid sorting order: up"},
        {"stage=zzz&page=0", "page must be greater than 0"},
        {"stage=zzz&page=1&perPage=0", "page size must be between 0 and 100"},
        {"stage=zzz&perPage=101", "page size must be between 0 and 100"},
        {"stage=zzz&perPage=5", "there is no pagination filter implemented for zzz stage"},
        {"stage=pending&page=1", "there is no pagination filter implemented for pending stage"},
        {"page=1", "there is no pagination filter implemented for  stage"},
        {"stage=zzz", "invalid stage filter: zzz"},
        {"", "invalid stage filter: "},
        {"stage=a&stage=b", R"(too many values for field "stage": a, b)"},
        {"stage=final&page=x", R"(parsing field "page": strconv.ParseUint: parsing "x": invalid syntax)"},
        {"stage=final&page=-1", R"(parsing field "page": strconv.ParseUint: parsing "-1": invalid syntax)"},
        {"stage=final&page=", R"(parsing field "page": strconv.ParseUint: parsing "": invalid syntax)"},
        {"stage=final&perPage=4294967296",
         R"(parsing field "per_page": strconv.ParseUint: parsing "4294967296": value out of range)"}}) {
    SCOPED_TRACE(query);
    expect(management("GET", "/schedulers/s1/operations?" + std::string(query)), 400, error_json(3, text));
  }
  expect(management("GET", "/schedulers/s1/operations?stage=active"), 500,
         error_json(2, "error listing operations on active stage"));
  expect(management("GET", "/schedulers/gone/operations?stage=active"), 200,
         R"({"page":1,"pageSize":0,"total":0,"operations":[]})");
}

TEST_F(ManagementApi, ShowsAnOperationWithItsInputAndHistory) {
  script->operation_by_id = [](const get_operation& x) -> result<operation> {
    if (x.id.str() == "add")
      return sample(add_rooms_operation{3});
    if (x.id.str() == "remove")
      return sample(remove_rooms_operation{{room_id("r1")}, 0, removal_cause::expired_room});
    if (x.id.str() == "scale")
      return sample(remove_rooms_operation{{}, 2, removal_cause::scale_down});
    if (x.id.str() == "health")
      return sample(health_controller_operation{true});
    if (x.id.str() == "idle")
      return sample(health_controller_operation{false});
    if (x.id.str() == "delete")
      return sample(delete_scheduler_operation{});
    return failure{ec::not_found, "operation " + x.id.str() + " not found in scheduler " + x.scheduler.str()};
  };
  open();
  struct row {
    const char* id;
    const char* name;
    const char* input;
  };
  for (auto [id, name, input] :
       {row{"add", "add_rooms", R"({"amount":3})"},
        {"remove", "remove_rooms", R"({"amount":0,"reason":"expired_room","rooms_ids":["r1"]})"},
        {"scale", "remove_rooms", R"({"amount":2,"reason":"scale_down","rooms_ids":null})"},
        {"health", "health_controller", R"({"took_action":true})"},
        {"idle", "health_controller", "{}"},
        {"delete", "delete_scheduler", "{}"}})
    expect(management("GET", "/schedulers/s1/operations/" + std::string(id)), 200,
           R"({"operation":{"id":"op-1","status":"finished","definitionName":")" + std::string(name) +
               R"(","schedulerName":"s1","createdAt":"2022-01-01T00:00:00Z","input":)" + input +
               R"(,"executionHistory":[{"createdAt":"2022-01-01T00:00:00Z","event":"Created"},)"
               R"({"createdAt":"2022-01-01T00:00:00.005Z","event":"Operation finished"}]}})");
  expect(management("GET", "/schedulers/s1/operations/zz"), 404,
         error_json(5, "operation zz not found in scheduler s1"));
}

TEST_F(ManagementApi, ShowsTheRecipeOfACreationWithGoNames) {
  script->operation_by_id = [](const get_operation&) -> result<operation> {
    auto recipe = golden();
    recipe.state = scheduler_phase::in_sync;
    recipe.spec.containers[0].environment = {};
    recipe.forwarders = {};
    return sample(create_scheduler_operation{recipe});
  };
  open();
  auto body = management("GET", "/schedulers/s1/operations/x").body;
  EXPECT_NE(
      body.find(
          R"("input":{"scheduler":{"Annotations":null,"Autoscaling":null,"CreatedAt":"0001-01-01T00:00:00Z","Forwarders":[],)"
          R"("Game":"g","Labels":null,"LastDownscaleAt":"0001-01-01T00:00:00Z","MatchAllocation":{"MaxMatches":1},)"
          R"("MaxSurge":"10%","Name":"s1","PortRange":{"End":1000,"Start":1},"RollbackVersion":"","RoomsReplicas":6,)"
          R"("Spec":{"Affinity":"","Containers":[{"Command":["./run"],"Environment":null,"Image":"i",)"
          R"("ImagePullPolicy":"IfNotPresent","Limits":{"CPU":"200m","Memory":"200mi"},"Name":"c",)"
          R"("Ports":[{"HostPort":54321,"HostPortRange":null,"Name":"p","Port":12345,"Protocol":"tcp"}],)"
          R"("Requests":{"CPU":"100m","Memory":"100mi"}}],"RestartPolicy":"Never",)"
          R"("TerminationGracePeriod":100000000000,"Toleration":"","Version":"v1.0.0"},"State":"in-sync"}})"),
      std::string::npos)
      << body;
}

TEST_F(ManagementApi, CancelAnswersNothingOrTheWiresErrors) {
  script->cancel = [](const cancel_operation& x) -> result<done> {
    if (x.id.str() == "ok")
      return done{};
    if (x.scheduler.str() != "s1")
      return failure{ec::not_found, "scheduler " + x.scheduler.str() + " not found", failure_subject::scheduler};
    if (x.id.str() == "done")
      return failure{ec::aborted, R"(cannot cancel operation since status "finished" is a final status)"};
    return failure{ec::not_found, "operation " + x.id.str() + " not found in scheduler s1",
                   failure_subject::operation};
  };
  open();
  expect(management("POST", "/schedulers/s1/operations/ok/cancel"), 200, "{}");
  expect(management("POST", "/schedulers/s1/operations/ok/cancel", "not even JSON"), 200, "{}");
  expect(management("POST", "/schedulers/zz/operations/1/cancel"), 500,
         error_json(2, "failed to fetch scheduler from storage: scheduler zz not found"));
  expect(management("POST", "/schedulers/s1/operations/1/cancel"), 500,
         error_json(2, "failed to fetch operation from storage: operation 1 not found in scheduler s1"));
  expect(management("POST", "/schedulers/s1/operations/done/cancel"), 409,
         error_json(10, R"(cannot cancel operation since status "finished" is a final status)"));
}

TEST_F(ManagementApi, ReadsLogs) {
  read_room_logs asked;
  script->logs = [&](const read_room_logs& x) -> result<room_logs> {
    asked = x;
    return room_logs{"line 1\n\x80 line 2"};
  };
  open();
  expect(management("GET", "/schedulers/s1/rooms/r/logs?container=c&tailBytes=100"), 200,
         "{\"logs\":\"line 1\\n\xEF\xBF\xBD line 2\"}");
  EXPECT_EQ(asked.room.str(), "r");
  EXPECT_EQ(asked.container, "c");
  EXPECT_EQ(asked.tail_bytes, 100U);
  EXPECT_EQ(asked.newest, duration{});
  EXPECT_FALSE(asked.is_previous);
  management("GET", "/schedulers/s1/rooms/r/logs?sinceSeconds=90&previous=true");
  EXPECT_EQ(asked.newest, std::chrono::seconds{90});
  EXPECT_TRUE(asked.is_previous);
  expect(management("GET", "/schedulers/s1/rooms/r/logs?previous=perhaps"), 400,
         error_json(3, R"(parsing field "previous": strconv.ParseBool: parsing "perhaps": invalid syntax)"));
  expect(management("GET", "/schedulers/s1/rooms/r/logs?tail_bytes=many"), 400,
         error_json(3, R"(parsing field "tail_bytes": strconv.ParseUint: parsing "many": invalid syntax)"));
}

TEST_F(ManagementApi, HandsOnArtifactsPieceByPiece) {
  std::vector<std::string> asked;
  script->artifacts = [&](const read_artifacts& x) -> result<artifact_piece> {
    asked.push_back(x.room.str() + " after \"" + x.after + "\"");
    if (x.room.str() == "gone")
      return failure{ec::not_found, "nothing is kept of room gone"};
    if (x.room.str() == "lives")
      return failure{ec::failed_precondition, "room lives has not ended"};
    if (x.after == "break")
      return failure{ec::unavailable, "the disk is gone"};
    if (x.after.empty())
      return artifact_piece{std::string("first\0", 6), x.room.str() == "broken" ? "break" : "1 2 3"};
    return artifact_piece{"last", ""};
  };
  open();
  auto whole = management("GET", "/schedulers/s1/rooms/r/artifacts");
  EXPECT_EQ(whole.status, 200u);
  EXPECT_EQ(whole.body, std::string("first\0last", 10));
  EXPECT_EQ(asked, (std::vector<std::string>{"r after \"\"", "r after \"1 2 3\""}));
  expect(management("GET", "/schedulers/s1/rooms/gone/artifacts"), 404,
         error_json(5, "nothing is kept of room gone"));
  expect(management("GET", "/schedulers/s1/rooms/lives/artifacts"), 400,
         error_json(9, "room lives has not ended"));
}

TEST_F(ManagementApi, UnknownPathsAre404AndWrongMethods501) {
  open();
  for (auto path : {"/", "/nothing", "/schedulers/a/b", "/schedulers/a/versions/",
                    "/schedulers/a/operations/b/cancel/x", "//", "/Schedulers", "/schedulers%2Fa%2Fb"})
    expect(management("GET", path), 404, error_json(5, "Not Found"));
  struct row {
    const char* method;
    const char* path;
  };
  for (auto [method, path] : {row{"PUT", "/schedulers"},
                              {"PATCH", "/schedulers"},
                              {"DELETE", "/schedulers"},
                              {"OPTIONS", "/schedulers/a"},
                              {"POST", "/schedulers/a/versions"},
                              {"GET", "/schedulers/a/operations/b/cancel"},
                              {"BREW", "/schedulers"}})
    expect(management(method, path), 501, error_json(12, "Method Not Allowed"));
  auto head = management("HEAD", "/schedulers");
  EXPECT_EQ(head.status, 501);
  EXPECT_EQ(head.body, "");
}

TEST_F(ManagementApi, FormsByPostStandInForOtherMethods) {
  get_scheduler asked;
  script->get = [&](const get_scheduler& x) -> result<scheduler> {
    asked = x;
    return golden();
  };
  script->versions = [](const list_versions&) -> result<version_list> { return version_list{}; };
  script->remove = [](const delete_scheduler&) -> result<operation_id> { return operation_id("op"); };
  open();
  const http_client::header_list form{{"Content-Type", "application/x-www-form-urlencoded"}};
  auto with = [&](const char* method) {
    auto headers = form;
    headers.emplace_back("X-HTTP-Method-Override", method);
    return headers;
  };
  EXPECT_EQ(management("POST", "/schedulers/s1/versions", "a=b", form).body, R"({"versions":[]})");
  EXPECT_EQ(management("POST", "/schedulers/s1", "", with("delete")).body, R"({"operationId":"op"})");
  EXPECT_EQ(management("POST", "/schedulers/s1", "version=v2.0.0", with("GET")).status, 200);
  EXPECT_EQ(asked.version, "v2.0.0");
  EXPECT_EQ(management("POST", "/schedulers/s1/versions", "", {{"X-HTTP-Method-Override", "GET"}}).status, 501);
}

TEST_F(ManagementApi, FailuresOfEveryKindHaveTheirStatus) {
  struct row {
    ec code;
    unsigned status;
    int number;
  };
  std::atomic<ec> code{ec::unknown};
  script->get = [&](const get_scheduler&) -> result<scheduler> { return failure{code, "why"}; };
  open();
  for (auto [failed, status, number] : {row{ec::invalid_argument, 400, 3},
                                        {ec::not_found, 404, 5},
                                        {ec::already_exists, 409, 6},
                                        {ec::failed_precondition, 400, 9},
                                        {ec::aborted, 409, 10},
                                        {ec::unknown, 500, 2},
                                        {ec::unimplemented, 501, 12},
                                        {ec::resource_exhausted, 429, 8},
                                        {ec::unavailable, 503, 14},
                                        {ec::deadline_exceeded, 504, 4},
                                        {ec::internal, 500, 13}}) {
    code = failed;
    expect(management("GET", "/schedulers/s1"), status, error_json(number, "why"));
  }
}

TEST_F(ManagementApi, AnActorThatDoesNotAnswerIs504) {
  settings.request_timeout = 50ms;
  script->silent = true;
  open();
  expect(management("GET", "/schedulers/s1"), 504, error_json(4, "no answer within 50 ms"));
}

TEST_F(ManagementApi, CountsRequestsUnderAFixedSetOfLabels) {
  script->list = [](const list_schedulers&) -> result<scheduler_list> { return scheduler_list{}; };
  script->cancel = [](const cancel_operation&) -> result<done> { return done{}; };
  open();
  management("GET", "/schedulers");
  management("POST", "/schedulers/s1/operations/x/cancel");
  management("BREW", "/schedulers/s1");
  management("GET", "/junk/42");
  internal("/health");
  const std::vector<std::string> expected{
      "management-api  GET 404", "management-api /schedulers GET 200",
      "management-api /schedulers/:schedulerName other 501",
      "management-api /schedulers/:schedulerName/operations/:operationID POST 200"};
  EXPECT_EQ(observer->finished(), expected);
  EXPECT_EQ(observer->in_flight(), 0);
}

TEST_F(ManagementApi, InternalDoorTellsHealthReadinessAndMetrics) {
  open();
  for (auto path : {"/health", "/healthz", "/readyz"}) {
    auto answer = internal(path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.body, "OK") << path;
    EXPECT_EQ(answer.headers.at("content-type"), "text/plain; charset=utf-8");
  }
  observer->meter->ping_update_failed(scheduler_name("s1"));
  auto shown = internal("/metrics").body; // a scrape asks how the node is, too
  EXPECT_EQ(shown, observer->meter->render());
  EXPECT_NE(shown.find("maestro_ready 1\n"), std::string::npos);
  EXPECT_NE(internal("/metrics").body.find("{scheduler=\"s1\"} 1\n"), std::string::npos);
  for (auto* door : {"/healthz", "/readyz", "/metrics", "/checkpoint"})
    EXPECT_NE(internal("/").body.find(door), std::string::npos) << "the overview misses " << door;
  EXPECT_EQ(fetch(ports.internal, "POST", "/checkpoint").body, "{\"folder\":\"/data/journal.checkpoint\"}\n");
  EXPECT_EQ(internal("/checkpoint").status, 405) << "looking changes nothing";
  EXPECT_EQ(internal("/other").status, 404);
  EXPECT_EQ(fetch(ports.internal, "POST", "/health").status, 405);
  script->read_only = true;
  EXPECT_EQ(internal("/readyz").status, 503);
  EXPECT_EQ(internal("/readyz").body, "Service Unavailable: the journal takes no writes: disk full");
  EXPECT_NE(internal("/metrics").body.find("maestro_ready 0\n"), std::string::npos);
  EXPECT_EQ(internal("/health").status, 200);
  script->read_only = false;
  script->recovering = true;
  EXPECT_EQ(internal("/readyz").status, 503);
}

} // namespace
