// One thread of a gRPC door: its completion queue, its bridge to the actors, its table over the services, and the places
// for its calls. For grpc_server alone: with it the only file that includes gRPC's headers, which are slow.
#pragma once

#include "nodes/gateway/actor_bridge.hpp"
#include "nodes/gateway/grpc_api.hpp"
#include "nodes/gateway/grpc_server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/async_unary_call.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace maestro {

/// The methods of one service, as gRPC wants to know them: bytes in, bytes out.
class raw_service final : public grpc::Service {
public:
  void add(const std::string& path) {
    paths_.push_back(path);
    AddMethod(new grpc::internal::RpcServiceMethod(paths_.back().c_str(), grpc::internal::RpcMethod::NORMAL_RPC,
                                                   nullptr));
    MarkMethodRaw(static_cast<int>(paths_.size()) - 1);
  }
  void listen(std::size_t method, grpc::ServerContext& context, grpc::ByteBuffer& request,
              grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>& writer, grpc::ServerCompletionQueue& queue,
              void* tag) {
    RequestAsyncUnary(static_cast<int>(method), &context, &request, &writer, &queue, &queue, tag);
  }

private:
  std::deque<std::string> paths_; ///< gRPC keeps pointers to them
};

/// What all threads of a door share.
struct door_state {
  std::atomic<std::uint32_t> calls{0}; ///< begun and not over
  std::atomic<std::uint32_t> cut{0};   ///< over without an answer since the end began
  std::atomic<bool> is_ending{false};
  std::mutex mutex;
  std::condition_variable none_left;

  void end_call() {
    if (--calls > 0 || !is_ending)
      return;
    std::lock_guard lock(mutex);
    none_left.notify_all();
  }
};

class grpc_worker;

/// Of a call that is answered and whose answer is still here.
using unread_hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// One place for a call.
class alignas(8) grpc_call : public unread_hook {
public:
  grpc_call(grpc_worker& worker, std::size_t index) : home(worker), number(index) {}

  enum class event : std::uintptr_t { arrived = 0, over = 1, sent = 2 };
  void* tag(event what) {
    return reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(this) | std::uintptr_t(what));
  }

  grpc_worker& home;
  const std::size_t number;
  std::size_t row = 0;
  std::uint64_t turn = 0;
  std::optional<grpc::ServerContext> context;
  std::optional<grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>> writer;
  grpc::ByteBuffer request;
  std::chrono::steady_clock::time_point began;
  std::chrono::steady_clock::time_point answered;
  call_deadline deadline; ///< the client's
  bool is_answered = false;
  bool is_sent = false;
  bool is_over = false;
};

/// One thread of a door.
class grpc_worker {
public:
  grpc_worker(caf::actor_system& system, const grpc_door& door, door_state& state,
              const grpc_server::api_maker& make)
      : door_(door), state_(state), work_(boost::asio::make_work_guard(io_)),
        bridge_(system, io_, door.config.request_timeout, door.config.max_in_flight, [this] { wake(); }),
        api_(make(io_, bridge_)) {}
  ~grpc_worker() { stop(); }

  const grpc_api& api() const { return *api_; }
  void attach(std::unique_ptr<grpc::ServerCompletionQueue> queue) { queue_ = std::move(queue); }

  struct method {
    raw_service* service;
    std::size_t number; ///< within it
  };
  /// Once gRPC listens.
  void listen(std::vector<method> methods);
  void start(const std::string& thread_name);
  /// After the server's end.
  void stop();

  void answer(grpc_call& call, const google::protobuf::Message& message);
  void answer(grpc_call& call, const failure& why);

private:
  friend class maestro::grpc_reply;

  void run();
  bool may_rest() const;
  void handle(void* tag, bool ok);
  void wake();
  void listen_for(std::size_t row);
  void begin(grpc_call& call);
  void finish(grpc_call& call, int code, std::size_t bytes);
  void end(grpc_call& call);
  void cut_unread();
  void free(grpc_call& call);
  std::size_t most_places() const;

  const grpc_door& door_;
  door_state& state_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  actor_bridge bridge_;
  std::unique_ptr<grpc_api> api_;
  std::vector<method> methods_; ///< of each row of the table
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::deque<grpc_call> places_;
  boost::intrusive::list<grpc_call, boost::intrusive::constant_time_size<false>>
      unread_; ///< in order of answering
  std::vector<std::size_t> free_;
  std::vector<std::size_t> waiting_rows_; ///< that no place was free for
  std::thread thread_;
  std::chrono::steady_clock::time_point last_event_ = std::chrono::steady_clock::now();

  std::mutex wake_mutex_; ///< guards can_wake_ and alarm_
  bool can_wake_ = false;
  std::atomic<bool> is_woken_{false}; ///< the alarm is under way
  std::atomic<bool> is_awake_{false}; ///< the worker looks for answers before it waits again
  grpc::Alarm alarm_;
};

} // namespace maestro
