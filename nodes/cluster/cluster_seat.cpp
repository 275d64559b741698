#include "nodes/cluster/cluster_seat.hpp"

#include "actors/cluster/cluster_directory.hpp"
#include "actors/cluster/cluster_host.hpp"
#include "actors/cluster/cluster_prober.hpp"
#include "actors/cluster/peer_door.hpp"
#include "actors/cluster/served_schedulers.hpp"
#include "actors/cluster/shared_journal.hpp"
#include "actors/metrics.hpp"
#include "actors/rules/cluster_table.hpp"
#include "messages/log.hpp"
#include "messages/text.hpp"
#include "messages/type_ids.hpp"
#include "nodes/cluster/etcd_store.hpp"
#include "nodes/cluster/machine_offer.hpp"
#include "nodes/cluster/peer_network.hpp"
#include "nodes/cluster/peer_tunnel.hpp"

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>

#include <unistd.h>

namespace maestro {

namespace {

constexpr std::size_t longest_name = 63;

/// Written by the shared journal, read by whoever asks how the cluster stands.
struct copying_figures {
  std::atomic<std::uint64_t> in_store{0};
  std::atomic<std::uint64_t> to_copy{0};
};

std::string machine_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0)
    return "node";
  auto text = lower_case(name.data());
  return text.substr(0, text.find('.'));
}

std::string name_of(const cluster_config& config) {
  return config.node.empty() ? machine_name() : config.node;
}

/// An RFC 1123 label.
bool is_name(const std::string& text) {
  auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= longest_name && is_letter(text.front()) && is_letter(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || c == '-'; });
}

failure wrong(const std::string& key, const std::string& value, const std::string& wanted) {
  return {ec::invalid_argument, fmt::format("cluster.{}: `{}` is not {}", key, value, wanted)};
}

// Waits until the actor is gone, so that what it holds is free.
template <class Handle>
void end(caf::actor_system& system, Handle& handle) {
  if (!handle)
    return;
  caf::scoped_actor self{system, true};
  self->monitor(handle);
  caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
  handle = nullptr;
  self->receive([](const caf::down_msg&) {});
}

} // namespace

result<done> check(const cluster_config& config) {
  if (config.is_alone())
    return done{};
  for (auto [key, name] : {std::pair("name", config.name), std::pair("node", name_of(config))})
    if (!is_name(name))
      return wrong(key, name, "1 to 63 small letters, digits and dashes between them");
  for (auto& label : config.labels)
    if (label.find('=') == label.npos || label.front() == '=')
      return wrong("labels", label, "key=value");
  auto listen = parse_peer_address(config.listen);
  if (!listen)
    return wrong("listen", config.listen, "host:port");
  if (config.tls.is_off() && !is_loopback(*listen))
    return wrong(
        "listen", config.listen,
        "a loopback address: without TLS (cluster.tls.*, `maestro cluster ca`) what nodes say to one another "
        "stays on the machine");
  bool is_any = listen->host == "0.0.0.0" || listen->host == "::";
  if (is_any && config.advertise.empty())
    return wrong("advertise", config.advertise, fmt::format("set, but the others cannot reach {}", listen->host));
  if (!config.advertise.empty() && !parse_peer_address(config.advertise))
    return wrong("advertise", config.advertise, "host:port");
  if (auto offer = configured_offer(config); !offer)
    return offer.error();
  if (!config.tls.is_off())
    if (auto usable = check(config.tls); !usable)
      return usable;
  return check(config.etcd);
}

cluster_member describe_member(const cluster_config& config, const std::string& node_id,
                               std::vector<std::string> roles, timestamp now) {
  cluster_member self;
  self.name = node_name(name_of(config));
  self.node_id = node_id;
  self.version = MAESTRO_VERSION;
  self.format = rules::peer_format;
  self.takes_keys = true;
  self.takes_lots = true;
  self.roles = std::move(roles);
  self.zone = config.zone;
  for (auto& label : config.labels)
    self.labels.emplace(label.substr(0, label.find('=')), label.substr(label.find('=') + 1));
  self.started_at = now;
  return self;
}

cluster_seat::cluster_seat(caf::actor_system& system) : system_(system) {}

/// Where the others reach it: the port may have been the system's choice.
result<std::string> cluster_seat::open_door(const cluster_config& config, const std::string& folder) {
  auto listen = *parse_peer_address(config.listen);
  if (config.tls.is_off()) {
    auto port = publish_peer_door(system_, door_, listen);
    if (!port)
      return port.error();
    port_ = *port;
  } else {
    auto file = publish_peer_door(system_, door_, folder);
    if (!file)
      return file.error();
    auto tunnel = peer_tunnel::open(config.tls, listen.host, listen.port, *file);
    if (!tunnel)
      return tunnel.error();
    tunnel_ = std::move(*tunnel);
  }
  if (!config.advertise.empty())
    return config.advertise;
  return fmt::format("{}:{}", config.listen.substr(0, config.listen.rfind(':')),
                     tunnel_ ? tunnel_->port() : port_);
}

