#include "nodes/gateway/artifact_body.hpp"

#include "nodes/gateway/error_mapping.hpp"

#include "api/v1/room_management.pb.h"

#include <memory>
#include <optional>
#include <utility>

namespace maestro {

namespace {

class artifact_body final : public body_source {
public:
  artifact_body(room_management_service& rooms, call_context context, v1::GetRoomArtifactsRequest request,
                v1::GetRoomArtifactsResponse first)
      : rooms_(rooms), context_(std::move(context)), request_(std::move(request)),
        state_(std::make_shared<progress>()) {
    state_->piece = std::move(first);
  }

  state next(std::string& out, std::size_t, const http_reply& self) override {
    if (state_->is_broken)
      return state::broken;
    if (!state_->piece)
      return state::later;
    auto piece = std::exchange(state_->piece, std::nullopt);
    out += piece->piece();
    if (piece->next().empty())
      return state::end;
    request_.set_after(piece->next());
    ask(self);
    return state::piece;
  }

private:
  struct progress {
    std::optional<v1::GetRoomArtifactsResponse> piece;
    bool is_broken = false;
  };

  void ask(const http_reply& self) {
    rooms_.get_room_artifacts(context_, request_,
                              [weak = std::weak_ptr(state_), self](result<v1::GetRoomArtifactsResponse>&& found) {
                                auto now = weak.lock();
                                if (!now)
                                  return;
                                if (found)
                                  now->piece = std::move(*found);
                                else
                                  now->is_broken = true;
                                self.resume();
                              });
  }

  room_management_service& rooms_;
  call_context context_;
  v1::GetRoomArtifactsRequest request_;
  std::shared_ptr<progress> state_;
};

} // namespace

void send_artifacts(room_management_service& rooms, const call_context& context,
                    const v1::GetRoomArtifactsRequest& request, const http_reply& to) {
  auto from_start = request;
  from_start.clear_after();
  rooms.get_room_artifacts(
      context, from_start, [&rooms, context, from_start, to](result<v1::GetRoomArtifactsResponse>&& first) {
        if (!first)
          return send_failure(to, first.error());
        to.stream("application/x-tar",
                  std::make_unique<artifact_body>(rooms, context, from_start, std::move(*first)));
      });
}

} // namespace maestro
