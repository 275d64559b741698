#include "nodes/gateway/grpc_worker.hpp"

#include "actors/metrics.hpp"
#include "nodes/gateway/error_mapping.hpp"
#include "nodes/gateway/request_key.hpp"

#include <fmt/format.h>

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include <algorithm>

#include <pthread.h>

namespace maestro {

namespace pb = google::protobuf;
using steady = std::chrono::steady_clock;

namespace {

constexpr std::size_t listening_per_rpc = 16;
constexpr std::size_t handled_max = 64;               ///< before answers are taken
constexpr std::size_t cut_max = 64;                   ///< calls, before more is handled
constexpr std::chrono::milliseconds tick{20};         ///< at the latest the bridge's timers are looked at
constexpr std::chrono::milliseconds stays_awake{100}; ///< after its last event
constexpr std::size_t error_text_bytes = 2048; ///< errors travel in a header, where each byte may become three
constexpr std::string_view cut_mark = "…";

/// `ipv4:127.0.0.1:4711` and `ipv6:%5B::1%5D:4711` without what is around the address.
std::string numeric_address(const std::string& peer) {
  auto from = peer.find(':');
  auto to = peer.rfind(':');
  if (from == peer.npos || to <= from)
    return peer;
  auto address = peer.substr(from + 1, to - from - 1);
  constexpr std::string_view open = "%5B", close = "%5D";
  if (address.starts_with(open) && address.ends_with(close))
    address = address.substr(open.size(), address.size() - open.size() - close.size());
  return address;
}

// What is left of it by gRPC's own clock: the wall clock may step while a call is answered.
/// Empty where the client sent no such metadata.
std::string_view sent_with(const grpc::ServerContext& context, const char* name) {
  auto& all = context.client_metadata();
  auto found = all.find(name);
  return found == all.end() ? std::string_view() : std::string_view(found->second.data(), found->second.size());
}

call_deadline deadline_of(const grpc::ServerContext& context) {
  auto by = context.raw_deadline();
  if (gpr_time_cmp(by, gpr_inf_future(by.clock_type)) == 0)
    return {};
  auto left = gpr_time_sub(by, gpr_now(by.clock_type));
  constexpr std::int64_t longest = 86'400; // longer than any call may take
  return steady::now() + std::chrono::seconds{std::min<std::int64_t>(left.tv_sec, longest)} +
         std::chrono::nanoseconds{left.tv_nsec};
}

grpc::Status status_of(const failure& why) {
  auto text = why.text;
  if (text.size() > error_text_bytes) {
    auto end = error_text_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
      --end; // not within a character
    text.resize(end);
    text += cut_mark;
  }
  return {static_cast<grpc::StatusCode>(wire_error_of(why.code).grpc_code), text};
}

} // namespace

void grpc_worker::listen(std::vector<method> methods) {
  methods_ = std::move(methods);
  {
    std::lock_guard lock(wake_mutex_);
    can_wake_ = true;
  }
  for (std::size_t row = 0; row < methods_.size(); ++row)
    for (std::size_t i = 0; i < listening_per_rpc; ++i)
      listen_for(row);
}

void grpc_worker::start(const std::string& thread_name) {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), thread_name.c_str());
}

void grpc_worker::stop() {
  if (!queue_)
    return;
  {
    std::lock_guard lock(wake_mutex_);
    can_wake_ = false;
  }
  queue_->Shutdown();
  if (thread_.joinable())
    thread_.join();
  else
    run(); // what was listened for comes back
  queue_.reset();
}

// One alarm is under way at most: gRPC keeps the event of an alarm within the alarm. While the worker handles a call it
// needs none: it looks for answers when it is done, so a ping that is answered on the spot costs no alarm.
void grpc_worker::wake() {
  if (is_awake_ || is_woken_.exchange(true))
    return;
  std::lock_guard lock(wake_mutex_);
  if (can_wake_)
    alarm_.Set(queue_.get(), gpr_inf_past(GPR_CLOCK_MONOTONIC), &alarm_);
}

bool grpc_worker::may_rest() const {
  return door_.rest.count() > 0 && state_.calls == 0 && steady::now() - last_event_ > stays_awake;
}

// What has come is handled before the answers to it are taken: gRPC writes what is answered together in one go. Who rests
// waits for the bridge's timers; another thread looks at the sockets, and what it found is in the queue already.
void grpc_worker::run() {
  for (std::size_t handled = 0;;) {
    void* tag = nullptr;
    bool ok = false;
    bool rests = handled == 0 && may_rest();
    auto until = handled > 0 || rests ? gpr_inf_past(GPR_CLOCK_MONOTONIC)
                                      : gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                                     gpr_time_from_millis(tick.count(), GPR_TIMESPAN));
    auto seen = queue_->AsyncNext(&tag, &ok, until);
    if (seen == grpc::CompletionQueue::SHUTDOWN)
      return;
    is_awake_ = true;
    if (seen == grpc::CompletionQueue::GOT_EVENT && tag == &alarm_)
      is_woken_ = false;
    else if (seen == grpc::CompletionQueue::GOT_EVENT)
      handle(tag, ok);
    if (seen == grpc::CompletionQueue::GOT_EVENT && ++handled < handled_max)
      continue;
    if (handled > 0)
      last_event_ = steady::now();
    handled = 0;
    is_awake_ = false; // before the answers are taken, so that a later one rings again
    if (rests && seen == grpc::CompletionQueue::TIMEOUT)
      io_.run_one_for(door_.rest);
    io_.poll();
    cut_unread();
  }
}

