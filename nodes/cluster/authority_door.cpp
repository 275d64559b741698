#include "nodes/cluster/authority_door.hpp"

#include "nodes/cluster/certificates.hpp"
#include "nodes/cluster/join_tokens.hpp"

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/endian/conversion.hpp>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <thread>
#include <utility>

#include <openssl/ec.h>
#include <openssl/ssl.h>

namespace maestro {

using namespace certificates;
namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

using namespace std::chrono_literals;

constexpr auto conversation_limit = 5s;
constexpr auto accept_again = 100ms;
constexpr std::size_t conversations_limit = 32; ///< at once; more are closed
constexpr std::uint32_t question_limit = 8192;
constexpr int key_bits = 256;

/// P-256, and in the hands of who asks.
result<EVP_PKEY*> key_of(X509_REQ& request) {
  auto* key = X509_REQ_get0_pubkey(&request);
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC || EVP_PKEY_get_bits(key) != key_bits)
    return failure{ec::invalid_argument, "the key of the request is not a P-256 one"};
  if (X509_REQ_verify(&request, key) != 1)
    return failure{ec::invalid_argument, "the request is not signed by its own key"};
  return key;
}

struct made_node {
  std::string name;
  std::string certificate;
};

/// The token is spent last of all that can be refused.
result<made_node> answer_of(const std::string& folder, const std::string& question) {
  auto line = question.substr(0, question.find('\n'));
  auto space = line.find(' ');
  if (space == line.npos || line.size() == question.size())
    return failure{ec::invalid_argument, "this is no request for a certificate"};
  auto request = request_of_pem(question.substr(line.size() + 1));
  if (!request)
    return failure{ec::invalid_argument, "this is no request for a certificate"};
  auto key = key_of(*request);
  if (!key)
    return key.error();
  auto authority = load_authority(folder);
  if (!authority)
    return authority.error();
  auto node = spend_join_token(folder, line.substr(0, space), line.substr(space + 1));
  if (!node)
    return node.error();
  auto certificate = sign_node(*authority, **key, *node);
  if (!certificate)
    return certificate.error();
  return made_node{*node, to_pem(**certificate)};
}

} // namespace

struct authority_door::parts {
  asio::io_context io;
  ssl::context context{ssl::context::tls_server};
  tcp::acceptor acceptor{io};
  asio::steady_timer pause{io};
  std::string folder;
  report tell;
  std::size_t conversations = 0;
  std::uint64_t refused = 0;
  std::thread thread;

  result<done> prove_with(const authority& by);
  void accept();
  std::string answer(const std::string& question, const std::string& from);
};

namespace {

/// One newcomer: its question, its answer.
template <class Door>
class conversation : public std::enable_shared_from_this<conversation<Door>> {
public:
  explicit conversation(Door& door) : stream(door.io, door.context), door_(door), timer_(door.io) {}
  ~conversation() {
    if (is_counted_)
      --door_.conversations;
  }

  void begin() {
    is_counted_ = true;
    ++door_.conversations;
    timer_.expires_after(conversation_limit);
    timer_.async_wait([weak = this->weak_from_this()](error_code error) {
      if (auto self = weak.lock(); self && !error)
        self->close();
    });
    stream.async_handshake(ssl::stream_base::server, when([this] { read_length(); }));
  }

