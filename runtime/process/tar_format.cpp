#include "runtime/process/tar_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace maestro::process {

namespace {

constexpr std::size_t block = 512;
constexpr std::size_t name_max = 100;
constexpr std::size_t sum_at = 148, sum_size = 8;

void put(std::string& header, std::size_t at, const std::string& text) {
  std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
}

std::string plain_header(const std::string& name, std::uint64_t size, std::int64_t modified_at, char type) {
  std::string header(block, '\0');
  put(header, 0, name.substr(0, name_max));
  put(header, 100, "0000600");
  put(header, 108, "0000000");
  put(header, 116, "0000000");
  put(header, 124, fmt::format("{:011o}", size));
  put(header, 136, fmt::format("{:011o}", std::max<std::int64_t>(modified_at, 0)));
  put(header, sum_at, std::string(sum_size, ' '));
  header[156] = type;
  put(header, 257,
      std::string("ustar\0"
                  "00",
                  8));
  unsigned sum = 0;
  for (unsigned char c : header)
    sum += c;
  put(header, sum_at, fmt::format("{:06o}", sum) + '\0');
  return header;
}

/// Its length counts the digits of the length as well.
std::string pax_record(const std::string& key, const std::string& value) {
  auto rest = fmt::format(" {}={}\n", key, value);
  auto length = rest.size();
  while (std::to_string(length).size() + rest.size() != length)
    length = std::to_string(length).size() + rest.size();
  return std::to_string(length) + rest;
}

} // namespace

std::string tar_header(const std::string& name, std::uint64_t size, std::int64_t modified_at) {
  if (name.size() <= name_max)
    return plain_header(name, size, modified_at, '0');
  auto record = pax_record("path", name);
  return plain_header("long-name", record.size(), modified_at, 'x') + record + tar_padding(record.size()) +
         plain_header(name, size, modified_at, '0');
}

std::string tar_padding(std::uint64_t size) {
  return std::string(static_cast<std::size_t>((block - size % block) % block), '\0');
}

std::string tar_end() {
  return std::string(2 * block, '\0');
}

} // namespace maestro::process
