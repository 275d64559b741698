#include "nodes/gateway/json_time.hpp"

#include "messages/text.hpp"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <cstdlib>
#include <string>

namespace maestro {

namespace pb = google::protobuf;

bool read_duration(std::string_view text, pb::Duration& to) {
  if (text.size() < 2 || text.back() != 's')
    return false;
  text.remove_suffix(1);
  bool negative = text.front() == '-';
  if (negative || text.front() == '+')
    text.remove_prefix(1);
  auto dot = text.find('.');
  auto whole = text.substr(0, dot);
  auto fraction = dot == text.npos ? std::string_view() : text.substr(dot + 1);
  auto digits_only = [](std::string_view s) { return s.find_first_not_of("0123456789") == s.npos; };
  if ((whole.empty() && fraction.empty()) || whole.size() > 12 || fraction.size() > 9 || !digits_only(whole) ||
      !digits_only(fraction))
    return false;
  auto seconds = std::strtoll(std::string(whole).c_str(), nullptr, 10);
  auto nanos = std::strtol((std::string(fraction) + std::string(9 - fraction.size(), '0')).c_str(), nullptr, 10);
  if (seconds > 315'576'000'000 || (seconds == 315'576'000'000 && nanos > 0))
    return false;
  to.set_seconds(negative ? -seconds : seconds);
  to.set_nanos(static_cast<std::int32_t>(negative ? -nanos : nanos));
  return true;
}

bool read_timestamp(std::string_view text, pb::Timestamp& to) {
  auto at = parse_rfc3339(text);
  if (!at)
    return false;
  to.set_seconds(at->seconds);
  to.set_nanos(at->nanos);
  return true;
}

} // namespace maestro
