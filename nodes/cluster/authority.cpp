#include "nodes/cluster/authority.hpp"

#include "nodes/cluster/certificates.hpp"

#include <fmt/format.h>

#include <filesystem>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace maestro {

using namespace certificates;

namespace {

constexpr long authority_life = 3650L * 24 * 60 * 60;

result<done> write_pair(const std::string& stem, X509& certificate, EVP_PKEY& key) {
  auto key_file = create(stem + ".key", 0600);
  if (!key_file)
    return key_file.error();
  auto certificate_file = create(stem + ".crt", 0644);
  if (!certificate_file)
    return certificate_file.error();
  bool is_written = PEM_write_PrivateKey(key_file->get(), &key, nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
                    PEM_write_X509(certificate_file->get(), &certificate) == 1 &&
                    std::fflush(key_file->get()) == 0 && std::fflush(certificate_file->get()) == 0;
  if (!is_written)
    return openssl_failure("cannot write " + stem);
  return done{};
}

} // namespace

result<done> make_authority(const std::string& folder, const std::string& cluster) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem)
    return failure{ec::invalid_argument, fmt::format("{}: {}", folder, problem.message())};
  auto key = make_key();
  if (!key)
    return key.error();
  auto one = begin_certificate(**key, "authority of " + cluster, cluster, authority_life);
  if (!one)
    return one.error();
  auto& authority = **one;
  X509_set_issuer_name(&authority, X509_get_subject_name(&authority));
  bool is_signed = extend(authority, authority, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                   extend(authority, authority, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                   extend(authority, authority, NID_subject_key_identifier, "hash") &&
                   X509_sign(&authority, key->get(), EVP_sha256()) > 0;
  if (!is_signed)
    return openssl_failure("cannot sign the authority's certificate");
  return write_pair((std::filesystem::path(folder) / "ca").string(), authority, **key);
}

result<done> issue_certificate(const std::string& folder, const std::string& node) {
  auto authority = load_authority(folder);
  if (!authority)
    return authority.error();
  auto key = make_key();
  if (!key)
    return key.error();
  auto certificate = sign_node(*authority, **key, node);
  if (!certificate)
    return certificate.error();
  return write_pair((std::filesystem::path(folder) / node).string(), **certificate, **key);
}

} // namespace maestro
