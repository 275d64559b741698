#include "nodes/gateway/site_policy.hpp"

#include "messages/text.hpp"
#include "nodes/gateway/http_parser.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>

namespace maestro {

namespace asio = boost::asio;

namespace {

/// Names that public DNS never gives out, so that no foreign page can have them.
constexpr std::string_view private_suffixes[] = {".localhost", ".local", ".internal", ".svc", ".home.arpa"};

std::string shown(std::string_view text) {
  constexpr std::size_t most = 100;
  return std::string(text.substr(0, most)) + (text.size() > most ? "…" : "");
}

bool is_host_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_';
}

/// `name`, `name:80`, `[::1]:80`: the part before the port, in lower case; nothing when it is no host.
std::optional<std::string> name_of(std::string_view host) {
  auto end = host.starts_with('[') ? host.find(']') : std::min(host.find(':'), host.size());
  if (end == host.npos || end == 0)
    return std::nullopt;
  bool is_bracketed = host.front() == '[';
  auto name = is_bracketed ? host.substr(1, end - 1) : host.substr(0, end);
  auto port = host.substr(is_bracketed ? end + 1 : end);
  if (!port.empty() && (port[0] != ':' || port.size() > 6 || port.find_first_not_of("0123456789", 1) != port.npos))
    return std::nullopt;
  if (!is_bracketed && !std::all_of(name.begin(), name.end(), is_host_letter))
    return std::nullopt;
  if (name.ends_with('.'))
    name.remove_suffix(1);
  return name.empty() ? std::nullopt : std::optional(lower_case(name));
}

std::string own_name() {
  char name[256] = "";
  return ::gethostname(name, sizeof name - 1) == 0 ? lower_case(name) : std::string();
}

bool is_form(std::string_view content_type) {
  auto type = lower_case(content_type.substr(0, content_type.find(';')));
  return type.starts_with("text/plain") || type.starts_with("multipart/form-data") ||
         type.starts_with("application/x-www-form-urlencoded");
}

/// `http://name:80/more` of a target or a referer: `name:80`; empty when it has none.
std::string_view authority_of(std::string_view url) {
  auto scheme = url.find("://");
  if (scheme == url.npos || url.starts_with('/'))
    return {};
  url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

bool is_origin_of(std::string_view origin, std::string_view host) {
  auto own = authority_of(origin);
  return !own.empty() && (origin.starts_with("http://") || origin.starts_with("https://")) &&
         lower_case(own) == lower_case(host);
}

} // namespace

site_policy::site_policy(const gateway_config& config) : has_configured_hosts_(!config.hosts.empty()) {
  boost::system::error_code error;
  bound_ = asio::ip::make_address(config.bind_address, error);
  is_local_ = !error && bound_.is_loopback();
  for (auto* names : {&config.hosts, &config.own_hosts})
    for (auto& name : *names)
      hosts_.push_back(lower_case(name));
  if (auto name = own_name(); !name.empty())
    hosts_.push_back(name);
  for (auto& origin : config.origins)
    origins_.push_back(lower_case(origin));
}

std::optional<refusal> site_policy::judge(parsed_request& request) const {
  if (auto why = judge_framing(request))
    return why;
  if (auto why = judge_host(request))
    return why;
  if (!request.is_browsers)
    return std::nullopt;
  return judge_origin(request);
}

/// What would let two readers of one connection disagree about where a request ends.
std::optional<refusal> site_policy::judge_framing(const parsed_request& request) const {
  if (request.method == "CONNECT")
    return refusal{400, 3, "400 Bad Request"};
  if (request.expects_other)
    return refusal{417, 3, "Expect must be 100-continue, nothing else is understood"};
  if (request.codings == 0)
    return std::nullopt;
  if (request.version < 11)
    return refusal{400, 3, "400 Bad Request: Transfer-Encoding before HTTP/1.1"};
  if (request.codings > 1 || !request.is_chunked)
    return refusal{501, 12, "Transfer-Encoding must be chunked, once, nothing else is understood"};
  return std::nullopt;
}

std::optional<refusal> site_policy::judge_host(parsed_request& request) const {
  if (request.hosts == 0 && request.version >= 11)
    return refusal{400, 3, "400 Bad Request: missing required Host header"};
  if (request.hosts > 1)
    return refusal{400, 3, "400 Bad Request: too many Host headers"};
  auto wrong = [this](std::string_view what, std::string_view host) {
    return refusal{421, 3,
                   fmt::format("{} is \"{}\" but must be {}", what, shown(host),
                               has_configured_hosts_ || !is_local_
                                   ? "an address or a name of this node, or one of api.hosts"
                                   : "a loopback name or one of api.hosts")};
  };
  if (auto authority = authority_of(request.target);
      !authority.empty() && !may_be_named(authority, request.is_browsers))
    return wrong("the target's host", authority);
  bool is_known = request.host == request.right_host && request.is_browsers == request.is_right_for_browsers;
  if (request.hosts == 0 || is_known)
    return std::nullopt;
  if (!may_be_named(request.host, request.is_browsers))
    return wrong("Host", request.host);
  request.right_host = request.host;
  request.is_right_for_browsers = request.is_browsers;
  return std::nullopt;
}

std::optional<refusal> site_policy::judge_origin(const parsed_request& request) const {
  auto may_ask = [&](std::string_view origin) {
    return is_origin_of(origin, request.host) ||
           std::find(origins_.begin(), origins_.end(), lower_case(origin)) != origins_.end();
  };
  bool is_told = request.origins > 0;
  if (request.origins > 1 || (is_told && !may_ask(request.origin)))
    return refusal{
        403, 7,
        fmt::format("Origin is \"{}\" but must be this door's own or one of api.origins", shown(request.origin))};
  if (!is_told && request.is_cross_site)
    return refusal{403, 7, "Sec-Fetch-Site must be same-origin or none: other sites' pages may not ask"};
  bool is_command = request.method != "GET" && request.method != "HEAD";
  if (is_command && !is_told && is_form(request.content_type))
    return refusal{403, 7, "a browser's form must say its Origin: other sites' pages may not send commands"};
  return std::nullopt;
}

bool site_policy::may_be_named(std::string_view host, bool by_browser) const {
  auto name = name_of(host);
  if (!name)
    return false;
  return is_ours(*name) || (!by_browser && !is_local_ && !has_configured_hosts_);
}

bool site_policy::is_ours(std::string_view name) const {
  boost::system::error_code error;
  auto address = asio::ip::make_address(name, error);
  if (!error)
    return address.is_loopback() || address == bound_ || !is_local_ ||
           std::find(hosts_.begin(), hosts_.end(), name) != hosts_.end();
  bool has_dot = name.find('.') != name.npos;
  if (!has_dot || std::any_of(std::begin(private_suffixes), std::end(private_suffixes),
                              [&](auto suffix) { return name.ends_with(suffix); }))
    return true;
  return std::any_of(hosts_.begin(), hosts_.end(), [&](std::string_view known) {
    return known == "*" || known == name || (known.starts_with("*.") && name.ends_with(known.substr(1)));
  });
}

} // namespace maestro
