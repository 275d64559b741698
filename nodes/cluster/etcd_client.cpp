#include "nodes/cluster/etcd_client.hpp"

#include "messages/text.hpp"

#include "etcd/v3/etcd.grpc.pb.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_set>

namespace maestro {

namespace etcd = etcdserverpb;

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t keys_per_page = 500;
constexpr int answer_bytes_max = 512 << 20; ///< a page of entries as long as etcd takes them
constexpr int connect_backoff_ms = 200;
constexpr int connect_backoff_max_ms = 2000;
constexpr std::string_view plain_scheme = "http://";
constexpr std::string_view tls_scheme = "https://";

result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return failure{ec::invalid_argument, fmt::format("cluster.etcd: cannot read {}", path)};
  return std::string(std::istreambuf_iterator<char>(file), {});
}

bool is_tls(const etcd_config& config) {
  return config.endpoints.front().starts_with(tls_scheme);
}

std::string target_of(const std::string& endpoint) {
  return endpoint.substr(endpoint.find("//") + 2);
}

result<std::shared_ptr<grpc::ChannelCredentials>> credentials_of(const etcd_config& config) {
  if (!is_tls(config))
    return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  for (auto [path, into] : {std::pair(&config.ca_file, &options.pem_root_certs),
                            std::pair(&config.certificate_file, &options.pem_cert_chain),
                            std::pair(&config.key_file, &options.pem_private_key)}) {
    if (path->empty())
      continue;
    auto text = read_file(*path);
    if (!text)
      return text.error();
    *into = std::move(*text);
  }
  return grpc::SslCredentials(options);
}

std::shared_ptr<grpc::Channel> connect(const std::string& endpoint,
                                       const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, connect_backoff_ms);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, connect_backoff_max_ms); // how long one attempt may take
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, connect_backoff_max_ms);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetMaxReceiveMessageSize(answer_bytes_max);
  // A watch is silent for hours: without these nobody notices that the other side is gone.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 3'000);
  return grpc::CreateCustomChannel(target_of(endpoint), credentials, arguments);
}

/// A member without a leader refuses at once then, and ends its watches, instead of saying nothing until the time is over.
const std::pair<std::string, std::string> leader_is_needed{"hasleader", "true"};

/// The first key after all that begin with the prefix.
std::string end_of(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff')
    prefix.pop_back();
  if (!prefix.empty())
    prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix.empty() ? std::string(1, '\0') : prefix;
}

store_entry entry_of(const etcd::KeyValue& pair) {
  return {pair.key(), pair.value(), pair.mod_revision()};
}

etcd::TxnRequest transaction_of(const change_store& wanted, std::int64_t lease) {
  etcd::TxnRequest request;
  for (auto& condition : wanted.conditions) {
    auto& compare = *request.add_compare();
    compare.set_result(etcd::Compare::EQUAL);
    compare.set_target(etcd::Compare::MOD);
    compare.set_key(condition.key);
    compare.set_mod_revision(condition.revision);
    request.add_failure()->mutable_request_range()->set_key(condition.key);
  }
  for (auto& write : wanted.writes) {
    auto& operation = *request.add_success();
    if (write.kind == store_write_kind::erase) {
      operation.mutable_request_delete_range()->set_key(write.key);
      continue;
    }
    auto& put = *operation.mutable_request_put();
    put.set_key(write.key);
    put.set_value(write.value);
    put.set_lease(write.kind == store_write_kind::put_leased ? lease : 0);
  }
  return request;
}

/// Events of one revision stay together; etcd sends them so unless fragments are asked for. Of several of one key the
/// last counts.
store_changes changes_of(const etcd::WatchResponse& response) {
  store_changes changes;
  changes.revision = response.header().revision();
  std::unordered_set<std::string_view> seen;
  for (auto event = response.events().rbegin(); event != response.events().rend(); ++event) {
    auto& key = event->kv().key();
    if (!seen.insert(key).second)
      continue;
    if (event->type() == etcd::Event::DELETE)
      changes.gone.push_back(key);
    else
      changes.present.push_back(entry_of(event->kv()));
  }
  std::reverse(changes.present.begin(), changes.present.end());
  std::reverse(changes.gone.begin(), changes.gone.end());
  return changes;
}

/// The last revision may go on on the next page: unless it is the only one it is read there.
store_listing cut_to_whole_revisions(store_listing listing) {
  auto& entries = listing.entries;
  if (listing.has_more && entries.front().revision != entries.back().revision)
    std::erase_if(entries, [last = entries.back().revision](auto& entry) { return entry.revision == last; });
  return listing;
}

/// As etcd's rpctypes say it; its code, FAILED_PRECONDITION, has others.
constexpr const char* lease_exists = "lease already exists";
/// Likewise; NOT_FOUND.
constexpr const char* lease_unknown = "lease not found";
/// Likewise, where etcd's gRPC itself refuses to read it; RESOURCE_EXHAUSTED, as no space and too many requests are.
constexpr const char* too_long = "larger than max";

