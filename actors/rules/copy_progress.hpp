// How far this node's copy of a cluster's journal is: of each stream the last sequence that was taken into it, of each
// node that writes the last transaction. Says of a transaction whether it follows, is there already, or whether something
// before it is missing. For the SHARED JOURNAL.
#pragma once

#include "messages/shared_journal_codec.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace maestro::rules {

struct stream_place {
  std::uint64_t last = 0;
  owner_epoch epoch;
  bool has_ended = false;
};

class copy_progress {
public:
  /// A stream as the copy has it.
  void place(const std::string& stream, const stream_place& at);
  stream_place of(const std::string& stream) const;
  bool is_empty() const { return streams_.empty(); }
  void clear();

  enum class step : std::uint8_t {
    taken = 1, ///< `batches` are to be appended to the copy, in order
    missing,   ///< something before it is: nothing was taken
  };
  /// Takes what of the transaction the copy does not have.
  step take(journal_transaction what, std::vector<append_events>& batches);

  /// Whether every transaction that had been written by then was taken.
  bool has_all(const archive_state& written) const;
  /// Every transaction that had been written by then was taken or is in the copy.
  void assume(const archive_state& written);

private:
  /// Copies of a neighbour's streams are taken one after the other: one that has its end may come with others that were taken
  /// before they had theirs. Those that have begun anew since stay.
  void end_streams(const append_events& batch, std::vector<append_events>& batches);
  bool follows(const journal_transaction& what) const;
  bool is_there(const append_events& batch, const stream_place& at) const;

  std::unordered_map<std::string, stream_place> streams_;
  std::map<node_name, std::uint64_t> writers_;
};

/// The transaction whose entries these are; nothing where one is missing or cannot be read.
std::optional<journal_transaction> assemble(const store_entry* first, const store_entry* end);

} // namespace maestro::rules