// The door is open before the others hear of it; it lets nobody in before it knows its directory.
result<std::unique_ptr<cluster_seat>> cluster_seat::take(caf::actor_system& system, const cluster_config& config,
                                                         const std::string& folder, const cluster_member& self,
                                                         const seat_ports& ports) {
  std::unique_ptr<cluster_seat> seat(new cluster_seat(system));
  auto context = seat->context_ = std::make_shared<cluster_context>();
  context->copy = ports.journal;
  context->host = ports.host;
  context->host_events = ports.host_events;
  context->events = ports.events;
  context->clock = ports.clock;
  context->meter = ports.meter;
  context->cluster = config.name;
  context->self = self;
  context->settings = config.settings;
  context->served = seat->served_ = std::make_shared<served_schedulers>();
  seat->cluster_prober_ =
      spawn_cluster_prober(system, ports.prober, ports.host_events, self, config.settings.rooms_limit);
  seat->prober_ = context->prober = seat->cluster_prober_;
  seat->door_ = spawn_peer_door(system, std::make_shared<cluster_context>(*context));
  auto address = seat->open_door(config, folder);
  if (!address)
    return address.error();
  context->self.address = *address;
  seat->store_ = context->store = spawn_etcd_store(system, config.etcd, config.name);
  seat->connector_ = context->connector = spawn_peer_connector(system, seat->tunnel_.get());
  context->hosts = ports.hosts;
  seat->cluster_host_ =
      spawn_cluster_host(system, ports.host, self, ports.hosts, ports.clock, config.settings.host_lost_after);
  seat->host_ = seat->cluster_host_;
  // Stores of its own: neither a long list nor a slow transaction keeps the lease waiting.
  for (int i = 0; i < 2; ++i)
    seat->journal_stores_.push_back(spawn_etcd_store(system, config.etcd, config.name));
  auto copying = std::make_shared<copying_figures>();
  context->copying = [copying] { return copying_view{copying->in_store, copying->to_copy}; };
  auto mark = folder + "/" + founding_mark;
  shared_journal_watch watch{
      [meter = ports.meter](duration took, std::size_t) { meter->shared_journal_committed(took); },
      [meter = ports.meter](std::size_t batches) { meter->writes_deposed(batches); },
      [meter = ports.meter, copying](std::size_t in_store, std::size_t to_copy) {
        copying->in_store = in_store;
        copying->to_copy = to_copy;
        meter->set_shared_journal(in_store, to_copy);
      },
      [mark] {
        std::error_code ignored;
        std::filesystem::remove(mark, ignored);
      }};
  auto journal_settings = config.journal;
  journal_settings.may_found = std::filesystem::exists(mark);
  seat->shared_journal_ =
      spawn_shared_journal(system, {seat->journal_stores_[0], seat->journal_stores_[1], ports.journal, ports.clock,
                                    context->self, journal_settings, std::move(watch)});
  seat->journal_ = context->journal = seat->shared_journal_;
  context->moves_schedulers = true;
  context->followers.push_back(caf::actor_cast<peer_follower_actor>(seat->cluster_host_));
  context->followers.push_back(caf::actor_cast<peer_follower_actor>(seat->shared_journal_));
  context->followers.push_back(caf::actor_cast<peer_follower_actor>(seat->cluster_prober_));
  log_info("cluster", "other nodes reach this one",
           {{"address", *address}, {"tls", config.tls.is_off() ? "off" : "on"}});
  return seat;
}

void cluster_seat::begin(const local_directory_actor& local) {
  context_->local = local;
  cluster_ = spawn_cluster_directory(system_, context_);
  directory_ = cluster_;
  caf::anon_send(door_, open_peer_door{cluster_, local});
  caf::anon_send(cluster_prober_, open_peer_door{cluster_, local});
}

void cluster_seat::leave() {
  if (door_ && port_ != 0)
    (void)system_.middleman().unpublish(door_, port_);
  directory_ = nullptr;
  host_ = nullptr;
  end(system_, cluster_);
  end(system_, door_);
}

cluster_seat::~cluster_seat() {
  leave();
  end(system_, connector_);
  prober_ = nullptr;
  end(system_, cluster_prober_);
  end(system_, cluster_host_);
  journal_ = nullptr;
  end(system_, shared_journal_);
  for (auto& store : journal_stores_)
    end(system_, store);
  end(system_, store_);
  context_.reset();
  tunnel_.reset();
}

} // namespace maestro
