#include "actors/room_pool/stranger_care.hpp"

#include "actors/rules/room_observation.hpp"
#include "messages/type_ids.hpp"

namespace maestro {

namespace {

void deliver(caf::typed_response_promise<done>& answer, const result<done>& told) {
  if (told)
    answer.deliver(done{});
  else
    answer.deliver(to_caf(told.error()));
}

} // namespace

void hear(rules::instance_review& review, pool_writer& pool, const instance_event& event) {
  std::vector<rules::pool_effect> effects;
  bool is_strange = review.hear(pool.view(), event, effects);
  pool.act(effects);
  if (!is_strange)
    pool.carry_out(rules::decide_arrival(pool.view(), event));
}

void adopt(rules::instance_review& review, pool_writer& pool, const adopt_stranger& wish,
           caf::typed_response_promise<done> answer) {
  pool.submit(
      wish.room,
      [&review, wish](const rules::pool_view& view) {
        return rules::decide_adoption(view, wish, review.strangers().find(wish.room));
      },
      [&review, wish, answer](const result<done>& told) mutable {
        if (told)
          review.adopt(wish.room);
        deliver(answer, told);
      });
}

void end(const rules::instance_review& review, pool_writer& pool, const end_stranger& wish,
         caf::typed_response_promise<done> answer) {
  pool.carry_out(rules::decide_stranger_end(pool.view(), wish, review.strangers().find(wish.room)),
                 [answer](const result<done>& told) mutable { deliver(answer, told); });
}

} // namespace maestro
