// What the API's description (the comments of proto/api/v1/messages.proto, which travel in the binary) says of a field of a
// recipe. Asked by recipe_shape, once for each field.
#pragma once

#include <string>

namespace maestro::cli {

struct field_comment {
  std::string text;    ///< in one line
  std::string example; ///< of its line `Example: …`
};

/// `field` is `Container.image_pull_policy`, as the file spells it. Empty when nothing is said.
field_comment comment_of(const std::string& field);

} // namespace maestro::cli
