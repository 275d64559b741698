// What stands in a cluster's store, as JSON that people can read there: unknown fields are skipped, so that nodes of two
// versions understand each other. For cluster_codec and shared_journal_codec.
#pragma once

#include <optional>
#include <string>

namespace google::protobuf {
class Message;
}

namespace maestro {

std::string write_store_json(const google::protobuf::Message& message);
/// False: it cannot be read.
bool read_store_json(const std::string& text, google::protobuf::Message& into);

/// Nothing where it cannot be read.
template <class Message>
std::optional<Message> read_store_json(const std::string& text) {
  Message message;
  if (!read_store_json(text, message))
    return {};
  return message;
}

} // namespace maestro
