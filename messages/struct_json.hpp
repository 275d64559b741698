// JSON text of free-form objects (google.protobuf.Struct) and of numbers. Output is protojson's: compact, keys sorted,
// shortest numbers, so equal values have equal text. Called by messages/api_codec and by the doors (nodes/gateway/json).
#pragma once

#include "messages/json_text.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Struct;
class Value;
} // namespace google::protobuf

namespace maestro {

/// How deep JSON may nest before it is refused.
constexpr std::size_t json_depth_limit = 100;

/// Appends the shortest decimal that reads back as the same value; NaN and infinities as quoted words.
void append_json_number(std::string& out, double value);
void append_json_number(std::string& out, float value);

void append_json(std::string& out, const google::protobuf::Struct& value);
void append_json(std::string& out, const google::protobuf::Value& value);

std::string to_json(const google::protobuf::Struct& value);
/// False when the text is no JSON object, nests too deep or repeats a key.
bool from_json(std::string_view text, google::protobuf::Struct& value);

/// Builds a Struct or a Value from JSON events. Every event answers false when it cannot be applied (`refusal`
/// says why); the builder is complete when `depth` is back at 0.
class struct_builder {
public:
  explicit struct_builder(google::protobuf::Struct& root);
  explicit struct_builder(google::protobuf::Value& root);

  bool null();
  bool boolean(bool value);
  bool number(double value);
  bool string(std::string_view value);
  bool start_object();
  bool key(std::string_view name);
  bool end();
  bool start_array();

  std::size_t depth() const { return open_.size(); }
  const std::string& refusal() const { return refusal_; }

private:
  struct level {
    google::protobuf::Struct* object = nullptr;
    google::protobuf::Value* array = nullptr;
    google::protobuf::Value* next = nullptr; ///< where the value of the latest key goes
  };
  google::protobuf::Value* slot();
  bool push(level opened);

  google::protobuf::Struct* root_struct_ = nullptr;
  google::protobuf::Value* root_value_ = nullptr;
  std::vector<level> open_;
  std::string refusal_;
};

} // namespace maestro
