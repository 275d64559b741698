#include "nodes/cli/recipe_comments.hpp"

#include <google/protobuf/descriptor.pb.h>

#include <map>
#include <sstream>

extern const unsigned char maestro_api_description[];
extern const unsigned long maestro_api_description_size;

namespace maestro::cli {

namespace {

namespace pb = google::protobuf;

field_comment read_comment(const std::string& comment) {
  field_comment read;
  std::istringstream in{comment};
  constexpr std::string_view mark = "Example: ";
  for (std::string line; std::getline(in, line);) {
    line.erase(0, line.find_first_not_of(' ') == std::string::npos ? line.size() : line.find_first_not_of(' '));
    if (line.starts_with(mark))
      read.example = line.substr(mark.size());
    else if (!line.empty())
      read.text += (read.text.empty() ? "" : " ") + line;
  }
  return read;
}

/// Places in the file are paths of numbers: message i is 4, i; its field j is 4, i, 2, j.
std::map<std::string, field_comment> read_all() {
  std::map<std::string, field_comment> all;
  pb::FileDescriptorSet files;
  if (!files.ParseFromArray(maestro_api_description, static_cast<int>(maestro_api_description_size)))
    return all;
  for (auto& file : files.file())
    for (auto& place : file.source_code_info().location()) {
      if (place.path_size() != 4 || place.path(0) != 4 || place.path(2) != 2)
        continue;
      auto& message = file.message_type(place.path(1));
      all[message.name() + "." + message.field(place.path(3)).name()] = read_comment(place.leading_comments());
    }
  return all;
}

} // namespace

field_comment comment_of(const std::string& field) {
  static const auto all = read_all();
  auto found = all.find(field);
  return found == all.end() ? field_comment{} : found->second;
}

} // namespace maestro::cli
