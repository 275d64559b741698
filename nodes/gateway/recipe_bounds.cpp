#include "nodes/gateway/recipe_bounds.hpp"

#include "messages/api_codec.hpp"

#include "api/v1/messages.pb.h"

#include <google/protobuf/message.h>

#include <fmt/format.h>

#include <vector>

namespace maestro {

namespace pb = google::protobuf;

namespace {

std::size_t size_of(const pb::Message& message, const pb::FieldDescriptor& field) {
  auto& from = *message.GetReflection();
  if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING && !field.is_repeated())
    return from.GetString(message, &field).size();
  if (field.cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE)
    return 0;
  if (!field.is_repeated())
    return from.GetMessage(message, &field).ByteSizeLong();
  std::size_t sum = 0;
  for (int i = 0; i < from.FieldSize(message, &field); ++i)
    sum += from.GetRepeatedMessage(message, &field, i).ByteSizeLong();
  return sum;
}

result<done> check_game(const std::string& game, const recipe_bounds& bounds) {
  if (game.size() <= bounds.game_bytes)
    return done{};
  return failure{ec::invalid_argument,
                 fmt::format("Validation Error: game has {} bytes but must have at most {} (limits.gameBytes)",
                             game.size(), bounds.game_bytes)};
}

result<done> check_bytes(const pb::Message& request, const recipe_bounds& bounds) {
  auto all = request.ByteSizeLong();
  if (all <= bounds.scheduler_bytes)
    return done{};
  std::vector<const pb::FieldDescriptor*> set;
  request.GetReflection()->ListFields(request, &set);
  const pb::FieldDescriptor* largest = nullptr;
  std::size_t most = 0;
  for (auto* field : set)
    if (auto size = size_of(request, *field); size >= most) {
      largest = field;
      most = size;
    }
  return failure{
      ec::invalid_argument,
      fmt::format("Validation Error: {} has {} bytes, but a scheduler, which has {}, must have at most {} in "
                  "all (limits.schedulerBytes)",
                  largest->json_name(), most, all, bounds.scheduler_bytes)};
}

/// As a request would send it.
api::v1::Scheduler sendable(const scheduler& recipe) {
  api::v1::Scheduler message;
  to_api(recipe, message);
  message.clear_state();
  message.clear_created_at();
  message.mutable_spec()->clear_version();
  return message;
}

} // namespace

result<done> check_size(const pb::Message& request, const std::string& game, const recipe_bounds& bounds) {
  auto fits = check_game(game, bounds);
  return fits ? check_bytes(request, bounds) : fits;
}

result<done> check_patched(const scheduler& changed, const scheduler& active, const recipe_bounds& bounds) {
  if (changed.game.size() > active.game.size())
    if (auto fits = check_game(changed.game, bounds); !fits)
      return fits;
  auto after = sendable(changed);
  return after.ByteSizeLong() > sendable(active).ByteSizeLong() ? check_bytes(after, bounds) : done{};
}

} // namespace maestro
