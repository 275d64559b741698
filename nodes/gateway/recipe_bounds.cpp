#include "nodes/gateway/recipe_bounds.hpp"

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

} // namespace

result<done> check_size(const pb::Message& request, const std::string& game, const recipe_bounds& bounds) {
  if (game.size() > bounds.game_bytes)
    return failure{ec::invalid_argument,
                   fmt::format("Validation Error: game has {} bytes but must have at most {} (limits.gameBytes)",
                               game.size(), bounds.game_bytes)};
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

} // namespace maestro