  ssl::stream<tcp::socket> stream;

private:
  /// Goes on after a success, ends otherwise; keeps this alive.
  template <class Then>
  auto when(Then then) {
    return [self = this->shared_from_this(), then](error_code error, std::size_t = 0) {
      error ? self->close() : then();
    };
  }
  void close() {
    error_code ignored;
    timer_.cancel();
    stream.lowest_layer().close(ignored);
  }
  void read_length() {
    asio::async_read(stream, asio::buffer(length_), when([this] {
                       auto size = boost::endian::load_big_u32(length_.data());
                       if (size == 0 || size > question_limit)
                         return close();
                       text_.resize(size);
                       asio::async_read(stream, asio::buffer(text_), when([this] { answer(); }));
                     }));
  }
  void answer() {
    error_code ignored;
    auto from = stream.lowest_layer().remote_endpoint(ignored).address().to_string();
    text_ = door_.answer(text_, from);
    boost::endian::store_big_u32(length_.data(), static_cast<std::uint32_t>(text_.size()));
    std::array<asio::const_buffer, 2> both{asio::buffer(length_), asio::buffer(text_)};
    asio::async_write(stream, both, when([this] { stream.async_shutdown(when([this] { close(); })); }));
  }

  Door& door_;
  asio::steady_timer timer_;
  std::array<unsigned char, 4> length_{};
  std::string text_;
  bool is_counted_ = false;
};

} // namespace

// With a certificate of its own, for the authority's may sign only.
result<done> authority_door::parts::prove_with(const authority& by) {
  auto key = make_key();
  if (!key)
    return key.error();
  auto own = sign_door(by, **key);
  if (!own)
    return own.error();
  auto* native = context.native_handle();
  bool is_taken = SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION) == 1 &&
                  SSL_CTX_use_certificate(native, own->get()) == 1 &&
                  SSL_CTX_use_PrivateKey(native, key->get()) == 1 &&
                  SSL_CTX_add1_chain_cert(native, by.certificate.get()) == 1;
  if (!is_taken)
    return openssl_failure("cannot use the door's certificate");
  return done{};
}

void authority_door::parts::accept() {
  auto next = std::make_shared<conversation<parts>>(*this);
  acceptor.async_accept(next->stream.lowest_layer(), [this, next](error_code error) {
    if (error == asio::error::operation_aborted)
      return;
    if (error) { // out of descriptors
      pause.expires_after(accept_again);
      pause.async_wait([this](error_code stopped) {
        if (!stopped)
          accept();
      });
      return;
    }
    if (conversations < conversations_limit)
      next->begin();
    accept();
  });
}

std::string authority_door::parts::answer(const std::string& question, const std::string& from) {
  auto made = answer_of(folder, question);
  if (!made) {
    tell(fmt::format("{}: refused ({} so far): {}", from, ++refused, made.error().text));
    return "no\n" + made.error().text;
  }
  tell(fmt::format("{}: node {} has its certificate", from, made->name));
  return "ok\n" + made->certificate;
}

authority_door::authority_door() : parts_(std::make_unique<parts>()) {}

result<std::unique_ptr<authority_door>> authority_door::open(const std::string& folder, const std::string& host,
                                                             std::uint16_t port, report tell) {
  auto authority = load_authority(folder);
  if (!authority)
    return authority.error();
  std::unique_ptr<authority_door> door(new authority_door);
  auto& all = *door->parts_;
  all.folder = folder;
  all.tell = std::move(tell);
  if (auto proved = all.prove_with(*authority); !proved)
    return proved.error();
  error_code error;
  auto failed = [&] {
    return failure{ec::unavailable, fmt::format("cannot listen on {}:{}: {}", host, port, error.message())};
  };
  auto found = tcp::resolver(all.io).resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (error)
    return failed();
  auto endpoint = found.begin()->endpoint();
  if (all.acceptor.open(endpoint.protocol(), error))
    return failed();
  all.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (all.acceptor.bind(endpoint, error))
    return failed();
  if (all.acceptor.listen(asio::socket_base::max_listen_connections, error))
    return failed();
  all.accept();
  all.thread = std::thread([&io = all.io] { io.run(); });
  return door;
}

authority_door::~authority_door() {
  parts_->io.stop();
  if (parts_->thread.joinable())
    parts_->thread.join();
}

std::uint16_t authority_door::port() const {
  error_code ignored;
  return parts_->acceptor.local_endpoint(ignored).port();
}

} // namespace maestro
