// What peers say to each other is positional: another field in another place is read as something else by a node of another
// version. So every message that crosses a link is written here with its defaults, and the bytes of all are one number.
// Where it changes, `rules::peer_format` must grow, and the two of them stand below.
#include "actors/rules/cluster_table.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <caf/binary_serializer.hpp>
#include <gtest/gtest.h>

namespace maestro {

namespace {

constexpr std::uint32_t format = 3;
constexpr std::uint64_t bytes_of_format = 8664711622489095290u;

struct plain_config : caf::actor_system_config {
  plain_config() { register_messages(*this); }
};

class all_messages {
public:
  explicit all_messages(caf::actor_system& system) : system_(system) {}

  template <class... Messages>
  void add() {
    (add_one(Messages()), ...);
  }
  std::uint64_t hash() const { return hash_; }

private:
  template <class Message>
  void add_one(Message message) {
    std::vector<char> bytes;
    caf::binary_serializer sink(system_, bytes);
    ASSERT_FALSE(sink(message));
    bytes.push_back('|');
    for (unsigned char byte : bytes)
      hash_ = (hash_ ^ byte) * 1099511628211u;
  }

  caf::actor_system& system_;
  std::uint64_t hash_ = 14695981039346656037u;
};

TEST(PeerFormat, GrowsWithWhatPeersSay) {
  plain_config config;
  caf::actor_system system{config};
  all_messages all(system);
  all.add<create_scheduler, scheduler, get_scheduler, list_schedulers, scheduler_list, list_scheduler_infos,
          scheduler_info_list, list_versions, version_list, delete_scheduler, operation_id, new_scheduler_version,
          switch_active_version, request_room_end, list_operations, operation_page, get_operation, operation,
          cancel_operation, relay_allocation, allocated_room, find_remote_room, list_rooms, room_list,
          report_room_event, get_room, room_view, read_room_logs, room_logs, get_room_timeline,
          get_operation_timeline, timeline, get_directory_status, directory_status, relay_ping, ping_result,
          explain_rooms, rooms_explanation, peer_hello, scheduler_info, create_instance, delete_instance,
          list_instances, instance_list, prepare_scheduler, remove_scheduler, instance_event, probe_there,
          stop_probing_there, probed_ping, probed_silence>();
  EXPECT_EQ(rules::peer_format, format);
  EXPECT_EQ(all.hash(), bytes_of_format) << "what peers say has changed: let rules::peer_format grow, unless no "
                                            "version with the old one was given out";
}

} // namespace

} // namespace maestro
