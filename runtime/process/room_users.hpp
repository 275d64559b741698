// Whom rooms run as. A node that is root, or has what that takes (runtime/process/capabilities), gives each room a user of its
// own out of `process.userRange`, for as long as the room is known, so that rooms can neither read nor signal nor outlast one
// another; the user need not exist in /etc/passwd. A user that somebody else's process on this machine has is passed over, and one that
// another node has leased and not used yet: each holds a byte of `process.userLocks` for each user, by a lock that ends with it.
// `process.user` names one user for all of them instead, and is the only way to let them run as root. Any other node runs
// rooms as itself, and says what it lacks.
#pragma once

#include "messages/error.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/process_config.hpp"
#include "runtime/process/shim_protocol.hpp"

#include <optional>
#include <set>
#include <string>

namespace maestro::process {

class room_users {
public:
  /// Fails with the field and its value.
  static result<room_users> from(const process_host_config& config);

  /// One line for the log: what follows from it.
  std::string statement() const;
  /// Whether each room has its own.
  bool are_own() const { return first_ != 0; }
  bool are_others() const { return are_own() || shared_; }

  /// None: the node's own user.
  result<std::optional<user_identity>> lease();
  /// Of a room that a former node left.
  void take(uid_t user);
  void give_back(uid_t user);

private:
  /// False: another node has it.
  bool lock(uid_t user) const;

  std::optional<user_identity> shared_;
  uid_t first_ = 0, last_ = 0; ///< 0: no range
  uid_t next_ = 0;
  std::set<uid_t> leased_;
  unique_fd locks_;
  std::string unlockable_; ///< not empty: why there are no locks
};

} // namespace maestro::process
