#include "nodes/gateway/json.hpp"
#include "nodes/gateway/json_number.hpp"
#include "nodes/gateway/json_place.hpp"
#include "nodes/gateway/json_scalar.hpp"
#include "nodes/gateway/json_schema.hpp"
#include "nodes/gateway/json_syntax.hpp"

#include "messages/struct_json.hpp"

#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>

#include <fmt/format.h>
#include <rapidjson/error/error.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <array>
#include <optional>
#include <set>

namespace maestro {

namespace pb = google::protobuf;

namespace {

// The JSON events of one body, applied to a message as they come:
//
//   message ──key──> known field ──value──> set it           list ──value──> append
//      │                 └──{ or [──> open a frame            map ──key, value──> add an entry
//      └──key──> unknown ──value──> ignored, {…} or […] skipped
//
// Inside a Struct or Value everything goes to a struct_builder until it is closed.
class message_decoder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, message_decoder> {
public:
  message_decoder(pb::Message& root, std::string_view text, const rapidjson::MemoryStream& stream,
                  std::vector<std::string>* maps_sent, bool is_patch)
      : root_(root), place_(text, stream), maps_sent_(maps_sent), is_patch_(is_patch) {}

  bool Null() { return take({scalar_kind::null, "null", false}); }
  bool Bool(bool value) { return take({scalar_kind::boolean, value ? "true" : "false", value}); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return take({scalar_kind::number, {text, size}, false});
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return well_formed({text, size}) && take({scalar_kind::string, {text, size}, false});
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    return well_formed({text, size}) && key({text, size});
  }
  bool StartObject() { return opened(open(true)); }
  bool StartArray() { return opened(open(false)); }
  bool EndObject(rapidjson::SizeType) { return advance(close()); }
  bool EndArray(rapidjson::SizeType) { return advance(close()); }

  const std::string& refusal() const { return refusal_; }

private:
  enum class frame_kind : std::uint8_t { message, list, map, structure, skipped };
  struct frame {
    frame_kind kind;
    pb::Message* message;
    const message_schema* schema;
    const field_schema* field; ///< of a message: the key seen last, null when unknown
    std::uint64_t seen;
  };

  frame& top() { return frames_[depth_ - 1]; }
  bool advance(bool applied) {
    place_.passed(0);
    return applied;
  }
  bool opened(bool applied) {
    place_.passed(1);
    return applied;
  }
  bool well_formed(std::string_view text);
  bool key(std::string_view name);
  bool take(const json_scalar& value);
  bool open(bool object);
  bool close();
  bool push(frame opened);
  bool open_field(bool object);
  bool open_structure(bool object, frame opened);
  bool apply_to_builder(const json_scalar& value);
  bool set_value(const json_scalar& value);
  bool add_to_list(const json_scalar& value);
  bool add_to_map(const json_scalar& value);
  bool set_single(pb::Message& message, const field_schema& known, const json_scalar& value);

  bool refuse(std::string why);
  bool refuse_value();
  bool refuse_value(const field_schema& known);

