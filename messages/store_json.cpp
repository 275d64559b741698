#include "messages/store_json.hpp"

#include <google/protobuf/util/json_util.h>

namespace maestro {

std::string write_store_json(const google::protobuf::Message& message) {
  std::string text;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok())
    text.clear();
  return text;
}

bool read_store_json(const std::string& text, google::protobuf::Message& into) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  return google::protobuf::util::JsonStringToMessage(text, &into, options).ok();
}

} // namespace maestro
