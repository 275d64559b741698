// Durations and timestamps as protojson writes them (proto/README.md 1.1). Private to json_decode.cpp.
#pragma once

#include <string_view>

namespace google::protobuf {
class Duration;
class Timestamp;
} // namespace google::protobuf

namespace maestro {

/// `1.5s`, `-0.000000001s`; at most 315,576,000,000 seconds either way. False for anything else.
bool read_duration(std::string_view text, google::protobuf::Duration& to);

/// RFC 3339 in UTC, as this API writes it. False for anything else.
bool read_timestamp(std::string_view text, google::protobuf::Timestamp& to);

} // namespace maestro
