// The JSON of the wire: protojson as grpc-gateway's default marshaler speaks it (proto/README.md 1.1), both ways,
// for any message of proto/api/v1, by reflection. Called by the doors for every body; decoding a small ping costs
// well below a microsecond because names are looked up in tables made once for each message type.
//
// Out: declaration order, lowerCamelCase, unset scalars shown, unset messages null unless declared `optional`,
// int64 as string, float32 at its shortest, Duration `"1.500s"`, Timestamp RFC 3339, maps sorted. In: both
// spellings of a name, unknown fields ignored, a repeated field refused, null = absent, integers also from strings
// and integral floats, nothing but white space = `{}`, bytes after the first value ignored, at most
// `json_depth_limit` levels and `json_map_limit` keys of a map field. Time is linear in the length of the text.
#pragma once

#include "messages/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace maestro {

/// Keys of one map (labels, annotations).
constexpr std::size_t json_map_limit = 1000;

/// Appends the message.
void append_json(std::string& out, const google::protobuf::Message& message);
std::string to_json(const google::protobuf::Message& message);

/// Replaces the message by what the text says. A failure is `invalid_argument` and names place, field and value.
/// `maps_sent`, where given, receives the names of the map fields that the text holds, also when they are empty.
result<done> from_json(std::string_view text, google::protobuf::Message& message,
                       std::vector<std::string>* maps_sent = nullptr);
/// The same of a JSON Merge Patch (RFC 7396): null as a map's value takes the entry away, so it is none.
result<done> from_merge_patch(std::string_view text, google::protobuf::Message& message);

} // namespace maestro