ec code_of(const grpc::Status& status) {
  switch (status.error_code()) {
  case grpc::StatusCode::DEADLINE_EXCEEDED: return ec::deadline_exceeded;
  case grpc::StatusCode::RESOURCE_EXHAUSTED:
    return status.error_message().find(too_long) == std::string::npos ? ec::resource_exhausted
                                                                      : ec::invalid_argument;
  case grpc::StatusCode::INVALID_ARGUMENT: return ec::invalid_argument; // too long, say
  default: return ec::unavailable;
  }
}

failure failure_of(const grpc::Status& status, const std::string& endpoint) {
  return {code_of(status), fmt::format("etcd at {}: {}", endpoint,
                                       status.error_message().empty() ? "no answer" : status.error_message())};
}

bool is_of_contact(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
         status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
}

} // namespace

result<done> check(const etcd_config& config) {
  for (auto& endpoint : config.endpoints) {
    bool is_known = endpoint.starts_with(plain_scheme) || endpoint.starts_with(tls_scheme);
    if (!is_known || target_of(endpoint).find(':') == std::string::npos)
      return failure{
          ec::invalid_argument,
          fmt::format("cluster.etcd.endpoints: {} is not http://host:port or https://host:port", endpoint)};
    if (endpoint.starts_with(tls_scheme) != is_tls(config))
      return failure{ec::invalid_argument, "cluster.etcd.endpoints: http and https are mixed"};
  }
  if (config.certificate_file.empty() != config.key_file.empty())
    return failure{ec::invalid_argument, "cluster.etcd.certFile and cluster.etcd.keyFile belong together"};
  if (auto credentials = credentials_of(config); !credentials)
    return credentials.error();
  return done{};
}

struct etcd_client::parts {
  struct endpoint {
    std::string name;
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<etcd::KV::Stub> keys;
    std::unique_ptr<etcd::Lease::Stub> leases;
    std::unique_ptr<etcd::Watch::Stub> watches;
  };

  explicit parts(const etcd_config& config) : timeout(config.timeout) {
    // `check` has read the files; where they have gone since, nothing is said in the clear.
    auto credentials = credentials_of(config);
    for (auto& name : config.endpoints) {
      auto channel = connect(name, credentials ? *credentials : grpc::SslCredentials({}));
      endpoints.push_back({name, channel, etcd::KV::NewStub(channel), etcd::Lease::NewStub(channel),
                           etcd::Watch::NewStub(channel)});
    }
  }

  // A call that fails at once while the channel connects leaves nobody to read what the other side answers: it waits.
  void prepare(grpc::ClientContext& context) const {
    context.set_wait_for_ready(true);
    context.AddMetadata(leader_is_needed.first, leader_is_needed.second);
    context.set_deadline(
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(timeout.count(), GPR_TIMESPAN)));
  }

  endpoint& current() { return endpoints[turn % endpoints.size()]; }

  /// Calls until an endpoint answers, or so many have not.
  template <class Call>
  result<done> call(std::size_t tries, Call what) {
    for (;;) {
      auto& at = current();
      grpc::ClientContext context;
      prepare(context);
      auto status = what(at, context);
      if (status.ok())
        return done{};
      auto why = failure_of(status, at.name);
      if (is_of_contact(status))
        ++turn;
      if (!is_of_contact(status) || --tries == 0)
        return why;
    }
  }

  duration timeout;
  std::vector<endpoint> endpoints;
  std::size_t turn = 0; ///< which endpoint is asked; the store's thread
  std::thread watching;
  std::size_t watched = 0; ///< which endpoint is watched, as `turn`
  std::unique_ptr<grpc::ClientContext> watch_context;
};

etcd_client::etcd_client(const etcd_config& config) : parts_(std::make_unique<parts>(config)) {}

etcd_client::~etcd_client() {
  end_watch();
}

result<store_listing> etcd_client::read(const read_store& wanted) {
  store_listing listing;
  etcd::RangeRequest request;
  request.set_key(wanted.prefix);
  request.set_range_end(end_of(wanted.prefix));
  request.set_limit(keys_per_page);
  if (wanted.limit > 0) {
    request.set_limit(wanted.limit);
    request.set_min_mod_revision(wanted.after + 1);
    request.set_sort_order(etcd::RangeRequest::ASCEND);
    request.set_sort_target(etcd::RangeRequest::MOD);
  }
  for (;;) {
    etcd::RangeResponse response;
    auto answered = parts_->call(parts_->endpoints.size(), [&](auto& at, auto& context) {
      return at.keys->Range(&context, request, &response);
    });
    if (!answered)
      return answered.error();
    if (listing.revision == 0)
      listing.revision = response.header().revision();
    for (auto& pair : response.kvs())
      listing.entries.push_back(entry_of(pair));
    listing.has_more = response.more() && !response.kvs().empty();
    if (wanted.limit > 0)
      return cut_to_whole_revisions(std::move(listing));
    if (!listing.has_more)
      return listing;
    request.set_revision(listing.revision);
    request.set_key(listing.entries.back().key + '\0');
  }
}

