#include "nodes/journal/journal_reader.hpp"

#include "messages/type_ids.hpp"

#include <caf/all.hpp>

namespace maestro {

namespace {

template <class T>
caf::result<T> answer(result<T> outcome) {
  if (!outcome)
    return to_caf(outcome.error());
  return std::move(*outcome);
}

struct journal_reader_state {
  static inline const char* name = "journal_reader";
  journal_reader_state() {}
};

journal_reader_actor::behavior_type journal_reader(journal_reader_actor::stateful_pointer<journal_reader_state>,
                                                   std::shared_ptr<rocksdb_journal> journal, wall_clock now) {
  return {
      [journal](const load_stream& query) -> caf::result<loaded_stream> {
        return answer(journal->load(query.stream));
      },
      [journal](const list_streams& query) -> caf::result<stream_list> {
        return answer(journal->streams(query.prefix));
      },
      [journal](const read_events& query) -> caf::result<event_page> { return answer(journal->read(query)); },
      [journal, now](const list_operations& query) -> caf::result<operation_page> {
        return answer(journal->operations(query, now()));
      },
      [journal, now](const get_operation& query) -> caf::result<operation> {
        return answer(journal->operation_of(query, now()));
      },
      [journal](const list_copies& query) -> caf::result<copy_list> { return answer(journal->copies(query)); },
      [journal](const read_snapshot& query) -> caf::result<snapshot_part> {
        return answer(journal->snapshot(query));
      },
      [journal](const read_finished& query) -> caf::result<finished_list> {
        return answer(journal->finished(query));
      },
  };
}

} // namespace

journal_reader_actor spawn_journal_reader(caf::actor_system& system, std::shared_ptr<rocksdb_journal> journal,
                                          wall_clock now) {
  return system.spawn<caf::detached>(journal_reader, std::move(journal), std::move(now));
}

} // namespace maestro
