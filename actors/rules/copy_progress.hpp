// How far this node's copy of a cluster's journal is: of each stream the last sequence that was taken into it, of each
// node that writes the last transaction. Says of a transaction whether it follows, is there already, or whether something
// before it is missing. For the SHARED JOURNAL.
#pragma once

#include "messages/shared_journal_codec.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace maestro::rules {

struct stream_place {
  std::uint64_t last = 0;
  owner_epoch epoch;
  bool has_ended = false;
  std::int64_t told = 0; ///< the newest transaction with events of it that was heard, there already or not
};

class copy_progress {
public:
  /// A stream as the copy has it.
  void place(const std::string& stream, const stream_place& at);
  stream_place of(const std::string& stream) const;
  bool has(const std::string& stream) const { return streams_.contains(stream); }
  bool is_empty() const { return streams_.empty(); }
  void clear();

  enum class step : std::uint8_t {
    taken = 1, ///< `batches` are to be appended to the copy, in order
    missing,   ///< something before it is: nothing was taken
  };
  /// Takes what of the transaction the copy does not have.
  step take(journal_transaction what, std::vector<append_events>& batches);
  /// Of streams whose end was told by something that the copy has already, and which it does not know to have ended: a neighbour's
  /// streams are taken over one after the other. To be asked when everything that was written after that was taken, too: a
  /// stream that went on since, under the same epoch, has not ended.
  std::vector<append_events> take_ends();
  /// The first batch of it before which something is missing; null: none.
  const append_events* gap_of(const journal_transaction& what) const;

  /// Whether every transaction that had been written by then was taken.
  bool has_all(const archive_state& written) const;
  /// Every transaction that had been written by then was taken or is in the copy.
  void assume(const archive_state& written);

private:
  struct told_end {
    std::int64_t revision = 0;
    append_events batch;
  };
  void note_ends(const append_events& batch, std::int64_t revision);
  bool is_there(const append_events& batch, const stream_place& at) const;

  std::unordered_map<std::string, stream_place> streams_;
  std::map<node_name, std::uint64_t> writers_;
  std::map<std::string, told_end> ends_;
};

/// The transaction whose entries these are; nothing where one is missing or cannot be read.
std::optional<journal_transaction> assemble(const store_entry* first, const store_entry* end);

} // namespace maestro::rules
