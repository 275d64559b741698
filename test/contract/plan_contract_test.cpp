// GET /schedulers/{schedulerName}/plan of the real binary with simulated rooms, and the same over gRPC: exact answers, what
// is refused, and that asking changes nothing (proto/README.md 1.3 V7, 5.7).
#include "nodes/gateway/json.hpp"
#include "test/contract/contract_fixture.hpp"

#include "api/v1/plans.grpc.pb.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>

namespace maestro {
namespace {

namespace v1 = api::v1;

class PlanContract : public contract_fixture {
protected:
  static std::string plan(const std::string& query = {}) {
    return steady(ask("GET", "/schedulers/planned/plan" + query).body);
  }
  /// The first rooms of the fleet are occupied, the others ready.
  static std::string row(const std::string& id, bool is_occupied) {
    return R"({"id":")" + id + R"(","status":")" + (is_occupied ? "occupied" : "ready") +
           R"(","version":"v1.0.0","action":")" + (is_occupied ? "drain" : "remove") + R"(","reason":")" +
           (is_occupied ? "occupied" : "ready") + R"(","since":"TIME"})";
  }
  static std::string there() {
    return R"("there":{"counted":3,"up":3,"starting":0,"draining":0,"replaced":0,"silent":0,"silentSpared":false,)"
           R"("ending":0,"validating":0,"pending":0,"unready":0,"ready":2,"active":0,"allocated":0,"occupied":1,)"
           R"("error":0,"runningMatches":1,"allocatedSlots":0})";
  }
  static std::string change(int remove, int drain) {
    return R"("change":{"add":0,"remove":)" + std::to_string(remove) + R"(,"drain":)" + std::to_string(drain) +
           R"(,"drains":0,"spare":0,"expired":0,"cause":")" + (remove > 0 ? "scale_down" : "none") +
           R"(","waitsFor":"","lookAgainAt":null,"addLimit":1000,"removeLimit":50})";
  }
  static std::string whole(int wanted, const std::string& change, const std::string& rows, int total) {
    auto number = std::to_string(wanted);
    return R"({"plan":{"at":"TIME","version":"v1.0.0","wanted":)" + number +
           R"(,"steps":[{"reason":"replicas","rooms":)" + number + R"(,"text":"roomsReplicas is )" + number +
           R"("}],)" + there() + "," + change + R"(,"rooms":[)" + rows + R"(],"total":)" + std::to_string(total) +
           R"(,"lookedAt":"TIME","nextLookAt":"TIME"}})";
  }
  static std::string over_grpc(const v1::GetPlanRequest& request, grpc::StatusCode code = grpc::StatusCode::OK) {
    auto stub = v1::PlansService::NewStub(grpc::CreateChannel(
        "127.0.0.1:" + std::to_string(node->management_grpc_port()), grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    v1::GetPlanResponse response;
    auto status = stub->GetPlan(&context, request, &response);
    EXPECT_EQ(status.error_code(), code) << status.error_message();
    return status.ok() ? steady(to_json(response)) : status.error_message();
  }
};

TEST_F(PlanContract, IsTheSameThroughBothDoorsAndChangesNothing) {
  auto ids = with_ready_rooms("planned", 3);
  ASSERT_EQ(ids.size(), 3u);
  std::sort(ids.begin(), ids.end());
  ASSERT_TRUE(ping("planned", ids[0], R"({"status":"occupied","runningMatches":1})"));
  auto free = row(ids[1], false) + "," + row(ids[2], false);

  EXPECT_EQ(plan(), whole(3, change(0, 0), "", 0));
  EXPECT_EQ(plan("?remove=2"), whole(3, change(2, 0), free, 2));
  EXPECT_EQ(plan("?remove=9&limit=1"), whole(3, change(2, 1), row(ids[1], false), 3));
  auto all = whole(0, change(2, 1), free + "," + row(ids[0], true), 3);
  EXPECT_EQ(plan("?rooms=0"), all);
  v1::GetPlanRequest request;
  request.set_scheduler_name("planned");
  EXPECT_EQ(over_grpc(request), plan());
  request.set_rooms(0);
  EXPECT_EQ(over_grpc(request), all);
  EXPECT_EQ(plan("?rooms=0"), all) << "asked again, nothing has changed";
}

TEST_F(PlanContract, RefusesWhatIsNoQuestion) {
  expect(ask("GET", "/schedulers/nowhere/plan"), 404, error(5, "scheduler nowhere not found"));
  expect(ask("GET", "/schedulers/s/plan?remove=4000000000"), 400,
         error(3, "remove must be between 0 and 1000000, not 4000000000"));
  expect(ask("GET", "/schedulers/s/plan?rooms=1000001"), 400,
         error(3, "rooms must be between 0 and 1000000, not 1000001"));
  expect(ask("GET", "/schedulers/s/plan?limit=0"), 400, error(3, "limit must be between 1 and 1000, not 0"));
  expect(ask("GET", "/schedulers/s/plan?limit=1001"), 400, error(3, "limit must be between 1 and 1000, not 1001"));
  expect(ask("GET", "/schedulers/s/plan?rooms=1&remove=1"), 400,
         error(3, "remove and rooms are two questions: ask one of them"));
  expect(ask("GET", "/schedulers/s/plan?remove=-1"), 400,
         error(3, R"(parsing field \"remove\": strconv.ParseUint: parsing \"-1\": invalid syntax)"));
  v1::GetPlanRequest request;
  request.set_scheduler_name("s");
  request.set_limit(0);
  EXPECT_EQ(over_grpc(request, grpc::StatusCode::INVALID_ARGUMENT), "limit must be between 1 and 1000, not 0");
}

} // namespace
} // namespace maestro
