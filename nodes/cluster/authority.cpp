#include "nodes/cluster/authority.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <memory>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro {

namespace {

constexpr long day = 24 * 60 * 60;
constexpr long authority_life = 3650 * day;
constexpr long certificate_life = 365 * day;
constexpr long clock_slack = 60 * 60; ///< a node whose clock is behind takes it all the same
constexpr int serial_bits = 127;

template <auto Free>
struct freeing {
  template <class T>
  void operator()(T* value) const {
    Free(value);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freeing<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freeing<X509_free>>;
using number_ptr = std::unique_ptr<BIGNUM, freeing<BN_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freeing<X509_EXTENSION_free>>;
struct closing {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using file_ptr = std::unique_ptr<std::FILE, closing>;

failure openssl_failure(const std::string& what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  return {ec::internal, fmt::format("{}: {}", what, text.data())};
}

failure file_failure(const std::string& path) {
  return {ec::invalid_argument, fmt::format("{}: {}", path, std::strerror(errno))};
}

/// A new file; one that is there is kept.
result<file_ptr> create(const std::string& path, mode_t mode) {
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0)
    return file_failure(path);
  return file_ptr(::fdopen(fd, "w"));
}

result<file_ptr> open_to_read(const std::string& path) {
  file_ptr file(std::fopen(path.c_str(), "re"));
  if (!file)
    return file_failure(path);
  return file;
}

/// What both kinds have: a number by chance, a life, a name, a key.
result<certificate_ptr> begin_certificate(EVP_PKEY& key, const std::string& name, const std::string& cluster,
                                          long life) {
  certificate_ptr one(X509_new());
  number_ptr serial(BN_new());
  bool is_made = one && serial && BN_rand(serial.get(), serial_bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
                 BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(one.get())) != nullptr &&
                 X509_set_version(one.get(), 2) == 1 &&
                 X509_gmtime_adj(X509_getm_notBefore(one.get()), -clock_slack) &&
                 X509_gmtime_adj(X509_getm_notAfter(one.get()), life) && X509_set_pubkey(one.get(), &key) == 1;
  auto* subject = is_made ? X509_get_subject_name(one.get()) : nullptr;
  for (auto [field, value] : {std::pair("O", &cluster), std::pair("CN", &name)})
    is_made = is_made &&
              X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8,
                                         reinterpret_cast<const unsigned char*>(value->c_str()), -1, -1, 0) == 1;
  if (!is_made)
    return openssl_failure("cannot make a certificate");
  return one;
}

bool extend(X509& one, X509& issuer, int what, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, &issuer, &one, nullptr, nullptr, 0);
  extension_ptr extension(X509V3_EXT_conf_nid(nullptr, &context, what, value));
  return extension && X509_add_ext(&one, extension.get(), -1) == 1;
}

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

std::string cluster_of(X509& authority) {
  std::array<char, 256> text{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(&authority), NID_organizationName, text.data(), text.size());
  return text.data();
}

} // namespace

result<done> make_authority(const std::string& folder, const std::string& cluster) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem)
    return failure{ec::invalid_argument, fmt::format("{}: {}", folder, problem.message())};
  key_ptr key(EVP_EC_gen("P-256"));
  if (!key)
    return openssl_failure("cannot make a key");
  auto one = begin_certificate(*key, "authority of " + cluster, cluster, authority_life);
  if (!one)
    return one.error();
  auto& authority = **one;
  X509_set_issuer_name(&authority, X509_get_subject_name(&authority));
  bool is_signed = extend(authority, authority, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                   extend(authority, authority, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                   extend(authority, authority, NID_subject_key_identifier, "hash") &&
                   X509_sign(&authority, key.get(), EVP_sha256()) > 0;
  if (!is_signed)
    return openssl_failure("cannot sign the authority's certificate");
  return write_pair((std::filesystem::path(folder) / "ca").string(), authority, *key);
}

result<done> issue_certificate(const std::string& folder, const std::string& node) {
  auto path = std::filesystem::path(folder);
  auto certificate_file = open_to_read((path / "ca.crt").string());
  if (!certificate_file)
    return certificate_file.error();
  auto key_file = open_to_read((path / "ca.key").string());
  if (!key_file)
    return key_file.error();
  certificate_ptr authority(PEM_read_X509(certificate_file->get(), nullptr, nullptr, nullptr));
  key_ptr authority_key(PEM_read_PrivateKey(key_file->get(), nullptr, nullptr, nullptr));
  if (!authority || !authority_key || X509_check_private_key(authority.get(), authority_key.get()) != 1)
    return openssl_failure(folder + " holds no authority whose key and certificate fit");
  key_ptr key(EVP_EC_gen("P-256"));
  if (!key)
    return openssl_failure("cannot make a key");
  auto one = begin_certificate(*key, node, cluster_of(*authority), certificate_life);
  if (!one)
    return one.error();
  auto& certificate = **one;
  X509_set_issuer_name(&certificate, X509_get_subject_name(authority.get()));
  bool is_signed = extend(certificate, *authority, NID_basic_constraints, "critical,CA:FALSE") &&
                   extend(certificate, *authority, NID_key_usage, "critical,digitalSignature") &&
                   extend(certificate, *authority, NID_ext_key_usage, "serverAuth,clientAuth") &&
                   extend(certificate, *authority, NID_subject_alt_name, ("DNS:" + node).c_str()) &&
                   X509_sign(&certificate, authority_key.get(), EVP_sha256()) > 0;
  if (!is_signed)
    return openssl_failure("cannot sign a certificate for " + node);
  return write_pair((path / node).string(), certificate, *key);
}

} // namespace maestro
