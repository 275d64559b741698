// Tokens with which new machines get a certificate: each makes one node of one name, once, for a short time. They are kept
// beside the authority's key, where nothing but the authority's door reads them: a file each, with a hash of the secret. How a
// token stands is the ending of its file's name, so that of two that spend it the file system lets one.
#pragma once

#include "messages/error.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace maestro {

/// As it is handed to the newcomer: `id.secret.fingerprint`. The fingerprint is the authority's, so that the newcomer knows
/// whom it tells the secret.
struct join_token {
  std::string id;          ///< 16 hexadecimal digits
  std::string secret;      ///< 32
  std::string fingerprint; ///< 64

  std::string text() const { return id + '.' + secret + '.' + fingerprint; }
};

result<join_token> parse_join_token(const std::string& text);

struct token_record {
  std::string id;
  std::string node;
  std::chrono::sys_seconds ends_at{};
  std::string standing; ///< `open`, `expired`, `used` or `revoked`
};

inline constexpr std::chrono::seconds shortest_token{60};
inline constexpr std::chrono::seconds longest_token{24 * 60 * 60};
inline constexpr std::size_t most_tokens = 100; ///< that are kept; what is over for a day makes room

/// Of the authority in `folder`; there can be several for one name.
result<join_token> make_join_token(const std::string& folder, const std::string& node, std::chrono::seconds life);
/// Whatever is kept, the newest end last.
result<std::vector<token_record>> list_join_tokens(const std::string& folder);
/// One that is open.
result<done> revoke_join_token(const std::string& folder, const std::string& id);
/// The name of the node that it makes. From here on it is used, whatever becomes of the node. A refusal says no more to who
/// does not know the secret than that the token is not known.
result<std::string> spend_join_token(const std::string& folder, const std::string& id, const std::string& secret);

} // namespace maestro
