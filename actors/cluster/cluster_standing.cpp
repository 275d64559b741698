// How the cluster stands, for operators and metrics, and what this node tells the others of its schedulers' rooms: what
// they request of which machine. Figures to go by, never the word on anything.
#include "actors/cluster/cluster_state.hpp"
#include "actors/host_board.hpp"
#include "actors/metrics.hpp"
#include "actors/put_question.hpp"

namespace maestro::clustered {

namespace {

constexpr auto measure_interval = std::chrono::seconds{5};

} // namespace

void show_standing(self_ptr self) {
  auto& state = self->state;
  if (!state.context->meter)
    return;
  cluster_standing now;
  for (auto& view : state.table.views())
    switch (view.status) {
    case node_status::ready: ++now.ready; break;
    case node_status::draining: ++now.draining; break;
    case node_status::unreachable: ++now.unreachable; break;
    case node_status::gone: ++now.gone; break;
    }
  for (auto& [name, own] : state.own) {
    now.serving += own.at == own_scheduler::stage::serving;
    now.moving += own.at == own_scheduler::stage::adopting || own.at == own_scheduler::stage::moving;
  }
  now.store_answers = state.is_in_contact && state.is_joined;
  state.context->meter->set_cluster(now);
}

// At most once for each look, however often it changes meanwhile.
void tell_requests(self_ptr self) {
  auto& state = self->state;
  if (!state.context->hosts || !state.is_joined || !state.is_in_contact || state.is_telling_requests)
    return;
  auto requested = state.context->hosts->requested_here();
  if (requested == state.told_requests)
    return;
  auto key = requests_key(state.context->self.name);
  store_write write{store_write_kind::put_leased, key, requests_value(requested)};
  if (requested.empty())
    write = {store_write_kind::erase, key, {}};
  state.is_telling_requests = true;
  put_question(self, state.context->store, state.context->settings.store_timeout,
               change_store{{}, {std::move(write)}})
      .then(
          [self, requested = std::move(requested)](const store_outcome&) {
            self->state.is_telling_requests = false;
            self->state.told_requests = requested;
          },
          [self](const caf::error&) { self->state.is_telling_requests = false; }); // the next look says it
}

void measure_store(self_ptr self) {
  auto& state = self->state;
  auto asked_at = state.context->clock().steady;
  if (state.is_measuring || (state.measured_at != duration{} && asked_at - state.measured_at < measure_interval))
    return;
  state.is_measuring = true;
  state.measured_at = asked_at;
  put_question(self, state.context->store, state.context->settings.store_timeout,
               read_store{member_key(state.context->self.name)})
      .then(
          [self, asked_at](const store_listing&) {
            self->state.is_measuring = false;
            self->state.round_trip = self->state.context->clock().steady - asked_at;
          },
          [self](const caf::error&) { self->state.is_measuring = false; });
}

node_list list_of_nodes(self_ptr self) {
  auto& state = self->state;
  node_list list{state.context->cluster, state.table.views()};
  resources_by_node requested;
  if (auto hosts = state.context->hosts ? state.context->hosts->read() : nullptr)
    for (auto& host : *hosts)
      requested[host.node_id] = host.requested;
  for (auto& view : list.nodes) {
    view.requested = requested[view.member.node_id];
    list.without_owner += view.status == node_status::gone ? view.schedulers : 0;
  }
  list.store = {state.is_in_contact && state.is_joined, state.trouble, state.round_trip};
  if (state.context->copying)
    list.copying = state.context->copying();
  return list;
}

} // namespace maestro::clustered
