// Certificates of a cluster's own authority, for whoever makes, asks for or proves them (authority, authority_door, authority_join).
// OpenSSL's objects with an owner each. For the files of this folder only.
#pragma once

#include "messages/error.hpp"

#include <cstdio>
#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sys/types.h>

namespace maestro::certificates {

template <auto Free>
struct freeing {
  template <class T>
  void operator()(T* value) const {
    Free(value);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freeing<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freeing<X509_free>>;
using request_ptr = std::unique_ptr<X509_REQ, freeing<X509_REQ_free>>;
struct closing {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using file_ptr = std::unique_ptr<std::FILE, closing>;

/// What only the authority's door is called; no node is, for it is no name of one.
inline constexpr const char* door_name = "authority.maestro.invalid";

/// With OpenSSL's own reason.
failure openssl_failure(const std::string& what);
/// With the system's.
failure file_failure(const std::string& path);

/// A new file; one that is there is kept.
result<file_ptr> create(const std::string& path, mode_t mode);

/// P-256.
result<key_ptr> make_key();

/// What all have: a number by chance, a life in seconds, a name, a key. Neither extensions nor a signature yet.
result<certificate_ptr> begin_certificate(EVP_PKEY& key, const std::string& name, const std::string& cluster,
                                          long life);
/// `what` is OpenSSL's number of an extension; false: not taken.
bool extend(X509& one, X509& issuer, int what, const char* value);

struct authority {
  certificate_ptr certificate;
  key_ptr key;
};
/// ca.crt and ca.key of the folder, which fit together.
result<authority> load_authority(const std::string& folder);

/// For a node's link: both sides of it, one year.
result<certificate_ptr> sign_node(const authority& by, EVP_PKEY& key, const std::string& node);
/// For the authority's door: a day.
result<certificate_ptr> sign_door(const authority& by, EVP_PKEY& key);

std::string to_pem(X509& one);
std::string to_pem(X509_REQ& one);
certificate_ptr certificate_of_pem(const std::string& text);
request_ptr request_of_pem(const std::string& text);

/// SHA-256 of the certificate, 64 hexadecimal digits.
std::string fingerprint(X509& one);

} // namespace maestro::certificates
