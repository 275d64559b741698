#include "test/bench/grpc_load.hpp"

#include "api/v1/rooms.grpc.pb.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <stdexcept>
#include <vector>

namespace maestro {

namespace {

using steady = std::chrono::steady_clock;
using std::chrono::microseconds;

struct connection {
  explicit connection(const std::shared_ptr<grpc::Channel>& channel) : stub(channel) {}
  grpc::GenericStub stub;
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> call;
  grpc::ByteBuffer answer;
  grpc::Status status;
  steady::time_point began;
};

class grpc_load {
public:
  grpc_load(const load_plan& plan, const std::string& path) : plan_(plan), path_(path) {
    for (int i = 0; i < plan.connections; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      auto channel = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(plan.port),
                                               grpc::InsecureChannelCredentials(), arguments);
      if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10)))
        throw std::runtime_error("the gRPC server does not answer");
      connections_.emplace_back(channel);
    }
  }
  ~grpc_load() {
    queue_.Shutdown();
    for (;;) {
      void* tag = nullptr;
      bool ok = false;
      if (!queue_.Next(&tag, &ok))
        return;
    }
  }

  load_result run() {
    auto counted_from = steady::now() + plan_.warm_up;
    auto until = counted_from + plan_.time;
    for (int i = 0; i < plan_.connections; ++i)
      ask(i);
    int open = plan_.connections;
    while (open > 0) {
      void* tag = nullptr;
      bool ok = false;
      queue_.Next(&tag, &ok);
      auto i = static_cast<int>(reinterpret_cast<std::intptr_t>(tag));
      auto now = steady::now();
      count(i, now, counted_from);
      if (now < until && result_.answered + static_cast<std::uint64_t>(open) <= plan_.most_requests)
        ask(i);
      else
        --open;
    }
    auto took = std::chrono::duration<double>(std::min(steady::now(), until) - counted_from).count();
    result_.requests_per_second = static_cast<double>(result_.requests) / took;
    std::sort(times_.begin(), times_.end());
    if (!times_.empty()) {
      result_.p50 = times_[times_.size() / 2];
      result_.p99 = times_[times_.size() * 99 / 100];
      result_.longest = times_.back();
    }
    return result_;
  }

private:
  void ask(int i) {
    auto& at = connections_[static_cast<std::size_t>(i)];
    grpc::Slice bytes(plan_.next_request(i));
    at.context = std::make_unique<grpc::ClientContext>();
    at.began = steady::now();
    at.call = at.stub.PrepareUnaryCall(at.context.get(), path_, grpc::ByteBuffer(&bytes, 1), &queue_);
    at.call->StartCall();
    at.call->Finish(&at.answer, &at.status, reinterpret_cast<void*>(static_cast<std::intptr_t>(i)));
  }
  void count(int i, steady::time_point now, steady::time_point counted_from) {
    auto& at = connections_[static_cast<std::size_t>(i)];
    grpc::Slice bytes;
    if (at.status.ok() && !at.answer.DumpToSingleSlice(&bytes).ok())
      bytes = grpc::Slice();
    std::string_view text(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
    if (plan_.on_answer && !plan_.on_answer(i, static_cast<unsigned>(at.status.error_code()), text))
      ++result_.errors;
    at.answer.Clear();
    ++result_.answered;
    if (now < counted_from)
      return;
    ++result_.requests;
    times_.push_back(std::chrono::duration_cast<microseconds>(now - at.began));
  }

  const load_plan& plan_;
  const std::string& path_;
  grpc::CompletionQueue queue_;
  std::deque<connection> connections_;
  std::vector<microseconds> times_;
  load_result result_;
};

struct bare_call {
  grpc::ServerContext context;
  api::v1::UpdateRoomWithPingRequest request;
  grpc::ServerAsyncResponseWriter<api::v1::UpdateRoomWithPingResponse> writer{&context};
  bool is_answered = false;
};

} // namespace

load_result run_grpc_load(const load_plan& plan, const std::string& path) {
  return grpc_load(plan, path).run();
}

void run_bare_grpc_server(announce_port opened) {
  api::v1::RoomsService::AsyncService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  auto queue = builder.AddCompletionQueue();
  auto server = builder.BuildAndStart();
  auto listen = [&] {
    auto* call = new bare_call;
    service.RequestUpdateRoomWithPing(&call->context, &call->request, &call->writer, queue.get(), queue.get(),
                                      call);
  };
  constexpr int listening = 64;
  for (int i = 0; i < listening; ++i)
    listen();
  opened(static_cast<std::uint16_t>(port));
  api::v1::UpdateRoomWithPingResponse constant;
  constant.set_success(true);
  for (;;) {
    void* tag = nullptr;
    bool ok = false;
    if (!queue->Next(&tag, &ok))
      std::abort();
    auto* call = static_cast<bare_call*>(tag);
    if (!ok || call->is_answered) {
      delete call;
      continue;
    }
    listen();
    call->is_answered = true;
    call->writer.Finish(constant, grpc::Status::OK, call);
  }
}

} // namespace maestro
