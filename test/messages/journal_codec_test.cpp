// Whatever the struct and whatever is in its fields: it comes back as it was, equal values have equal bytes, and
// the bytes are what proto/journal/v1 says they are.
#include "messages/journal_codec.hpp"

#include "journal/v1/journal.pb.h"
#include "messages/journal_fields.hpp"
#include "test/messages/samples.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace maestro {
namespace {

/// Fills every listed field with chance values, extremes and defaults among them.
class filler {
public:
  explicit filler(std::uint64_t seed) : random_(seed) {}

  template <class T>
  void operator()(std::uint32_t, T& x) {
    fill(x);
  }
  template <class T>
  void required(std::uint32_t, T& x) {
    fill(x);
  }
  template <class Alternative, class Variant>
  void kind(std::uint32_t number, Variant& x) {
    if (number == 1)
      chosen_ = 1 + below(std::variant_size_v<Variant>);
    if (number == chosen_)
      fill(x.template emplace<Alternative>());
  }

  template <class T>
  void fill(T& x) {
    if constexpr (wire::is_optional<T>) {
      x.reset();
      if (below(2))
        fill(x.emplace());
    } else if constexpr (wire::is_vector<T>) {
      x.resize(below(4));
      for (auto& item : x)
        fill(item);
    } else if constexpr (wire::is_id<T>) {
      fill(x.value);
    } else if constexpr (std::same_as<T, std::string>) {
      x = text();
    } else if constexpr (std::same_as<T, wire::string_map>) {
      x.clear();
      for (auto n = below(4); n > 0; --n)
        x[text()] = text();
    } else if constexpr (std::same_as<T, double>) {
      x = below(3) == 0 ? 0.0 : static_cast<double>(number()) / 7;
    } else if constexpr (std::same_as<T, timestamp>) {
      x = timestamp{duration{number()}};
    } else if constexpr (std::same_as<T, duration>) {
      x = duration{number()};
    } else if constexpr (std::same_as<T, bool>) {
      x = below(2);
    } else if constexpr (std::is_enum_v<T>) {
      x = static_cast<T>(below(wire::last_of<T> + 1));
    } else if constexpr (std::integral<T>) {
      x = static_cast<T>(number());
    } else {
      auto outer = chosen_;
      fields(*this, x);
      chosen_ = outer;
    }
  }

private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  std::int64_t number() {
    switch (below(6)) {
    case 0: return 0;
    case 1: return -1;
    case 2: return std::numeric_limits<std::int64_t>::max();
    case 3: return std::numeric_limits<std::int64_t>::min();
    case 4: return static_cast<std::int64_t>(below(300));
    }
    return static_cast<std::int64_t>(random_());
  }
  std::string text() {
    std::string x(below(4) == 0 ? below(20'000) : below(12), ' ');
    for (auto& c : x)
      c = static_cast<char>(below(128));
    return x;
  }

  std::mt19937_64 random_;
  std::uint64_t chosen_ = 0;
};

/// How many fields a struct lists.
struct counter {
  std::size_t n = 0;
  template <class T>
  void operator()(std::uint32_t, T&) {
    ++n;
  }
  template <class T>
  void required(std::uint32_t, T&) {
    ++n;
  }
};

/// How many members a struct has: as many as it can be initialized with.
struct anything {
  template <class T>
  operator T&() const;
  template <class T>
  operator T&&() const;
};
template <class T, class... Some>
constexpr std::size_t members() {
  if constexpr (requires { T{Some{}..., anything{}}; })
    return members<T, Some..., anything>();
  else
    return sizeof...(Some);
}

template <class T>
void expect_every_member_listed(const char* name) {
  T x;
  counter count;
  fields(count, x);
  EXPECT_EQ(count.n, members<T>()) << name << " has a member that messages/journal_fields.hpp does not list";
}

#define MAESTRO_ALL_STRUCTS(X)                                                                                    \
  X(port_range)                                                                                                   \
  X(secret_key_ref)                                                                                               \
  X(environment_variable)                                                                                         \
  X(container_resources)                                                                                          \
  X(container_port)                                                                                               \
  X(container)                                                                                                    \
  X(placement_recipe)                                                                                             \
  X(scheduler_spec)                                                                                               \
  X(room_occupancy_policy)                                                                                        \
  X(fixed_buffer_policy)                                                                                          \
  X(autoscaling_policy)                                                                                           \
  X(autoscaling)                                                                                                  \
  X(forwarder_options)                                                                                            \
  X(forwarder)                                                                                                    \
  X(scheduler)                                                                                                    \
  X(create_scheduler_operation)                                                                                   \
  X(add_rooms_operation)                                                                                          \
  X(remove_rooms_operation)                                                                                       \
  X(health_controller_operation)                                                                                  \
  X(delete_scheduler_operation)                                                                                   \
  X(storage_clean_up_operation)                                                                                   \
  X(operation_event)                                                                                              \
  X(operation)                                                                                                    \
  X(finished_operation)                                                                                           \
  X(host_port)                                                                                                    \
  X(room_record)                                                                                                  \
  X(scheduler_created)                                                                                            \
  X(scheduler_state_changed)                                                                                      \
  X(scheduler_downscaled)                                                                                         \
  X(operation_enqueued)                                                                                           \
  X(operation_started)                                                                                            \
  X(operation_progressed)                                                                                         \
  X(operation_ended)                                                                                              \
  X(operation_stepped)                                                                                            \
  X(rooms_answered)                                                                                               \
  X(rooms_ending)                                                                                                 \
  X(place_ending)                                                                                                 \
  X(scheduler_deleted)                                                                                            \
  X(stored_version)                                                                                               \
  X(scheduler_snapshot)                                                                                           \
  X(room_created)                                                                                                 \
  X(room_ports_changed)                                                                                           \
  X(room_instance_changed)                                                                                        \
  X(room_pinged)                                                                                                  \
  X(room_allocated)                                                                                               \
  X(room_removal_started)                                                                                         \
  X(room_removed)                                                                                                 \
  X(room_address)                                                                                                 \
  X(told_room)                                                                                                    \
  X(room_event_reported)                                                                                          \
  X(forwarder_cursor)                                                                                             \
  X(cursors_moved)                                                                                                \
  X(forwarding_snapshot)                                                                                          \
  X(operation_tally)                                                                                              \
  X(pool_snapshot)                                                                                                \
  X(follow_up)                                                                                                    \
  X(enqueue_operation)                                                                                            \
  X(execute_operation)                                                                                            \
  X(operation_outcome)                                                                                            \
  X(record_progress)                                                                                              \
  X(health_plan)                                                                                                  \
  X(create_instance)

TEST(JournalCodec, EveryMemberOfEveryStructIsListed) {
#define X(type) expect_every_member_listed<type>(#type);
  MAESTRO_ALL_STRUCTS(X)
#undef X
}

template <class Message>
std::string canonical(const std::string& bytes) {
  Message message;
  EXPECT_TRUE(message.ParseFromString(bytes));
  message.DiscardUnknownFields();
  std::string out;
  {
    google::protobuf::io::StringOutputStream stream(&out);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return out;
}

template <class T, class Message>
struct coded_kind {
  using type = T;
  using message = Message;
};

namespace pb = ::journal::v1;
using coded_kinds = ::testing::Types<
    coded_kind<scheduler, pb::Scheduler>, coded_kind<operation, pb::Operation>,
    coded_kind<finished_operation, pb::FinishedOperation>, coded_kind<scheduler_event, pb::SchedulerEvent>,
    coded_kind<scheduler_snapshot, pb::Snapshot>, coded_kind<pool_event, pb::PoolEvent>,
    coded_kind<pool_snapshot, pb::Snapshot>, coded_kind<forwarding_event, pb::ForwardingEvent>,
    coded_kind<forwarding_snapshot, pb::Snapshot>, coded_kind<told_room, pb::ToldRoom>,
    coded_kind<enqueue_operation, pb::EnqueueOperation>, coded_kind<execute_operation, pb::ExecuteOperation>,
    coded_kind<operation_outcome, pb::OperationOutcome>, coded_kind<record_progress, pb::RecordProgress>,
    coded_kind<health_plan, pb::HealthPlan>, coded_kind<create_instance, pb::CreateInstance>>;

template <class Kind>
class JournalCodecOf : public ::testing::Test {
protected:
  using value = typename Kind::type;
  static constexpr std::uint64_t seeds = 150;
  static value arbitrary(std::uint64_t seed) {
    value x;
    filler(seed).fill(x);
    return x;
  }
};
TYPED_TEST_SUITE(JournalCodecOf, coded_kinds);

TYPED_TEST(JournalCodecOf, ArbitraryValuesComeBackAsTheyWere) {
  for (std::uint64_t seed = 0; seed < this->seeds; ++seed) {
    auto original = this->arbitrary(seed);
    auto bytes = encode(original);
    auto back = this->arbitrary(seed + 1); // what stood in the target before must not matter
    ASSERT_TRUE(decode(bytes, back)) << "seed " << seed;
    ASSERT_EQ(encode(back), bytes) << "seed " << seed;
    if constexpr (requires { original == back; }) {
      ASSERT_TRUE(original == back) << "seed " << seed;
    }
  }
}

TYPED_TEST(JournalCodecOf, BytesAreTheCanonicalFormOfTheSchema) {
  for (std::uint64_t seed = 0; seed < this->seeds; ++seed) {
    auto bytes = encode(this->arbitrary(seed));
    ASSERT_EQ(canonical<typename TypeParam::message>(bytes), bytes) << "seed " << seed;
  }
}

TYPED_TEST(JournalCodecOf, DamagedBytesAreRefusedOrReadAsAValueButNeverCrash) {
  std::mt19937_64 random(7);
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    auto bytes = encode(this->arbitrary(seed));
    if (bytes.empty())
      continue;
    typename TypeParam::type target;
    for (int i = 0; i < 40; ++i) {
      auto damaged = bytes;
      damaged[random() % damaged.size()] = static_cast<char>(random());
      if (decode(damaged, target))
        encode(target);
      decode(std::string_view(bytes).substr(0, random() % bytes.size()), target);
    }
  }
}

TEST(JournalCodec, AbsentAndEmptyAreKeptApart) {
  scheduler absent, empty, back;
  empty.annotations.emplace();
  empty.spec.containers.resize(1);
  empty.spec.containers[0].environment.resize(1);
  empty.spec.containers[0].environment[0].value = "";
  ASSERT_TRUE(decode(encode(absent), back));
  EXPECT_FALSE(back.annotations.has_value());
  EXPECT_EQ(back, absent);
  ASSERT_TRUE(decode(encode(empty), back));
  EXPECT_TRUE(back.annotations.has_value());
  EXPECT_FALSE(back.labels.has_value());
  EXPECT_EQ(back.spec.containers.at(0).environment.at(0).value, "");
  EXPECT_FALSE(back.spec.containers.at(0).environment.at(0).field_path.has_value());
}

TEST(JournalCodec, ZeroComesBackWhereTheDefaultIsNotZero) {
  follow_up last{add_rooms_operation{}, false};
  health_plan plan{{last}, false}, back;
  ASSERT_TRUE(decode(encode(plan), back));
  EXPECT_FALSE(back.follow_ups.at(0).priority);
  scheduler none, read;
  none.max_matches = 0;
  ASSERT_TRUE(decode(encode(none), read));
  EXPECT_EQ(read.max_matches, 0);
}

TEST(JournalCodec, UnknownKindsAreRefused) {
  scheduler_event event;
  pool_event pool;
  operation op;
  EXPECT_FALSE(decode(std::string_view("\x9a\x06\x00", 3), event)) << "oneof number 99";
  EXPECT_FALSE(decode("", event));
  EXPECT_FALSE(decode("", pool));
  EXPECT_FALSE(decode("", op)) << "an operation without a definition";
  EXPECT_FALSE(decode(encode(pool_event{room_allocated{room_id{"a"}, never}}), op));
  scheduler_snapshot snapshot;
  EXPECT_FALSE(decode(encode(pool_snapshot{}), snapshot));
}

TEST(JournalCodec, ValuesOutsideAnEnumAreRefused) {
  pool_event event;
  auto bytes = encode(pool_event{room_removed{room_id{"a"}, removal_cause::instance_gone, {}, never}});
  ASSERT_TRUE(decode(bytes, event));
  ASSERT_EQ(bytes.back(), 8);
  bytes.back() = 11;
  EXPECT_FALSE(decode(bytes, event));
}

TEST(JournalCodec, FieldsOfALaterVersionAreSkipped) {
  auto bytes = encode(pool_event{room_allocated{room_id{"a"}, samples::at(1)}});
  ASSERT_EQ(static_cast<std::size_t>(bytes[1]), bytes.size() - 2);
  bytes += std::string("\xa2\x06\x03new", 6);
  bytes[1] = static_cast<char>(bytes.size() - 2);
  pool_event event;
  ASSERT_TRUE(decode(bytes, event));
  EXPECT_EQ(event, pool_event(room_allocated{room_id{"a"}, samples::at(1)}));
}

} // namespace
} // namespace maestro