void grpc_worker::handle(void* tag, bool ok) {
  auto bits = reinterpret_cast<std::uintptr_t>(tag);
  auto what = grpc_call::event(bits & 7);
  auto& call = *reinterpret_cast<grpc_call*>(bits & ~std::uintptr_t{7});
  switch (what) {
  case grpc_call::event::arrived:
    if (!ok)
      return free(call);
    listen_for(call.row);
    return begin(call);
  case grpc_call::event::over: call.is_over = true; return end(call);
  case grpc_call::event::sent:
    call.is_sent = true;
    call.unlink();
    return end(call);
  }
}

// Answers that are refused wait for their clients as well.
std::size_t grpc_worker::most_places() const {
  return 2 * std::size_t{door_.limits.calls} + listening_per_rpc * methods_.size();
}

void grpc_worker::listen_for(std::size_t row) {
  if (state_.is_ending)
    return;
  if (free_.empty() && places_.size() >= most_places()) {
    waiting_rows_.push_back(row);
    return;
  }
  if (free_.empty()) {
    free_.push_back(places_.size());
    places_.emplace_back(*this, places_.size());
  }
  auto& call = places_[free_.back()];
  free_.pop_back();
  call.row = row;
  call.context.emplace();
  call.writer.emplace(&*call.context);
  call.is_answered = call.is_sent = call.is_over = false;
  call.context->AsyncNotifyWhenDone(call.tag(grpc_call::event::over));
  methods_[row].service->listen(methods_[row].number, *call.context, call.request, *call.writer, *queue_,
                                call.tag(grpc_call::event::arrived));
}

void grpc_worker::begin(grpc_call& call) {
  call.began = steady::now();
  auto under_way = ++state_.calls;
  auto& row = api_->rows()[call.row];
  if (door_.meter != nullptr)
    door_.meter->http_started(api_->service(), row.method->name());
  if (under_way > door_.limits.calls)
    return answer(call,
                  {ec::resource_exhausted,
                   fmt::format("too many calls are being answered already, the limit is {}", door_.limits.calls)});
  call.deadline = deadline_of(*call.context);
  call_context context{numeric_address(call.context->peer()), {}, call.deadline};
  auto who = door_.policy.admit({api_->service(), context.peer, sent_with(*call.context, "authorization")});
  if (!who)
    return answer(call, who.error());
  auto key = read_request_key(sent_with(*call.context, "idempotency-key"));
  if (!key)
    return answer(call, key.error());
  context.request = std::move(*key);
  if (!row.serve)
    return answer(call, {ec::unimplemented,
                         fmt::format("{} is not served by this version of Maestro yet", row.method->name())});
  context.who = std::move(*who);
  grpc::ProtoBufferReader bytes(&call.request);
  row.serve(context, bytes, grpc_reply(call, call.turn));
}

void grpc_worker::answer(grpc_call& call, const pb::Message& message) {
  grpc::ByteBuffer bytes;
  bool own = false;
  auto made = grpc::GenericSerialize<grpc::ProtoBufferWriter, pb::Message>(message, &bytes, &own);
  if (!made.ok())
    return answer(call, {ec::internal, made.error_message()});
  finish(call, 0, bytes.Length());
  unread_.push_back(call);
  call.writer->Finish(bytes, grpc::Status::OK, call.tag(grpc_call::event::sent));
}

void grpc_worker::answer(grpc_call& call, const failure& why) {
  auto status = status_of(why);
  finish(call, status.error_code(), 0);
  unread_.push_back(call);
  call.writer->FinishWithError(status, call.tag(grpc_call::event::sent));
}

void grpc_worker::finish(grpc_call& call, int code, std::size_t bytes) {
  call.is_answered = true;
  call.answered = steady::now();
  if (door_.meter != nullptr)
    door_.meter->http_finished(
        {api_->service(), api_->rows()[call.row].method->name(), "POST", code, call.answered - call.began, bytes});
}

// A client that opens no window for an answer keeps its call under way, and the door serves only so many. What is cut
// comes back as sent and over, like any other call. All have the same time, so the first that still has some ends the look.
void grpc_worker::cut_unread() {
  if (unread_.empty())
    return;
  auto since = steady::now() - door_.config.write_timeout;
  for (std::size_t cut = 0; cut < cut_max && !unread_.empty() && unread_.front().answered <= since; ++cut) {
    auto& call = unread_.front();
    unread_.pop_front();
    call.context->TryCancel();
  }
}

void grpc_worker::end(grpc_call& call) {
  if (!call.is_over || (call.is_answered && !call.is_sent))
    return;
  if (!call.is_answered) {
    if (state_.is_ending)
      ++state_.cut;
    bool is_late = call.deadline && *call.deadline <= steady::now();
    finish(call, is_late ? grpc::StatusCode::DEADLINE_EXCEEDED : grpc::StatusCode::CANCELLED, 0);
  }
  free(call);
  state_.end_call();
}

void grpc_worker::free(grpc_call& call) {
  ++call.turn;
  call.writer.reset();
  call.context.reset();
  call.request.Clear();
  free_.push_back(call.number);
  if (waiting_rows_.empty())
    return;
  auto row = waiting_rows_.back();
  waiting_rows_.pop_back();
  listen_for(row);
}

void grpc_reply::send(const pb::Message& answer) const {
  if (call_->turn == turn_ && !call_->is_answered)
    call_->home.answer(*call_, answer);
}

void grpc_reply::fail(const failure& why) const {
  if (call_->turn == turn_ && !call_->is_answered)
    call_->home.answer(*call_, why);
}

} // namespace maestro
