// Which requests are refused from their header alone, before anything of a body is read, on every door: those that
// a foreign web page made a browser send, those that name a host that is not ours, and those that leave open where
// a request ends. Asked by the parser for each request, from any thread; looks at memory only.
//
// A browser adds `Origin` or `Sec-Fetch-Site` to what a page sends across sites, and a name that an attacker points
// at our address (DNS rebinding) stands in `Host`. Programs send none of the former. Behind a loopback address the
// names are known: loopback's own, and `hosts`. A door that listens beyond loopback is known to its clients under
// names that nobody told us: unless `hosts` says which, any name is right for a program, and only ours for a browser.
#pragma once

#include "nodes/gateway/gateway_config.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maestro {

struct parsed_request;

/// The answer of a request that is not read; the connection ends with it.
struct refusal {
  unsigned status = 400;
  int code = 3; ///< gRPC's; of a 400 the body is plain text
  std::string text;
};

class site_policy {
public:
  explicit site_policy(const gateway_config& config);

  /// What the header says so far is all there is. Remembers in the request the host that was right.
  std::optional<refusal> judge(parsed_request& request) const;

private:
  std::optional<refusal> judge_framing(const parsed_request& request) const;
  std::optional<refusal> judge_host(parsed_request& request) const;
  std::optional<refusal> judge_origin(const parsed_request& request) const;
  bool may_be_named(std::string_view host, bool by_browser) const;
  bool is_ours(std::string_view name) const;

  boost::asio::ip::address bound_;
  bool is_local_;                  ///< listens on loopback only
  std::vector<std::string> hosts_; ///< in lower case; `*.example.org` stands for all names below
  bool has_configured_hosts_;
  std::vector<std::string> origins_;
};

} // namespace maestro
