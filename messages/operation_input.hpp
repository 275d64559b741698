// The `input` of an operation as the original shows it (proto/README.md 3.4): its own entities with Go's field
// names, absent lists and pointers as null, durations in nanoseconds. Called by messages/api_codec.
#pragma once

#include "messages/operation_types.hpp"

namespace google::protobuf {
class Struct;
}

namespace maestro {

void operation_input(const operation_definition& from, google::protobuf::Struct& to);

} // namespace maestro
