// The authority's door: while it is open, whoever has a token gets a node's certificate for its own key. It runs where the
// authority's folder is, which no node needs to be, for as long as machines are added. A newcomer sends, over TLS and once it knows
// the authority by the token's fingerprint, the token's id and secret and a request for a certificate; the name is the
// token's, never the request's.
//
//   both ways: four bytes of length, then text     asked: `id secret\n` and PEM     told: `ok\n` and PEM, or `no\n` and why
#pragma once

#include "messages/error.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace maestro {

class authority_door {
public:
  /// One line for each that asked; from the door's own thread.
  using report = std::function<void(const std::string& line)>;

  /// Listens at once; port 0: any.
  static result<std::unique_ptr<authority_door>> open(const std::string& folder, const std::string& host,
                                                      std::uint16_t port, report tell);
  /// Breaks off what is unfinished.
  ~authority_door();
  authority_door(const authority_door&) = delete;
  authority_door& operator=(const authority_door&) = delete;

  std::uint16_t port() const;

private:
  authority_door();
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace maestro
