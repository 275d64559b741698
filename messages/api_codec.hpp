// Between the API's messages (proto/api/v1) and our own values. Pure functions, called by the doors and by the
// command line; every field survives in both directions, defaults of the contract are filled in on the way in
// (proto/README.md 1.4, 1.7). Whether a scheduler is acceptable is not decided here but in
// actors/rules/scheduler_validation.
#pragma once

#include "messages/commands.hpp"
#include "messages/operation_types.hpp"
#include "messages/room_types.hpp"
#include "messages/scheduler_types.hpp"

namespace api::v1 {
class AllocateRoomResponse;
class CreateSchedulerRequest;
class NewSchedulerVersionRequest;
class GetRoomAddressResponse;
class ListOperationItem;
class Operation;
class Plan;
class Room;
class Stranger;
class ListChangesResponse;
class Scheduler;
class SchedulerInfo;
class Degraded;
class SchedulerVersion;
class SchedulerWithoutSpec;
class Timeline;
} // namespace api::v1

namespace maestro {

/// Maps that were sent although empty, which protobuf cannot tell from absent ones.
struct sent_maps {
  bool annotations = false;
  bool labels = false;
};

/// The scheduler that a create request asks for: version v1.0.0, state creating, no times yet.
scheduler scheduler_from_api(const api::v1::CreateSchedulerRequest& request, sent_maps sent = {});
/// The recipe of a new version; what belongs to the scheduler itself is not in it.
scheduler scheduler_from_api(const api::v1::NewSchedulerVersionRequest& request, sent_maps sent = {});

void to_api(const scheduler& from, api::v1::Scheduler& to);
void to_api(const scheduler& from, api::v1::SchedulerWithoutSpec& to);
void to_api(const scheduler_condition& from, api::v1::Degraded& to);
void to_api(const scheduler_info& from, api::v1::SchedulerInfo& to);
void to_api(const scheduler_version_info& from, api::v1::SchedulerVersion& to);

/// The lease is shown when `lease_until` is set.
void to_api(const operation& from, api::v1::ListOperationItem& to);
/// Never shows the lease.
void to_api(const operation& from, api::v1::Operation& to);

void to_api(const room_view& from, api::v1::Room& to);
void to_api(const stranger& from, api::v1::Stranger& to);
void to_api(const allocated_room& from, api::v1::AllocateRoomResponse& to);
/// Empty host and no ports until the room's instance has an address.
void to_api(const room_record& from, api::v1::GetRoomAddressResponse& to);

void to_api(const timeline& from, api::v1::Timeline& to);
void to_api(const change_list& from, api::v1::ListChangesResponse& to);
void to_api(const rooms_explanation& from, api::v1::Plan& to);

} // namespace maestro
