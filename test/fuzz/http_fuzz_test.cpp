// The parser of requests: whatever comes, it ends, holds no more than its limits, and reads the same whether the bytes
// come at once or in pieces; nothing that the site policy refuses is read on.
#include "nodes/gateway/http_parser.hpp"
#include "test/fuzz/mutation.hpp"

#include <gtest/gtest.h>

namespace {

using namespace maestro;
namespace http = boost::beast::http;

struct outcome {
  parsed_request request;
  bool is_whole = false;
  std::size_t used = 0;
};

/// The first request of the bytes, handed over in pieces.
outcome read(const site_policy& sites, std::string_view bytes, const std::function<std::size_t()>& piece) {
  outcome seen;
  http_parser parser(seen.request, sites);
  parser.limit_header(4096);
  parser.body_limit(8192);
  boost::beast::error_code error;
  std::size_t arrived = 0;
  while (!parser.is_done() && arrived < bytes.size()) {
    arrived = std::min(bytes.size(), arrived + std::max<std::size_t>(piece(), 1));
    error = {};
    while (!parser.is_done() && seen.used < arrived && !error)
      seen.used += parser.put(boost::asio::buffer(bytes.data() + seen.used, arrived - seen.used), error);
    if (error && error != http::error::need_more)
      break;
    if (!parser.is_done() && parser.is_header_done() && arrived - seen.used > 4096 + 64)
      return seen; // an endless chunk header: http_conversation ends it here
  }
  seen.is_whole = parser.is_done() && (!error || error == http::error::need_more);
  return seen;
}

TEST(HttpFuzz, AnyBytesEndWithinTheirLimitsAndReadTheSameInPieces) {
  gateway_config config;
  site_policy sites(config);
  fuzz::mutation bytes(
      {"PUT /scheduler/s/rooms/r-1/ping HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
       "18\r\n\r\n{\"status\":\"ready\"}",
       "POST /schedulers HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nTransfer-Encoding: chunked\r\n\r\n"
       "5;a=b\r\n{\"nam\r\n6\r\ne\":5}x\r\n0\r\nT: t\r\n\r\n",
       "GET /schedulers?name=a%20b HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n\r\n",
       "GET http://localhost/healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
       "POST /x HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"},
      {"\r\n",
       "\r\n\r\n",
       "Host: evil.example\r\n",
       "Host: localhost\r\n",
       "Content-Length: 5\r\n",
       "Transfer-Encoding: chunked\r\n",
       "Transfer-Encoding: gzip, chunked\r\n",
       "Origin: https://evil.example\r\n",
       "Sec-Fetch-Site: cross-site\r\n",
       "CONNECT ",
       " HTTP/1.1",
       "0\r\n\r\n",
       ";ext",
       "ffffffffffffffff\r\n",
       "\t",
       ":",
       std::string(1, '\0'),
       "\n",
       "Content-Length: 18446744073709551615\r\n",
       "Content-Length: +1\r\n"});
  std::size_t whole = 0, refused = 0;
  for (auto i = fuzz::rounds(100'000); i > 0; --i) {
    auto text = bytes.next();
    auto at_once = read(sites, text, [&] { return text.size(); });
    auto in_pieces = read(sites, text, [&] { return 1 + bytes.number(9); });
    ASSERT_LE(at_once.request.body.size(), 8192U);
    ASSERT_LE(at_once.request.target.size(), 4096U);
    ASSERT_EQ(at_once.is_whole, in_pieces.is_whole) << text;
    if (at_once.is_whole) {
      ++whole;
      ASSERT_EQ(at_once.used, in_pieces.used) << text;
      ASSERT_EQ(at_once.request.method, in_pieces.request.method) << text;
      ASSERT_EQ(at_once.request.target, in_pieces.request.target) << text;
      ASSERT_EQ(at_once.request.body, in_pieces.request.body) << text;
      ASSERT_FALSE(at_once.request.refused) << text;
      ASSERT_NE(at_once.request.method, "CONNECT");
      ASSERT_TRUE(at_once.request.hosts == 1 || at_once.request.version == 10) << text;
      ASSERT_LE(at_once.request.codings, 1) << text;
    }
    refused += at_once.request.refused ? 1 : 0;
    if (at_once.request.refused) {
      ASSERT_TRUE(at_once.request.body.empty()) << text;
    }
  }
  EXPECT_GT(whole, 100U) << "the seeds are no requests any more";
  EXPECT_GT(refused, 100U);
}

} // namespace
