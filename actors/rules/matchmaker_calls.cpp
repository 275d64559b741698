#include "actors/rules/matchmaker_calls.hpp"

#include "messages/json_text.hpp"
#include "messages/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace maestro::rules {

namespace {

constexpr auto shortest_call = std::chrono::milliseconds{1};
constexpr auto longest_timeout = std::chrono::hours{1};
const std::string client_port = "clientPort"; ///< told instead of the first, where a port has this name

std::string place(const forwarder& whom, const told_scheduler& scheduler) {
  return fmt::format("Forwarder name: \"{}\", Scheduler: \"{}\"", whom.name, scheduler.name.str());
}

bool is_end(std::string_view word) {
  return word == "terminating" || word == "terminated";
}

// What Maestro adds wins over what the game server sent under the same name.
void add_own(attributes& all, const room_event_reported& what) {
  auto add = [&](const char* name, const std::string& text) { all.insert_or_assign(name, attribute{text}); };
  switch (what.kind) {
  case report_kind::room_event: add("eventType", "roomEvent"); return add("roomEvent", what.word);
  case report_kind::player_event: return add("eventType", what.word);
  case report_kind::status: add("eventType", "status"); return add("pingType", what.word);
  case report_kind::ended:
    add("eventType", "status");
    add("pingType", "terminated");
    return add("roomEvent", "terminated");
  case report_kind::resync: add("eventType", "resync"); return add("pingType", what.word);
  }
}

std::string ports_json(const std::vector<host_port>& ports) {
  std::string json = "[";
  for (auto separator = ""; auto& port : ports) {
    json += separator;
    json += "{\"name\":";
    append_json_string(json, port.name);
    json += fmt::format(",\"port\":{},\"protocol\":", port.port);
    append_json_string(json, upper_case(port.protocol));
    json += '}';
    separator = ",";
  }
  return json + "]";
}

/// The address, or, of a room that ends and has none, an empty one with one port 0.
std::optional<room_address> address_of(const room_event_reported& what) {
  if (!what.address.host.empty() && !what.address.ports.empty())
    return what.address;
  if (!tells_of_an_end(what))
    return std::nullopt;
  return room_address{what.address.host,
                      what.address.ports.empty() ? std::vector<host_port>{{}} : what.address.ports};
}

const host_port& told_port(const std::vector<host_port>& ports) {
  auto named = std::find_if(ports.begin(), ports.end(), [](auto& port) { return port.name == client_port; });
  return named == ports.end() ? ports.front() : *named;
}

/// `over` wins.
std::map<std::string, std::string> merged(const attributes& under, const attributes& over) {
  std::map<std::string, std::string> all;
  for (auto* one : {&under, &over})
    for (auto& [name, value] : *one)
      all.insert_or_assign(name, value.text);
  return all;
}

std::optional<ping_status> status_of(const room_event_reported& what) {
  if (what.kind == report_kind::ended)
    return ping_status::terminated;
  for (auto status :
       {ping_status::ready, ping_status::occupied, ping_status::terminating, ping_status::terminated})
    if (lower_case(what.word) == to_string(status))
      return status;
  return std::nullopt;
}

result<done> tell_of_room(matchmaker_call& call, const room_event_reported& what, attributes said,
                          const attributes& recipe, const std::string& where) {
  auto address = address_of(what);
  if (!address)
    return failure{ec::not_found, "no room port found to forward roomEvent. " + where};
  said.insert_or_assign("ports", attribute{ports_json(address->ports)});
  call.host = address->host;
  call.port = told_port(address->ports).port;
  if (what.kind == report_kind::room_event) {
    call.method = matchmaker_method::room_event;
    call.event = what.word;
    call.metadata = merged(said, recipe);
    return done{};
  }
  auto status = status_of(what);
  if (!status)
    return failure{ec::invalid_argument,
                   fmt::format("status \"{}\" is none of ready, occupied, terminating, terminated", what.word)};
  call.method = what.kind == report_kind::resync ? matchmaker_method::room_resync : matchmaker_method::room_status;
  call.status = *status;
  call.metadata = merged(recipe, said);
  if (auto type = recipe.find("roomType"); type != recipe.end() && type->second.is_string)
    call.room_type = type->second.text;
  return done{};
}

result<done> tell_of_player(matchmaker_call& call, const room_event_reported& what, const attributes& said,
                            const attributes& recipe, const std::string& where) {
  auto id = said.find("playerId");
  if (id == said.end() || !id->second.is_string)
    return failure{ec::invalid_argument,
                   "eventAttributes must contain key \"playerId\" in playerEvent events. " + where};
  if (what.word != "playerJoin" && what.word != "playerLeft")
    return failure{ec::invalid_argument, "invalid PlayerEventType. Should be \"playerLeft\" or \"playerJoin\""};
  call.method = matchmaker_method::player_event;
  call.what_player = what.word == "playerJoin" ? player_event::joined : player_event::left;
  call.player_id = id->second.text;
  attributes type;
  if (auto found = recipe.find("roomType"); found != recipe.end())
    type.insert(*found);
  call.metadata = merged(said, type);
  return done{};
}

} // namespace

bool tells_of_an_end(const room_event_reported& what) {
  return what.kind == report_kind::ended || (what.kind != report_kind::player_event && is_end(what.word));
}

result<matchmaker_call> matchmaker_call_for(const room_event_reported& what, const forwarder& whom,
                                            const told_scheduler& scheduler, number_style numbers) {
  auto options = whom.options.value_or(forwarder_options{});
  auto said = read_attributes(what.attributes.empty() ? "{}" : what.attributes, numbers);
  auto recipe = read_attributes(options.metadata_json, numbers);
  if (!said || !recipe)
    return failure{ec::invalid_argument, "the attributes are no JSON object. " + place(whom, scheduler)};
  add_own(*said, what);
  matchmaker_call call;
  call.address = whom.address;
  call.timeout = std::chrono::milliseconds{std::clamp<std::int64_t>(
      options.timeout_ms, shortest_call.count(), std::chrono::milliseconds{longest_timeout}.count())};
  call.game = scheduler.game;
  call.room = what.id;
  auto filled = what.kind == report_kind::player_event
                    ? tell_of_player(call, what, *said, *recipe, place(whom, scheduler))
                    : tell_of_room(call, what, std::move(*said), *recipe, place(whom, scheduler));
  if (!filled)
    return filled.error();
  return call;
}

std::string code_word(std::int32_t response_code) {
  switch (response_code) {
  case 200: return "OK";
  case 404: return "NotFound";
  case 406: return "FailedPrecondition";
  case 500: return "Internal";
  default: return "Unknown";
  }
}

std::string outcome_word(const matchmaker_answer& answer) {
  return answer.grpc_code == "OK" ? code_word(answer.code) : answer.grpc_code;
}

} // namespace maestro::rules
