#include "nodes/cluster/certificates.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

namespace maestro::certificates {

namespace {

constexpr long day = 24 * 60 * 60;
constexpr long node_life = 365 * day;
constexpr long clock_slack = 60 * 60; ///< a node whose clock is behind takes it all the same
constexpr int serial_bits = 127;

using number_ptr = std::unique_ptr<BIGNUM, freeing<BN_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freeing<X509_EXTENSION_free>>;
using memory_ptr = std::unique_ptr<BIO, freeing<BIO_free_all>>;

result<file_ptr> open_to_read(const std::string& path) {
  file_ptr file(std::fopen(path.c_str(), "re"));
  if (!file)
    return file_failure(path);
  return file;
}

std::string cluster_of(X509& authority) {
  std::array<char, 256> text{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(&authority), NID_organizationName, text.data(), text.size());
  return text.data();
}

/// Whom it is for, where and how long.
struct purpose {
  std::string name;
  const char* usage;
  long life;
};

result<certificate_ptr> sign(const authority& by, EVP_PKEY& key, const purpose& what) {
  auto one = begin_certificate(key, what.name, cluster_of(*by.certificate), what.life);
  if (!one)
    return one;
  auto& certificate = **one;
  X509_set_issuer_name(&certificate, X509_get_subject_name(by.certificate.get()));
  bool is_signed = extend(certificate, *by.certificate, NID_basic_constraints, "critical,CA:FALSE") &&
                   extend(certificate, *by.certificate, NID_key_usage, "critical,digitalSignature") &&
                   extend(certificate, *by.certificate, NID_ext_key_usage, what.usage) &&
                   extend(certificate, *by.certificate, NID_subject_alt_name, ("DNS:" + what.name).c_str()) &&
                   X509_sign(&certificate, by.key.get(), EVP_sha256()) > 0;
  if (!is_signed)
    return openssl_failure("cannot sign a certificate for " + what.name);
  return one;
}

std::string text_in(BIO& memory) {
  char* begin = nullptr;
  auto size = BIO_get_mem_data(&memory, &begin);
  return {begin, static_cast<std::size_t>(size)};
}

memory_ptr memory_of(const std::string& text) {
  return memory_ptr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

} // namespace

failure openssl_failure(const std::string& what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  return {ec::internal, fmt::format("{}: {}", what, text.data())};
}

failure file_failure(const std::string& path) {
  return {ec::invalid_argument, fmt::format("{}: {}", path, std::strerror(errno))};
}

result<file_ptr> create(const std::string& path, mode_t mode) {
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0)
    return file_failure(path);
  return file_ptr(::fdopen(fd, "w"));
}

result<key_ptr> make_key() {
  key_ptr key(EVP_EC_gen("P-256"));
  if (!key)
    return openssl_failure("cannot make a key");
  return key;
}

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

result<authority> load_authority(const std::string& folder) {
  auto path = std::filesystem::path(folder);
  auto certificate_file = open_to_read((path / "ca.crt").string());
  if (!certificate_file)
    return certificate_file.error();
  auto key_file = open_to_read((path / "ca.key").string());
  if (!key_file)
    return key_file.error();
  authority loaded{certificate_ptr(PEM_read_X509(certificate_file->get(), nullptr, nullptr, nullptr)),
                   key_ptr(PEM_read_PrivateKey(key_file->get(), nullptr, nullptr, nullptr))};
  if (!loaded.certificate || !loaded.key ||
      X509_check_private_key(loaded.certificate.get(), loaded.key.get()) != 1)
    return openssl_failure(folder + " holds no authority whose key and certificate fit");
  return loaded;
}

result<certificate_ptr> sign_node(const authority& by, EVP_PKEY& key, const std::string& node) {
  return sign(by, key, {node, "serverAuth,clientAuth", node_life});
}

result<certificate_ptr> sign_door(const authority& by, EVP_PKEY& key) {
  return sign(by, key, {door_name, "serverAuth", day});
}

std::string to_pem(X509& one) {
  memory_ptr memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(memory.get(), &one);
  return text_in(*memory);
}

std::string to_pem(X509_REQ& one) {
  memory_ptr memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_REQ(memory.get(), &one);
  return text_in(*memory);
}

certificate_ptr certificate_of_pem(const std::string& text) {
  return certificate_ptr(PEM_read_bio_X509(memory_of(text).get(), nullptr, nullptr, nullptr));
}

request_ptr request_of_pem(const std::string& text) {
  return request_ptr(PEM_read_bio_X509_REQ(memory_of(text).get(), nullptr, nullptr, nullptr));
}

std::string fingerprint(X509& one) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  std::string text;
  if (X509_digest(&one, EVP_sha256(), digest.data(), &size) == 1)
    for (unsigned i = 0; i < size; ++i)
      text += fmt::format("{:02x}", digest[i]);
  return text;
}

} // namespace maestro::certificates
