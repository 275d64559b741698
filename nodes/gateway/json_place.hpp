// Where in a body its reader is, for texts that say what is wrong where: line and column, and the value just read as it
// stands there. Private to json_decode.cpp, which tells it of every value that it has passed.
#pragma once

#include <rapidjson/memorystream.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace maestro {

class json_place {
public:
  json_place(std::string_view text, const rapidjson::MemoryStream& stream) : text_(text), stream_(stream) {}

  /// What was read so far is applied; `more`: bytes that RapidJSON takes only after it has reported them.
  void passed(std::size_t more) { previous_end_ = stream_.Tell() + more; }
  /// `(line 1:9)`
  std::string show() const;
  /// Long ones are cut.
  std::string token() const;

private:
  std::string_view raw_token() const;

  std::string_view text_;
  const rapidjson::MemoryStream& stream_;
  std::size_t previous_end_ = 0;
};

} // namespace maestro
