#include "nodes/gateway/json.hpp"
#include "nodes/gateway/json_number.hpp"
#include "nodes/gateway/json_schema.hpp"
#include "nodes/gateway/json_syntax.hpp"
#include "nodes/gateway/json_time.hpp"

#include "messages/struct_json.hpp"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <fmt/format.h>
#include <rapidjson/error/error.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <array>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <unordered_set>

namespace maestro {

namespace pb = google::protobuf;
using type = pb::FieldDescriptor;

namespace {

enum class token_kind : std::uint8_t { null, boolean, number, string };

struct token {
  token_kind kind = token_kind::null;
  std::string_view text; ///< unquoted, escapes resolved
  bool truth = false;
};

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
                  std::vector<std::string>* maps_sent)
      : root_(root), text_(text), stream_(stream), maps_sent_(maps_sent) {}

  bool Null() { return take({token_kind::null, "null", false}); }
  bool Bool(bool value) { return take({token_kind::boolean, value ? "true" : "false", value}); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return take({token_kind::number, {text, size}, false});
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return well_formed({text, size}) && take({token_kind::string, {text, size}, false});
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    return well_formed({text, size}) && key({text, size});
  }
  bool StartObject() { return opened(open(true)); }
  bool StartArray() { return opened(open(false)); }
  bool EndObject(rapidjson::SizeType) { return advance(close()); }
  bool EndArray(rapidjson::SizeType) { return advance(close()); }

  const std::string& refusal() const { return refusal_; }
  std::string place(std::size_t offset) const;

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
    previous_end_ = stream_.Tell();
    return applied;
  }
  bool opened(bool applied) {
    previous_end_ = stream_.Tell() + 1;
    return applied;
  }
  bool well_formed(std::string_view text);
  bool key(std::string_view name);
  bool take(const token& value);
  bool open(bool object);
  bool close();
  bool push(frame opened);
  bool open_field(bool object);
  bool open_structure(bool object, frame opened);
  bool apply_to_builder(const token& value);
  bool set_value(const token& value);
  bool add_to_list(const token& value);
  bool add_to_map(const token& value);
  bool set_single(pb::Message& message, const field_schema& known, const token& value);
  bool set_shaped(pb::Message& message, const field_schema& known, const token& value);
  bool append_single(pb::Message& message, const field_schema& known, const token& value);
  std::optional<std::int64_t> integer(const token& value, std::int64_t lowest, std::int64_t highest) const;
  std::optional<std::uint64_t> natural(const token& value, std::uint64_t highest) const;
  std::optional<double> real(const token& value, bool single) const;

  std::string_view raw_token() const;
  bool refuse(std::string why);
  bool refuse_value();
  bool refuse_value(const field_schema& known);

  pb::Message& root_;
  std::string_view text_;
  const rapidjson::MemoryStream& stream_;
  std::vector<std::string>* maps_sent_;
  std::size_t previous_end_ = 0;
  std::size_t depth_ = 0;
  std::array<frame, json_depth_limit> frames_;
  std::optional<struct_builder> builder_;
  std::unordered_set<std::string> map_keys_;
  std::string map_key_;
  std::string refusal_;
};

std::string message_decoder::place(std::size_t offset) const {
  std::size_t line = 1;
  std::size_t column = 1;
  for (std::size_t i = 0; i < offset && i < text_.size(); ++i, ++column)
    if (text_[i] == '\n') {
      ++line;
      column = 0;
    }
  return fmt::format("(line {}:{})", line, column);
}

/// The value just read as it stands in the body; RapidJSON reports a bracket before it takes it.
std::string_view message_decoder::raw_token() const {
  auto start = text_.find_first_not_of(" \t\r\n,:}]", previous_end_);
  if (start == text_.npos)
    return text_.substr(text_.size());
  auto end = stream_.Tell();
  return text_.substr(start, end > start ? end - start : 1);
}

bool message_decoder::refuse(std::string why) {
  auto raw = raw_token();
  refusal_ = "proto: " + place(static_cast<std::size_t>(raw.data() - text_.data())) + ": " + std::move(why);
  return false;
}

bool message_decoder::refuse_value(const field_schema& known) {
  constexpr std::size_t shown = 80;
  auto raw = std::string(raw_token());
  if (raw.size() > shown)
    raw = raw.substr(0, shown) + "…";
  const char* wanted = known.repeated ? "list" : known.map ? "map" : known.field->type_name();
  if (known.repeated && depth_ > 0 && frames_[depth_ - 1].kind == frame_kind::list)
    wanted = known.field->type_name();
  if (known.shape == json_shape::duration)
    wanted = "google.protobuf.Duration";
  return refuse(fmt::format("invalid value for {} field {}: {}", wanted, known.field->json_name(), raw));
}

