#include "nodes/cli/printable.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace maestro::cli {

namespace {

using json = nlohmann::ordered_json;

struct letter {
  std::uint32_t code = 0;
  std::size_t bytes = 0; ///< 0: no UTF-8
};

/// The first one. Neither overlong forms nor surrogates are UTF-8.
letter first_letter(std::string_view text) {
  auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80)
    return {lead, 1};
  std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes)
    return {};
  std::uint32_t code = lead & (0x7F >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80)
      return {};
    code = code << 6 | (next & 0x3F);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  bool is_letter = code >= least[bytes] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  return is_letter ? letter{code, bytes} : letter{};
}

bool is_steering(std::uint32_t code) {
  bool is_control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  bool is_line = code == 0x2028 || code == 0x2029;
  bool is_direction = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0x200E ||
                      code == 0x200F || code == 0x061C;
  return is_control || is_line || is_direction;
}

std::string shown(std::string_view text, bool keeps_lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto [code, bytes] = first_letter(text);
    bool is_kept = bytes == 0 ? false : !is_steering(code) || (keeps_lines && (code == '\n' || code == '\t'));
    if (is_kept)
      out += text.substr(0, bytes);
    else if (bytes == 0 || code < 0x100)
      out += fmt::format("\\x{:02x}", bytes == 0 ? static_cast<unsigned char>(text[0]) : code);
    else
      out += fmt::format("\\u{:04x}", code);
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return out;
}

} // namespace

std::string printable(std::string_view text) {
  return shown(text, false);
}

std::string printable_lines(std::string_view text) {
  return shown(text, true);
}

void make_printable(json& value) {
  if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    if (auto shown = printable_lines(text); shown != text)
      text = std::move(shown);
    return;
  }
  if (!value.is_structured())
    return;
  for (auto& item : value)
    make_printable(item);
  if (!value.is_object())
    return;
  json renamed = json::object();
  for (auto& [name, item] : value.items())
    if (printable(name) != name) {
      for (auto& [old_name, old_item] : value.items())
        renamed[printable(old_name)] = std::move(old_item);
      value = std::move(renamed);
      return;
    }
}

std::size_t find_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    auto bytes = first_letter(text.substr(at)).bytes;
    if (bytes == 0)
      return at;
    at += bytes;
  }
  return std::string_view::npos;
}

} // namespace maestro::cli
