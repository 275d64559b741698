// A cluster's own certificate authority, made with OpenSSL: whoever has a certificate of it is a node of the cluster. For
// `maestro cluster ca`. Keys are P-256; files of keys can be read by their owner only; nothing that is there is written
// over.
#pragma once

#include "messages/error.hpp"

#include <string>

namespace maestro {

/// Writes ca.crt (ten years) and ca.key into the folder, which is made.
result<done> make_authority(const std::string& folder, const std::string& cluster);

/// Writes <node>.crt (one year) and <node>.key into the folder, signed by the ca.key that is there.
result<done> issue_certificate(const std::string& folder, const std::string& node);

} // namespace maestro
