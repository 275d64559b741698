#include "actors/room_pool/room_batches.hpp"

#include "actors/room_pool/pool_writer.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace maestro {

namespace {

auto number_is(rules::batch_number batch) {
  return [batch](auto& state) { return state.number == batch; };
}

} // namespace

creation_batches::place creation_batches::find(rules::batch_number batch) {
  return std::find_if(batches_.begin(), batches_.end(), number_is(batch));
}

void creation_batches::begin(rules::batch_number batch, promise answer_to, const rules::rooms_intended& intended) {
  auto at = batches_.insert(batches_.end(), {batch, std::move(answer_to), intended});
  if (intended.open == 0)
    answer(at);
}

void creation_batches::refuse(rules::batch_number batch, const failure& why) {
  auto found = find(batch);
  if (found == batches_.end())
    return;
  found->answer.deliver(to_caf(why));
  batches_.erase(found);
}

void creation_batches::conclude(rules::batch_number batch, const std::string& problem) {
  auto found = find(batch);
  if (found == batches_.end())
    return;
  auto& intended = found->intended;
  if (!problem.empty())
    intended.last_error = problem;
  if (--intended.open == 0)
    answer(found);
}

void creation_batches::time_over(rules::batch_number batch) {
  auto found = find(batch);
  if (found == batches_.end())
    return;
  found->intended.last_error = "the runtime did not answer in time";
  answer(found);
}

// Intents that the journal still has do not stand in the table yet.
void creation_batches::answer(place at) {
  auto& intended = at->intended;
  auto total = std::max<std::int64_t>(pool_.table().created_by(intended.operation) - intended.open, 0);
  auto validation_room = rules::validation_room_of(pool_.table(), intended.operation);
  last_problem_ = intended.last_error;
  at->answer.deliver(rooms_created{total, intended.last_error, validation_room});
  batches_.erase(at);
}

removal_batches::place removal_batches::find(rules::batch_number batch) {
  return std::find_if(batches_.begin(), batches_.end(), number_is(batch));
}

rules::batch_number removal_batches::begin(promise answer) {
  batches_.push_back({++last_, std::move(answer)});
  return last_;
}

void removal_batches::expect(rules::batch_number batch, std::size_t rooms) {
  if (auto found = find(batch); found != batches_.end())
    found->open += rooms;
}

void removal_batches::conclude(rules::batch_number batch, const room_id& id, const std::string& problem) {
  auto found = find(batch);
  if (found == batches_.end())
    return;
  auto& tally = found->tally;
  if (problem.empty())
    tally.ids.push_back(id);
  else
    tally.failures.push_back(fmt::format("room {}: {}", id.str(), problem));
  skip(batch);
}

void removal_batches::drain(rules::batch_number batch) {
  if (auto found = find(batch); found != batches_.end())
    ++found->tally.draining;
  skip(batch);
}

void removal_batches::skip(rules::batch_number batch) {
  auto found = find(batch);
  if (found == batches_.end() || --found->open > 0)
    return;
  found->answer.deliver(std::move(found->tally));
  batches_.erase(found);
}

} // namespace maestro
