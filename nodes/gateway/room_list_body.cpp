#include "nodes/gateway/room_list_body.hpp"

#include "messages/api_codec.hpp"
#include "nodes/gateway/error_mapping.hpp"
#include "nodes/gateway/json.hpp"

#include "api/v1/room_management.pb.h"

namespace maestro {

namespace {

constexpr std::string_view json_type = "application/json";
constexpr std::size_t short_list = 100; ///< rooms that are answered in one piece, with their length

/// `{"rooms":[` and the rooms of the slices as they come and `]}`.
class room_list_body final : public body_source {
public:
  room_list_body(room_management_service& rooms, call_context context, room_slice_wish wish)
      : rooms_(rooms), context_(std::move(context)), state_(std::make_shared<progress>(std::move(wish))) {}

  /// What is there is appended up to `wanted`, then the next slice is asked for.
  state next(std::string& out, std::size_t wanted, const http_reply& self) override {
    auto& now = *state_;
    if (now.is_broken)
      return state::broken;
    if (std::exchange(is_first_, false))
      out += "{\"rooms\":[";
    for (; now.at < now.slice.rooms.size() && out.size() < wanted; ++now.at)
      append(out, now.slice.rooms[now.at]);
    if (now.at < now.slice.rooms.size())
      return state::piece;
    if (now.slice.is_last) {
      out += "]}";
      return state::end;
    }
    ask(self);
    return out.empty() ? state::later : state::piece;
  }

  void take(room_slice slice) { state_->take(std::move(slice)); }

private:
  struct progress {
    explicit progress(room_slice_wish first) : wish(std::move(first)) {}
    void take(room_slice found) {
      slice = std::move(found);
      at = 0;
      if (!slice.rooms.empty())
        wish.after = slice.rooms.back().room.id;
    }
    room_slice_wish wish;
    room_slice slice;
    std::size_t at = 0;
    bool is_asking = false;
    bool is_broken = false;
  };

  void append(std::string& out, const room_view& room) {
    if (std::exchange(has_rooms_, true))
      out += ',';
    shown_.Clear();
    to_api(room, shown_);
    append_json(out, shown_);
  }

  void ask(const http_reply& self) {
    if (std::exchange(state_->is_asking, true))
      return;
    rooms_.list_slice(context_, state_->wish, [weak = std::weak_ptr(state_), self](result<room_slice>&& found) {
      auto now = weak.lock();
      if (!now)
        return;
      now->is_asking = false;
      if (found)
        now->take(std::move(*found));
      else
        now->is_broken = true;
      self.resume();
    });
  }

  room_management_service& rooms_;
  call_context context_;
  std::shared_ptr<progress> state_;
  v1::Room shown_;
  bool is_first_ = true;
  bool has_rooms_ = false;
};

} // namespace

void send_room_list(room_management_service& rooms, const call_context& context,
                    const v1::ListRoomsRequest& request, const http_reply& to) {
  room_slice_wish wish{scheduler_name(request.scheduler_name()), {}};
  rooms.list_slice(context, wish, [&rooms, context, wish, to](result<room_slice>&& first) {
    if (!first)
      return send_failure(to, first.error());
    bool is_short = first->is_last && first->rooms.size() <= short_list;
    auto body = std::make_unique<room_list_body>(rooms, context, wish);
    body->take(std::move(*first));
    if (!is_short)
      return to.stream(json_type, std::move(body));
    std::string whole;
    body->next(whole, whole.max_size(), to);
    to.send_json(whole);
  });
}

} // namespace maestro
