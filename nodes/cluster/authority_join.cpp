#include "nodes/cluster/authority_join.hpp"

#include "nodes/cluster/certificates.hpp"

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/endian/conversion.hpp>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace maestro {

using namespace certificates;
namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
namespace fs = std::filesystem;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s; ///< for all of it
constexpr std::uint32_t answer_limit = 16384;

using names_ptr = std::unique_ptr<X509_STORE_CTX, freeing<X509_STORE_CTX_free>>;
using store_ptr = std::unique_ptr<X509_STORE, freeing<X509_STORE_free>>;

/// Signed by that authority and no other, now, for that use.
bool is_signed_by(X509& authority, X509& one, int purpose) {
  store_ptr store(X509_STORE_new());
  names_ptr check(X509_STORE_CTX_new());
  return store && check && X509_STORE_add_cert(store.get(), &authority) == 1 &&
         X509_STORE_CTX_init(check.get(), store.get(), &one, nullptr) == 1 &&
         X509_STORE_CTX_set_purpose(check.get(), purpose) == 1 && X509_verify_cert(check.get()) == 1;
}

/// A connection whose every step shares one end.
class deadline_stream {
public:
  result<done> open(const std::string& host, std::uint16_t port) {
    error_code error;
    auto where = tcp::resolver(io_).resolve(host, std::to_string(port), error);
    if (error)
      return failure{ec::unavailable, fmt::format("{}: {}", host, error.message())};
    auto connected = wait(fmt::format("{}:{}", host, port), [&](auto then) {
      asio::async_connect(stream_.lowest_layer(), where, [then](error_code e, const tcp::endpoint&) { then(e); });
    });
    if (!connected)
      return connected;
    return wait("TLS with the authority",
                [&](auto then) { stream_.async_handshake(ssl::stream_base::client, then); });
  }

  SSL* native() { return stream_.native_handle(); }

  result<std::string> ask(const std::string& question) {
    std::array<unsigned char, 4> length{};
    boost::endian::store_big_u32(length.data(), static_cast<std::uint32_t>(question.size()));
    std::array<asio::const_buffer, 2> both{asio::buffer(length), asio::buffer(question)};
    auto moved = [](auto then) { return [then](error_code e, std::size_t) { then(e); }; };
    if (auto sent = wait("the authority", [&](auto then) { asio::async_write(stream_, both, moved(then)); });
        !sent)
      return sent.error();
    auto read = [&](auto&& into) {
      return wait("the authority", [&](auto then) { asio::async_read(stream_, into, moved(then)); });
    };
    if (auto heard = read(asio::buffer(length)); !heard)
      return heard.error();
    auto size = boost::endian::load_big_u32(length.data());
    if (size > answer_limit)
      return failure{ec::unavailable,
                     fmt::format("the authority answers {} bytes, the limit is {}", size, answer_limit)};
    std::string answer(size, '\0');
    if (auto heard = read(asio::buffer(answer)); !heard)
      return heard.error();
    return answer;
  }

private:
  template <class Start>
  result<done> wait(const std::string& whom, Start start) {
    std::optional<error_code> outcome;
    start([&outcome](error_code error) { outcome = error; });
    io_.restart();
    while (!outcome && io_.run_one_until(end_) > 0) {
    }
    if (!outcome) {
      error_code ignored;
      stream_.lowest_layer().close(ignored);
      io_.restart();
      io_.run(); // what refers to here has ended
      return failure{ec::deadline_exceeded, whom + " does not answer in time"};
    }
    if (*outcome)
      return failure{ec::unavailable, fmt::format("{}: {}", whom, outcome->message())};
    return done{};
  }

  std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + patience;
  asio::io_context io_;
  ssl::context context_{ssl::context::tls_client};
  ssl::stream<tcp::socket> stream_{io_, context_};
};

/// The authority itself, by what the other side showed; nothing was told to it yet.
result<certificate_ptr> proved_authority(SSL* connection, const join_token& token) {
  auto refused = [](const std::string& why) {
    return failure{ec::failed_precondition, "who answers there is not the token's authority: " + why};
  };
  auto* chain = SSL_get_peer_cert_chain(connection);
  auto* own = SSL_get0_peer_certificate(connection);
  if (chain == nullptr || own == nullptr || sk_X509_num(chain) != 2)
    return refused("it shows no authority");
  auto* authority = sk_X509_value(chain, 1);
  auto shown = fingerprint(*authority);
  if (shown != token.fingerprint)
    return refused(fmt::format("its fingerprint is {}, the token's {}", shown, token.fingerprint));
  bool is_door = is_signed_by(*authority, *own, X509_PURPOSE_SSL_SERVER) &&
                 X509_check_host(own, door_name, 0, 0, nullptr) == 1;
  if (!is_door)
    return refused("its certificate is not that of the authority's door");
  X509_up_ref(authority);
  return certificate_ptr(authority);
}

/// Signed by its key; the name is the token's to give.
result<request_ptr> request_for(EVP_PKEY& key) {
  request_ptr request(X509_REQ_new());
  bool is_made = request && X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1 &&
                 X509_REQ_set_pubkey(request.get(), &key) == 1 &&
                 X509_REQ_sign(request.get(), &key, EVP_sha256()) > 0;
  if (!is_made)
    return openssl_failure("cannot make a request");
  return request;
}

/// The first name of its subject's.
std::string name_of(X509& one) {
  std::array<char, 256> text{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(&one), NID_commonName, text.data(), text.size());
  return text.data();
}

bool is_node_name(const std::string& name) {
  return !name.empty() && name.size() <= 63 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == name.npos;
}

/// A file of a key is written before the token is spent: what cannot be kept is not asked for.
class waiting_key {
public:
  static result<waiting_key> write(const fs::path& folder, const std::string& id, EVP_PKEY& key) {
    waiting_key kept;
    kept.path_ = folder / ("joining-" + id + ".key");
    auto file = create(kept.path_.string(), 0600);
    if (!file)
      return file.error();
    kept.is_there_ = true;
    if (PEM_write_PrivateKey(file->get(), &key, nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
        std::fflush(file->get()) != 0)
      return openssl_failure("cannot write " + kept.path_.string());
    return kept;
  }
  waiting_key(waiting_key&& other) noexcept
      : path_(std::move(other.path_)), is_there_(std::exchange(other.is_there_, false)) {}
  ~waiting_key() {
    std::error_code ignored;
    if (is_there_)
      fs::remove(path_, ignored);
  }
  /// Under its last name, unless there is one.
  result<done> name(const fs::path& last) {
    std::error_code problem;
    fs::create_hard_link(path_, last, problem);
    if (problem)
      return failure{ec::invalid_argument, fmt::format("{}: {}", last.string(), problem.message())};
    return done{};
  }

private:
  waiting_key() = default;
  fs::path path_;
  bool is_there_ = false;
};

result<done> write_certificate(const fs::path& path, X509& one) {
  auto file = create(path.string(), 0644);
  if (!file)
    return file.error();
  auto text = to_pem(one);
  if (std::fputs(text.c_str(), file->get()) < 0 || std::fflush(file->get()) != 0)
    return file_failure(path.string());
  return done{};
}

/// One that is there may be the same.
result<done> keep_authority(const fs::path& path, X509& authority) {
  file_ptr known(std::fopen(path.c_str(), "re"));
  if (!known)
    return write_certificate(path, authority);
  certificate_ptr there(PEM_read_X509(known.get(), nullptr, nullptr, nullptr));
  if (!there || fingerprint(*there) != fingerprint(authority))
    return failure{ec::invalid_argument, path.string() + " is another authority's"};
  return done{};
}

/// The certificate for this key, or the authority's own words.
result<certificate_ptr> certificate_in(const std::string& answer, X509& authority, EVP_PKEY& key) {
  auto end = answer.find('\n');
  auto rest = end == answer.npos ? std::string() : answer.substr(end + 1);
  if (answer.substr(0, end) == "no")
    return failure{ec::failed_precondition, "the authority refuses: " + rest};
  auto certificate = certificate_of_pem(rest);
  bool is_good = answer.substr(0, end) == "ok" && certificate &&
                 is_signed_by(authority, *certificate, X509_PURPOSE_SSL_CLIENT) &&
                 X509_check_private_key(certificate.get(), &key) == 1 && is_node_name(name_of(*certificate));
  if (!is_good)
    return failure{ec::unavailable,
                   "the authority answers something else than a certificate for this machine's key"};
  return certificate;
}

} // namespace

result<std::string> join_authority(const join_token& token, const std::string& host, std::uint16_t port,
                                   const std::string& folder) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem)
    return failure{ec::invalid_argument, fmt::format("{}: {}", folder, problem.message())};
  deadline_stream stream;
  if (auto opened = stream.open(host, port); !opened)
    return opened.error();
  auto authority = proved_authority(stream.native(), token);
  if (!authority)
    return authority.error();
  auto key = make_key();
  if (!key)
    return key.error();
  auto request = request_for(**key);
  if (!request)
    return request.error();
  if (auto kept = keep_authority(fs::path(folder) / "ca.crt", **authority); !kept)
    return kept.error();
  auto waiting = waiting_key::write(folder, token.id, **key);
  if (!waiting)
    return waiting.error();
  auto answer = stream.ask(fmt::format("{} {}\n{}", token.id, token.secret, to_pem(**request)));
  if (!answer)
    return answer.error();
  auto certificate = certificate_in(*answer, **authority, **key);
  if (!certificate)
    return certificate.error();
  auto name = name_of(**certificate);
  if (auto named = waiting->name(fs::path(folder) / (name + ".key")); !named)
    return named.error();
  if (auto written = write_certificate(fs::path(folder) / (name + ".crt"), **certificate); !written)
    return written.error();
  return name;
}

} // namespace maestro
