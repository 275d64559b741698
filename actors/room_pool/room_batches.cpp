#include "actors/room_pool/room_batches.hpp"

#include "actors/room_pool/pool_writer.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace maestro {

void creation_batches::begin(rules::batch_number batch, promise answer_to, const rules::rooms_intended& intended) {
  auto place = batches_.insert_or_assign(batch, batch_state{std::move(answer_to), intended}).first;
  if (intended.open == 0)
    answer(batch, place->second);
}

void creation_batches::refuse(rules::batch_number batch, const failure& why) {
  if (auto found = batches_.extract(batch); !found.empty())
    found.mapped().answer.deliver(to_caf(why));
}

void creation_batches::conclude(rules::batch_number batch, const std::string& problem) {
  auto found = batches_.find(batch);
  if (found == batches_.end())
    return;
  auto& intended = found->second.intended;
  if (!problem.empty())
    intended.last_error = problem;
  if (--intended.open == 0)
    answer(batch, found->second);
}

void creation_batches::time_over(rules::batch_number batch) {
  auto found = batches_.find(batch);
  if (found == batches_.end())
    return;
  found->second.intended.last_error = "the runtime did not answer in time";
  answer(batch, found->second);
}

// Intents that the journal still has do not stand in the table yet.
void creation_batches::answer(rules::batch_number batch, batch_state& state) {
  auto& intended = state.intended;
  auto total = std::max<std::int64_t>(pool_.table().created_by(intended.operation) - intended.open, 0);
  auto validation_room = rules::validation_room_of(pool_.table(), intended.operation);
  last_problem_ = intended.last_error;
  state.answer.deliver(rooms_created{total, intended.last_error, validation_room});
  batches_.erase(batch);
}

rules::batch_number removal_batches::begin(promise answer) {
  batches_.emplace(++last_, batch_state{std::move(answer), {}, 1});
  return last_;
}

void removal_batches::expect(rules::batch_number batch, std::size_t rooms) {
  if (auto found = batches_.find(batch); found != batches_.end())
    found->second.open += rooms;
}

void removal_batches::conclude(rules::batch_number batch, const room_id& id, const std::string& problem) {
  auto found = batches_.find(batch);
  if (found == batches_.end())
    return;
  auto& tally = found->second.tally;
  if (problem.empty())
    tally.ids.push_back(id);
  else
    tally.failures.push_back(fmt::format("room {}: {}", id.str(), problem));
  skip(batch);
}

void removal_batches::drain(rules::batch_number batch) {
  if (auto found = batches_.find(batch); found != batches_.end())
    ++found->second.tally.draining;
  skip(batch);
}

void removal_batches::skip(rules::batch_number batch) {
  auto found = batches_.find(batch);
  if (found == batches_.end() || --found->second.open > 0)
    return;
  found->second.answer.deliver(std::move(found->second.tally));
  batches_.erase(found);
}

} // namespace maestro
