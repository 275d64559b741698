#include "nodes/gateway/json_syntax.hpp"

#include <fmt/format.h>

namespace maestro {

std::string syntax_error(std::string_view text, rapidjson::ParseErrorCode code, std::size_t offset) {
  using namespace rapidjson;
  if (code == kParseErrorStringUnicodeSurrogateInvalid || code == kParseErrorStringInvalidEncoding)
    return "invalid UTF-8 in string at byte " + std::to_string(offset);
  if (offset >= text.size() || code == kParseErrorStringMissQuotationMark)
    return "unexpected EOF";
  auto c = static_cast<unsigned char>(text[offset]);
  auto shown = c == '\''               ? std::string(R"('\'')")
               : c >= 0x20 && c < 0x7F ? fmt::format("'{}'", static_cast<char>(c))
                                       : fmt::format("'\\x{:02x}'", c);
  auto where = " at byte " + std::to_string(offset);
  switch (code) {
  case kParseErrorObjectMissName:
    return "invalid character " + shown + " looking for beginning of object key string" + where;
  case kParseErrorObjectMissColon: return "invalid character " + shown + " after object key" + where;
  case kParseErrorObjectMissCommaOrCurlyBracket:
    return "invalid character " + shown + " after object key:value pair" + where;
  case kParseErrorArrayMissCommaOrSquareBracket:
    return "invalid character " + shown + " after array element" + where;
  case kParseErrorStringEscapeInvalid:
  case kParseErrorStringUnicodeEscapeInvalidHex:
    return "invalid character " + shown + " in string literal" + where;
  case kParseErrorNumberTooBig: return "number out of range" + where;
  case kParseErrorNumberMissFraction:
  case kParseErrorNumberMissExponent: return "invalid character " + shown + " in numeric literal" + where;
  default: return "invalid character " + shown + " looking for beginning of value" + where;
  }
}

} // namespace maestro