  pb::Message& root_;
  json_place place_;
  std::vector<std::string>* maps_sent_;
  bool is_patch_;
  std::size_t depth_ = 0;
  std::array<frame, json_depth_limit> frames_;
  std::optional<struct_builder> builder_;
  std::set<std::string> map_keys_; ///< no hash: keys that collide would cost the square of their number
  std::string map_key_;
  std::string refusal_;
};

bool message_decoder::refuse(std::string why) {
  refusal_ = "proto: " + place_.show() + ": " + std::move(why);
  return false;
}

bool message_decoder::refuse_value(const field_schema& known) {
  const char* wanted = known.repeated ? "list" : known.map ? "map" : known.field->type_name();
  if (known.repeated && depth_ > 0 && frames_[depth_ - 1].kind == frame_kind::list)
    wanted = known.field->type_name();
  if (known.shape == json_shape::duration)
    wanted = "google.protobuf.Duration";
  return refuse(
      fmt::format("invalid value for {} field {}: {}", wanted, known.field->json_name(), place_.token()));
}

bool message_decoder::refuse_value() {
  if (depth_ > 0 && top().field != nullptr)
    return refuse_value(*top().field);
  return refuse(fmt::format("an object is wanted, unexpected token {}", place_.token()));
}

/// RapidJSON lets lone surrogates pass that were written as escapes.
bool message_decoder::well_formed(std::string_view text) {
  for (auto at = text.find('\xED'); at != text.npos; at = text.find('\xED', at + 1))
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0)
      return refuse("invalid surrogate in string");
  return true;
}

bool message_decoder::key(std::string_view name) {
  auto& current = top();
  switch (current.kind) {
  case frame_kind::skipped: break;
  case frame_kind::structure:
    if (!builder_->key(name))
      return refuse(builder_->refusal());
    break;
  case frame_kind::map:
    if (!map_keys_.emplace(name).second)
      return refuse(fmt::format("duplicate map key \"{}\"", name));
    if (map_keys_.size() > json_map_limit)
      return refuse(fmt::format("too many keys in map field {}, the limit is {}",
                                current.field->field->json_name(), json_map_limit));
    map_key_ = name;
    break;
  case frame_kind::list: break;
  case frame_kind::message:
    current.field = current.schema->find(name);
    if (current.field == nullptr)
      break;
    if ((current.seen & current.field->bit) != 0)
      return refuse(fmt::format("duplicate field \"{}\"", name));
    current.seen |= current.field->bit;
  }
  return advance(true);
}

bool message_decoder::take(const json_scalar& value) {
  if (depth_ == 0)
    return refuse_value();
  switch (top().kind) {
  case frame_kind::skipped: return advance(true);
  case frame_kind::structure: return advance(apply_to_builder(value));
  case frame_kind::message: return advance(set_value(value));
  case frame_kind::list: return advance(add_to_list(value));
  case frame_kind::map: return advance(add_to_map(value));
  }
  return false;
}

bool message_decoder::push(frame opened) {
  if (depth_ == frames_.size())
    return refuse(fmt::format("exceeded maximum nesting depth of {}", json_depth_limit));
  frames_[depth_++] = opened;
  return true;
}

bool message_decoder::open(bool object) {
  if (depth_ == 0) {
    if (!object)
      return refuse_value();
    return push({frame_kind::message, &root_, &schema_of(root_.GetDescriptor()), nullptr, 0});
  }
  auto& current = top();
  switch (current.kind) {
  case frame_kind::skipped: return push({frame_kind::skipped, nullptr, nullptr, nullptr, 0});
  case frame_kind::structure:
    return (object ? builder_->start_object() : builder_->start_array()) || refuse(builder_->refusal());
  case frame_kind::map: return refuse_value();
  case frame_kind::message: return open_field(object);
  case frame_kind::list: break;
  }
  if (current.field->shape != json_shape::message || !object)
    return refuse_value();
  auto* added = current.message->GetReflection()->AddMessage(current.message, current.field->field);
  return push({frame_kind::message, added, current.field->child, nullptr, 0});
}

bool message_decoder::open_field(bool object) {
  auto& current = top();
  auto* known = current.field;
  if (known == nullptr)
    return push({frame_kind::skipped, nullptr, nullptr, nullptr, 0});
  if (known->repeated)
    return object ? refuse_value() : push({frame_kind::list, current.message, nullptr, known, 0});
  if (known->map) {
    map_keys_.clear();
    if (maps_sent_ != nullptr && depth_ == 1)
      maps_sent_->push_back(known->field->name());
    return object ? push({frame_kind::map, current.message, nullptr, known, 0}) : refuse_value();
  }
  if (known->shape == json_shape::structure || known->shape == json_shape::value)
    return open_structure(object, {frame_kind::structure, current.message, nullptr, known, 0});
  if (known->shape != json_shape::message || !object)
    return refuse_value();
  auto* child = current.message->GetReflection()->MutableMessage(current.message, known->field);
  return push({frame_kind::message, child, known->child, nullptr, 0});
}

bool message_decoder::open_structure(bool object, frame opened) {
  auto* value = opened.message->GetReflection()->MutableMessage(opened.message, opened.field->field);
  if (opened.field->shape == json_shape::value)
    builder_.emplace(static_cast<pb::Value&>(*value));
  else if (object)
    builder_.emplace(static_cast<pb::Struct&>(*value));
  else
    return refuse_value();
  if (!(object ? builder_->start_object() : builder_->start_array()))
    return refuse(builder_->refusal());
  return push(opened);
}

bool message_decoder::close() {
  if (top().kind == frame_kind::structure) {
    builder_->end();
    if (builder_->depth() > 0)
      return true;
  }
  --depth_;
  return true;
}

bool message_decoder::apply_to_builder(const json_scalar& value) {
  switch (value.kind) {
  case scalar_kind::null: return builder_->null();
  case scalar_kind::boolean: return builder_->boolean(value.truth);
  case scalar_kind::string: return builder_->string(value.text);
  case scalar_kind::number: break;
  }
  auto number = double_of(value.text);
  return number ? builder_->number(*number) : refuse(fmt::format("invalid number {}", value.text));
}

bool message_decoder::set_value(const json_scalar& value) {
  auto& current = top();
  auto* known = current.field;
  if (known == nullptr || (value.kind == scalar_kind::null && known->shape != json_shape::value))
    return true;
  if (known->repeated || known->map)
    return refuse_value();
  if (set_single(*current.message, *known, value))
    return true;
  return refusal_.empty() ? refuse_value() : false;
}

bool message_decoder::add_to_list(const json_scalar& value) {
  auto& current = top();
  return append_scalar(*current.message, *current.field, value) || refuse_value();
}

bool message_decoder::add_to_map(const json_scalar& value) {
  if (is_patch_ && value.kind == scalar_kind::null)
    return true;
  auto& current = top();
  auto& entry_fields = current.field->child->fields;
  auto* entry = current.message->GetReflection()->AddMessage(current.message, current.field->field);
  entry->GetReflection()->SetString(entry, entry_fields[0].field, map_key_);
  return set_single(*entry, entry_fields[1], value) ||
         refuse(fmt::format("invalid value for map field {}[\"{}\"]: {}", current.field->field->json_name(),
                            map_key_, place_.token()));
}

/// A JSON value that is no object and no list.
bool message_decoder::set_single(pb::Message& message, const field_schema& known, const json_scalar& value) {
  if (known.shape != json_shape::value)
    return set_scalar(message, known, value);
  builder_.emplace(static_cast<pb::Value&>(*message.GetReflection()->MutableMessage(&message, known.field)));
  return apply_to_builder(value);
}

result<done> decode(std::string_view text, pb::Message& message, std::vector<std::string>* maps_sent,
                    bool is_patch) {
  constexpr auto flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                         rapidjson::kParseStopWhenDoneFlag | rapidjson::kParseNumbersAsStringsFlag;
  thread_local rapidjson::Reader reader;
  message.Clear();
  rapidjson::MemoryStream stream(text.data(), text.size());
  message_decoder decoder(message, text, stream, maps_sent, is_patch);
  auto outcome = reader.Parse<flags>(stream, decoder);
  if (!outcome.IsError())
    return done{};
  if (outcome.Code() == rapidjson::kParseErrorDocumentEmpty && outcome.Offset() >= text.size())
    return done{};
  if (!decoder.refusal().empty())
    return failure{ec::invalid_argument, decoder.refusal()};
  return failure{ec::invalid_argument, syntax_error(text, outcome.Code(), outcome.Offset())};
}

} // namespace

result<done> from_json(std::string_view text, pb::Message& message, std::vector<std::string>* maps_sent) {
  return decode(text, message, maps_sent, false);
}

result<done> from_merge_patch(std::string_view text, pb::Message& message) {
  return decode(text, message, nullptr, true);
}

} // namespace maestro
