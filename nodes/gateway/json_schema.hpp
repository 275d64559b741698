// What JSON needs to know of a protobuf message type, worked out once: which fields it has under which names and
// how each is written. Private to json_decode.cpp and json_encode.cpp.
#pragma once

#include <cstdint>
#include <google/protobuf/descriptor.h>
#include <string>
#include <string_view>
#include <vector>

namespace maestro {

enum class json_shape : std::uint8_t { scalar, message, duration, timestamp, structure, value };

struct message_schema;

struct field_schema {
  const google::protobuf::FieldDescriptor* field = nullptr;
  std::string quoted_name; ///< `"roomsReplicas":`
  json_shape shape = json_shape::scalar;
  const message_schema* child = nullptr; ///< of a message field; of a map, its entry
  bool repeated = false;                 ///< a list, not a map
  bool map = false;
  bool omit_when_unset = false; ///< declared `optional`, or a list that the original does not have
  std::uint64_t bit = 0;        ///< its place in the set of seen fields
};

struct message_schema {
  std::vector<field_schema> fields; ///< in declaration order

  /// Under either spelling; null when there is no such field.
  const field_schema* find(std::string_view name) const;

  struct entry {
    std::string_view name;
    const field_schema* field = nullptr;
  };
  std::vector<entry> by_name; ///< sorted by length, then text
};

/// Made on first use and kept for the life of the process; may be called from any thread.
const message_schema& schema_of(const google::protobuf::Descriptor* type);

} // namespace maestro