result<store_outcome> etcd_client::change(const change_store& wanted, std::int64_t lease) {
  auto request = transaction_of(wanted, lease);
  etcd::TxnResponse response;
  bool is_lease_lost = false;
  auto answered = parts_->call(1, [&](auto& at, auto& context) {
    auto status = at.keys->Txn(&context, request, &response);
    is_lease_lost = status.error_message().find(lease_unknown) != std::string::npos;
    return status;
  });
  if (is_lease_lost)
    return failure{ec::not_found, answered.error().text};
  if (!answered)
    return answered.error();
  store_outcome outcome{response.succeeded(), response.header().revision(), {}};
  if (!outcome.is_applied)
    for (auto& found : response.responses())
      for (auto& pair : found.response_range().kvs())
        outcome.found.push_back(entry_of(pair));
  return outcome;
}

result<done> etcd_client::compact(std::int64_t revision) {
  etcd::CompactionRequest request;
  request.set_revision(revision);
  etcd::CompactionResponse response;
  bool is_done_before = false;
  auto answered = parts_->call(1, [&](auto& at, auto& context) {
    auto status = at.keys->Compact(&context, request, &response);
    is_done_before = status.error_code() == grpc::StatusCode::OUT_OF_RANGE;
    return status;
  });
  return is_done_before ? result<done>(done{}) : answered;
}

result<done> etcd_client::grant_lease(std::int64_t lease, duration length) {
  etcd::LeaseGrantRequest request;
  request.set_id(lease);
  request.set_ttl(std::chrono::ceil<std::chrono::seconds>(length).count());
  etcd::LeaseGrantResponse response;
  return parts_->call(parts_->endpoints.size(), [&](auto& at, auto& context) {
    auto status = at.leases->LeaseGrant(&context, request, &response);
    return status.error_message().find(lease_exists) == std::string::npos ? status : grpc::Status::OK;
  });
}

result<bool> etcd_client::keep_lease(std::int64_t lease) {
  etcd::LeaseKeepAliveResponse response;
  auto answered = parts_->call(parts_->endpoints.size(), [&](auto& at, auto& context) {
    etcd::LeaseKeepAliveRequest request;
    request.set_id(lease);
    auto stream = at.leases->LeaseKeepAlive(&context);
    bool is_heard = stream->Write(request) && stream->Read(&response);
    stream->WritesDone();
    context.TryCancel();
    auto status = stream->Finish();
    return is_heard ? grpc::Status::OK
                    : (status.ok() ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "the stream ended") : status);
  });
  if (!answered)
    return answered.error();
  return response.ttl() > 0;
}

result<done> etcd_client::revoke_lease(std::int64_t lease) {
  etcd::LeaseRevokeRequest request;
  request.set_id(lease);
  etcd::LeaseRevokeResponse response;
  return parts_->call(
      1, [&](auto& at, auto& context) { return at.leases->LeaseRevoke(&context, request, &response); });
}

void etcd_client::watch(const std::string& prefix, std::int64_t revision, watcher whom) {
  end_watch();
  parts_->watch_context = std::make_unique<grpc::ClientContext>();
  parts_->watch_context->AddMetadata(leader_is_needed.first, leader_is_needed.second);
  parts_->watched = parts_->turn;
  auto& at = parts_->current();
  etcd::WatchRequest request;
  auto& create = *request.mutable_create_request();
  create.set_key(prefix);
  create.set_range_end(end_of(prefix));
  create.set_start_revision(revision + 1);
  parts_->watching = std::thread([request, whom = std::move(whom), name = at.name,
                                  context = parts_->watch_context.get(),
                                  stream = std::shared_ptr(at.watches->Watch(parts_->watch_context.get()))] {
    std::string why;
    etcd::WatchResponse response;
    bool is_begun = stream->Write(request);
    while (is_begun && why.empty() && stream->Read(&response)) {
      if (response.canceled())
        why = response.compact_revision() > 0 ? "what was to be watched is compacted" : response.cancel_reason();
      else if (response.events_size() > 0)
        whom.changed(changes_of(response));
    }
    context->TryCancel();
    auto status = stream->Finish();
    whom.ended(fmt::format("etcd at {}: {}", name, why.empty() ? status.error_message() : why));
  });
}

bool etcd_client::watches_elsewhere() const {
  return parts_->watching.joinable() && (parts_->turn - parts_->watched) % parts_->endpoints.size() != 0;
}

void etcd_client::end_watch() {
  if (!parts_->watching.joinable())
    return;
  parts_->watch_context->TryCancel();
  parts_->watching.join();
}

} // namespace maestro
