// One JSON value that is no object and no list, put into the field of a message as protojson reads it: which of null,
// truth, number and text fit which type, within which range. Private to json_decode.cpp.
#pragma once

#include "nodes/gateway/json_schema.hpp"

#include <cstdint>
#include <string_view>

namespace google::protobuf {
class Message;
}

namespace maestro {

enum class scalar_kind : std::uint8_t { null, boolean, number, string };

struct json_scalar {
  scalar_kind kind = scalar_kind::null;
  std::string_view text; ///< unquoted, escapes resolved
  bool truth = false;
};

/// False when it does not fit. Not for fields of any value (json_shape::value).
bool set_scalar(google::protobuf::Message& message, const field_schema& known, const json_scalar& value);
/// The same for one more of a list.
bool append_scalar(google::protobuf::Message& message, const field_schema& known, const json_scalar& value);

} // namespace maestro
