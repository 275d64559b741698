// The query that a recipe spells out byte by byte, over UDP or TCP: what is sent, how the answer begins, and which of its bytes
// is the number of players. With it servers can be asked whose protocol is none of this folder's.
#pragma once

#include "messages/byte_text.hpp"
#include "messages/scheduler_types.hpp"
#include "runtime/probing/probe_reading.hpp"

#include <string_view>

namespace maestro::probing {

struct raw_query {
  std::string question;
  byte_pattern expected;
  std::size_t players_at = 0; ///< from 1; 0: it does not tell

  /// What the recipe's texts say; validation saw to it that they can be read.
  explicit raw_query(const health_recipe& how);

  /// That many bytes tell all there is to know.
  std::size_t size() const;
  probe_reading read_datagram(std::string_view datagram) const;
  /// Of all that came so far.
  probe_reading read_stream(std::string_view heard) const;
};

} // namespace maestro::probing