bool message_decoder::refuse_value() {
  if (depth_ > 0 && top().field != nullptr)
    return refuse_value(*top().field);
  return refuse(fmt::format("an object is wanted, unexpected token {}", raw_token()));
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

bool message_decoder::take(const token& value) {
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

bool message_decoder::apply_to_builder(const token& value) {
  switch (value.kind) {
  case token_kind::null: return builder_->null();
  case token_kind::boolean: return builder_->boolean(value.truth);
  case token_kind::string: return builder_->string(value.text);
  case token_kind::number: break;
  }
  auto number = double_of(value.text);
  return number ? builder_->number(*number) : refuse(fmt::format("invalid number {}", value.text));
}

bool message_decoder::set_value(const token& value) {
  auto& current = top();
  auto* known = current.field;
  if (known == nullptr || (value.kind == token_kind::null && known->shape != json_shape::value))
    return true;
  if (known->repeated || known->map)
    return refuse_value();
  if (set_single(*current.message, *known, value))
    return true;
  return refusal_.empty() ? refuse_value() : false;
}

bool message_decoder::add_to_list(const token& value) {
  auto& current = top();
  return append_single(*current.message, *current.field, value) || refuse_value();
}

bool message_decoder::add_to_map(const token& value) {
  auto& current = top();
  auto& entry_fields = current.field->child->fields;
  auto* entry = current.message->GetReflection()->AddMessage(current.message, current.field->field);
  entry->GetReflection()->SetString(entry, entry_fields[0].field, map_key_);
  return set_single(*entry, entry_fields[1], value) ||
         refuse(fmt::format("invalid value for map field {}[\"{}\"]: {}", current.field->field->json_name(),
                            map_key_, raw_token()));
}

std::optional<std::int64_t> message_decoder::integer(const token& value, std::int64_t lowest,
                                                     std::int64_t highest) const {
  if (value.kind != token_kind::number && !(value.kind == token_kind::string && is_json_number(value.text)))
    return std::nullopt;
  auto number = integer_of(value.text);
  return number && *number >= lowest && *number <= highest ? number : std::nullopt;
}

std::optional<std::uint64_t> message_decoder::natural(const token& value, std::uint64_t highest) const {
  if (value.kind != token_kind::number && !(value.kind == token_kind::string && is_json_number(value.text)))
    return std::nullopt;
  auto number = unsigned_of(value.text);
  return number && *number <= highest ? number : std::nullopt;
}

std::optional<double> message_decoder::real(const token& value, bool single) const {
  if (value.kind == token_kind::string) {
    if (value.text == "NaN")
      return std::numeric_limits<double>::quiet_NaN();
    if (value.text == "Infinity" || value.text == "-Infinity")
      return value.text[0] == '-' ? -std::numeric_limits<double>::infinity()
                                  : std::numeric_limits<double>::infinity();
  }
  if (value.kind != token_kind::number && !(value.kind == token_kind::string && is_json_number(value.text)))
    return std::nullopt;
  if (!single)
    return double_of(value.text);
  auto number = float_of(value.text);
  return number ? std::optional<double>(*number) : std::nullopt;
}

bool message_decoder::set_single(pb::Message& message, const field_schema& known, const token& value) {
  auto& to = *message.GetReflection();
  auto* field = known.field;
  switch (field->cpp_type()) {
  case type::CPPTYPE_STRING:
    if (value.kind == token_kind::string)
      to.SetString(&message, field, std::string(value.text));
    return value.kind == token_kind::string;
  case type::CPPTYPE_BOOL:
    if (value.kind == token_kind::boolean)
      to.SetBool(&message, field, value.truth);
    return value.kind == token_kind::boolean;
  case type::CPPTYPE_INT32:
    if (auto number = integer(value, INT32_MIN, INT32_MAX))
      return to.SetInt32(&message, field, static_cast<std::int32_t>(*number)), true;
    return false;
  case type::CPPTYPE_INT64:
    if (auto number = integer(value, INT64_MIN, INT64_MAX))
      return to.SetInt64(&message, field, *number), true;
    return false;
  case type::CPPTYPE_UINT32:
    if (auto number = natural(value, UINT32_MAX))
      return to.SetUInt32(&message, field, static_cast<std::uint32_t>(*number)), true;
    return false;
  case type::CPPTYPE_UINT64:
    if (auto number = natural(value, UINT64_MAX))
      return to.SetUInt64(&message, field, *number), true;
    return false;
  case type::CPPTYPE_FLOAT:
    if (auto number = real(value, true))
      return to.SetFloat(&message, field, static_cast<float>(*number)), true;
    return false;
  case type::CPPTYPE_DOUBLE:
    if (auto number = real(value, false))
      return to.SetDouble(&message, field, *number), true;
    return false;
  case type::CPPTYPE_MESSAGE: return set_shaped(message, known, value);
  case type::CPPTYPE_ENUM: break;
  }
  return false;
}

bool message_decoder::set_shaped(pb::Message& message, const field_schema& known, const token& value) {
  auto child = [&] { return message.GetReflection()->MutableMessage(&message, known.field); };
  if (known.shape == json_shape::duration)
    return value.kind == token_kind::string && read_duration(value.text, static_cast<pb::Duration&>(*child()));
  if (known.shape == json_shape::timestamp)
    return value.kind == token_kind::string && read_timestamp(value.text, static_cast<pb::Timestamp&>(*child()));
  if (known.shape != json_shape::value)
    return false;
  builder_.emplace(static_cast<pb::Value&>(*child()));
  return apply_to_builder(value);
}

bool message_decoder::append_single(pb::Message& message, const field_schema& known, const token& value) {
  auto& to = *message.GetReflection();
  auto* field = known.field;
  if (field->cpp_type() != type::CPPTYPE_STRING || value.kind != token_kind::string)
    return false;
  to.AddString(&message, field, std::string(value.text));
  return true;
}

} // namespace

result<done> from_json(std::string_view text, pb::Message& message, std::vector<std::string>* maps_sent) {
  constexpr auto flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                         rapidjson::kParseStopWhenDoneFlag | rapidjson::kParseNumbersAsStringsFlag;
  thread_local rapidjson::Reader reader;
  message.Clear();
  rapidjson::MemoryStream stream(text.data(), text.size());
  message_decoder decoder(message, text, stream, maps_sent);
  auto outcome = reader.Parse<flags>(stream, decoder);
  if (!outcome.IsError())
    return done{};
  if (outcome.Code() == rapidjson::kParseErrorDocumentEmpty && outcome.Offset() >= text.size())
    return done{};
  if (!decoder.refusal().empty())
    return failure{ec::invalid_argument, decoder.refusal()};
  return failure{ec::invalid_argument, syntax_error(text, outcome.Code(), outcome.Offset())};
}

} // namespace maestro
