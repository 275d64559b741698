// Who waits for several rooms at once: the askers of create_rooms and remove_rooms, with what became of their
// rooms so far. A batch is answered once, when its last room is concluded or its time is over; what comes later
// for it is ignored. Used by actors/room_pool/pool_writer.
#pragma once

#include "actors/rules/room_creation.hpp"
#include "messages/actors.hpp"

#include <caf/typed_response_promise.hpp>

#include <list>
#include <string>

namespace maestro {

class pool_writer;

class creation_batches {
public:
  using promise = caf::typed_response_promise<rooms_created>;
  explicit creation_batches(const pool_writer& pool) : pool_(pool) {}

  rules::batch_number next() { return ++last_; }
  /// Answers at once when no room is open.
  void begin(rules::batch_number batch, promise answer, const rules::rooms_intended& intended);
  void refuse(rules::batch_number batch, const failure& why);
  /// `problem` empty: the room was created.
  void conclude(rules::batch_number batch, const std::string& problem);
  /// Rooms without an answer of the runtime do not count, yet may come up later.
  void time_over(rules::batch_number batch);
  /// Why not all rooms of the newest batch were made; empty: they were.
  const std::string& last_problem() const { return last_problem_; }

private:
  struct batch_state {
    rules::batch_number number = 0;
    promise answer;
    rules::rooms_intended intended;
  };
  using place = std::list<batch_state>::iterator;
  place find(rules::batch_number batch);
  void answer(place at);

  const pool_writer& pool_;
  rules::batch_number last_ = 0;
  std::string last_problem_;
  std::list<batch_state> batches_; ///< a few, and most of the time none: then it takes no memory
};

class removal_batches {
public:
  using promise = caf::typed_response_promise<rooms_removed>;

  /// Stays open until `release`, so that it is not answered while its rooms are still being named.
  rules::batch_number begin(promise answer);
  void expect(rules::batch_number batch, std::size_t rooms);
  /// `problem` empty: the runtime ends the room.
  void conclude(rules::batch_number batch, const room_id& id, const std::string& problem);
  /// The room is gone or spared.
  void skip(rules::batch_number batch);
  /// The room holds players and drains.
  void drain(rules::batch_number batch);
  void release(rules::batch_number batch) { skip(batch); }

private:
  struct batch_state {
    rules::batch_number number = 0;
    promise answer;
    rooms_removed tally{};
    std::size_t open = 1;
  };
  using place = std::list<batch_state>::iterator;
  place find(rules::batch_number batch);

  rules::batch_number last_ = 0;
  std::list<batch_state> batches_; ///< likewise
};

} // namespace maestro
