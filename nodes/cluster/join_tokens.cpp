#include "nodes/cluster/join_tokens.hpp"

#include "nodes/cluster/certificates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro {

using namespace certificates;
namespace fs = std::filesystem;
using std::chrono::seconds;
using std::chrono::sys_seconds;

namespace {

constexpr std::size_t id_digits = 16;
constexpr std::size_t secret_digits = 32;
constexpr std::size_t hash_digits = 64;
constexpr auto kept_after = std::chrono::hours{24};

struct kept_token {
  token_record record;
  std::string hash;
};

bool is_hex(const std::string& text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

sys_seconds now() {
  return std::chrono::time_point_cast<seconds>(std::chrono::system_clock::now());
}

fs::path tokens_of(const std::string& folder) {
  return fs::path(folder) / "tokens";
}

std::string hex(const unsigned char* bytes, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text += fmt::format("{:02x}", bytes[i]);
  return text;
}

/// The secret has 128 bits by chance: nothing slower is needed.
std::string hash_of(const std::string& secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(secret.data(), secret.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return hex(digest.data(), size);
}

result<std::string> by_chance(std::size_t digits) {
  std::array<unsigned char, secret_digits / 2> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(digits / 2)) != 1)
    return openssl_failure("no random numbers");
  return hex(bytes.data(), digits / 2);
}

std::optional<kept_token> read(const fs::path& file) {
  kept_token token;
  std::int64_t ends = 0;
  std::ifstream in(file);
  token.record.id = file.stem().string();
  if (!is_hex(token.record.id, id_digits) || !(in >> token.hash >> token.record.node >> ends))
    return {};
  token.record.ends_at = sys_seconds{seconds{ends}};
  auto ending = file.extension().string();
  token.record.standing = !ending.empty() ? ending.substr(1) : token.record.ends_at <= now() ? "expired" : "open";
  return token;
}

/// However it stands.
std::optional<kept_token> find(const std::string& folder, const std::string& id) {
  if (!is_hex(id, id_digits))
    return {};
  for (auto* ending : {"", ".used", ".revoked"})
    if (auto found = read(tokens_of(folder) / (id + ending)))
      return found;
  return {};
}

/// What was renamed is on the disk.
bool sync_folder(const fs::path& folder) {
  int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool is_synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0)
    ::close(fd);
  return is_synced;
}

/// Of all that end an open token one succeeds.
result<done> end_token(const std::string& folder, const std::string& id, const char* standing) {
  auto open = tokens_of(folder) / id;
  auto ended = open;
  ended += fmt::format(".{}", standing);
  if (::rename(open.c_str(), ended.c_str()) != 0)
    return errno == ENOENT ? failure{ec::failed_precondition, fmt::format("token {} is not open any more", id)}
                           : file_failure(open.string());
  if (!sync_folder(tokens_of(folder)))
    return file_failure(tokens_of(folder).string());
  return done{};
}

result<done> write(const fs::path& file, const kept_token& token) {
  auto made = create(file.string(), 0600);
  if (!made)
    return made.error();
  auto line =
      fmt::format("{} {} {}\n", token.hash, token.record.node, token.record.ends_at.time_since_epoch().count());
  if (std::fputs(line.c_str(), made->get()) < 0 || std::fflush(made->get()) != 0 ||
      ::fsync(::fileno(made->get())) != 0)
    return file_failure(file.string());
  return done{};
}

void forget_old(const std::string& folder) {
  std::error_code ignored;
  for (auto& entry : fs::directory_iterator(tokens_of(folder), ignored))
    if (auto token = read(entry.path()); token && token->record.ends_at + kept_after < now())
      fs::remove(entry.path(), ignored);
}

} // namespace

result<join_token> parse_join_token(const std::string& text) {
  auto first = text.find('.');
  auto second = first == text.npos ? text.npos : text.find('.', first + 1);
  join_token token;
  if (second != text.npos)
    token = {text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
  if (!is_hex(token.id, id_digits) || !is_hex(token.secret, secret_digits) ||
      !is_hex(token.fingerprint, hash_digits))
    return failure{ec::invalid_argument,
                   "this is no token: one has 16, 32 and 64 hexadecimal digits with dots between "
                   "them, as `maestro cluster token create` prints it"};
  return token;
}

result<join_token> make_join_token(const std::string& folder, const std::string& node, seconds life) {
  if (life < shortest_token || life > longest_token)
    return failure{ec::invalid_argument, fmt::format("a token's life of {} s is not from {} s to {} s",
                                                     life.count(), shortest_token.count(), longest_token.count())};
  auto authority = load_authority(folder);
  if (!authority)
    return authority.error();
  std::error_code problem;
  fs::create_directories(tokens_of(folder), problem);
  fs::permissions(tokens_of(folder), fs::perms::owner_all, problem);
  if (problem)
    return failure{ec::invalid_argument, fmt::format("{}: {}", tokens_of(folder).string(), problem.message())};
  forget_old(folder);
  auto kept = list_join_tokens(folder);
  if (!kept)
    return kept.error();
  if (kept->size() >= most_tokens)
    return failure{ec::resource_exhausted, fmt::format("{} tokens are kept already, the limit is {}; one is "
                                                       "forgotten a day after its end",
                                                       kept->size(), most_tokens)};
  auto id = by_chance(id_digits);
  auto secret = by_chance(secret_digits);
  if (!id || !secret)
    return id ? secret.error() : id.error();
  kept_token token{{*id, node, now() + life, {}}, hash_of(*secret)};
  if (auto written = write(tokens_of(folder) / *id, token); !written)
    return written.error();
  return join_token{*id, *secret, fingerprint(*authority->certificate)};
}

result<std::vector<token_record>> list_join_tokens(const std::string& folder) {
  std::vector<token_record> found;
  std::error_code problem;
  for (auto& entry : fs::directory_iterator(tokens_of(folder), problem))
    if (auto token = read(entry.path()))
      found.push_back(token->record);
  if (problem && problem != std::errc::no_such_file_or_directory)
    return failure{ec::invalid_argument, fmt::format("{}: {}", tokens_of(folder).string(), problem.message())};
  std::sort(found.begin(), found.end(), [](auto& a, auto& b) { return a.ends_at < b.ends_at; });
  return found;
}

result<done> revoke_join_token(const std::string& folder, const std::string& id) {
  auto known = find(folder, id);
  if (!known)
    return failure{ec::not_found, fmt::format("token {} is not known here", id)};
  if (known->record.standing != "open")
    return failure{ec::failed_precondition, fmt::format("token {} is {}", id, known->record.standing)};
  return end_token(folder, id, "revoked");
}

result<std::string> spend_join_token(const std::string& folder, const std::string& id, const std::string& secret) {
  auto known = find(folder, id);
  auto hash = hash_of(secret);
  bool is_right = known && known->hash.size() == hash.size() &&
                  CRYPTO_memcmp(known->hash.data(), hash.data(), hash.size()) == 0;
  if (!is_right)
    return failure{ec::not_found, "the token is not known here: it, or its secret, is not right"};
  if (known->record.standing != "open")
    return failure{ec::failed_precondition, fmt::format("token {} is {}", id, known->record.standing)};
  if (auto ended = end_token(folder, id, "used"); !ended)
    return ended.error();
  return known->record.node;
}

} // namespace maestro
