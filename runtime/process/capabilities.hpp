// What a node must be allowed to do so that each room can be a user of its own: as root, or as a user of its own who was given
// exactly these capabilities (deploy/maestro.service says what each is for). They have to be ambient: a room's shim is another
// program, and needs them as well. Rooms themselves get none of them.
#pragma once

#include <string>

namespace maestro::process {

/// The capabilities that this process lacks for that, by name and separated by blanks; empty: it has all of them, or is root.
std::string lacking_capabilities();

/// Between fork and exec: gives up every capability for good, also those that a change of user leaves, as from one user who is
/// not root to another. False with errno.
bool give_up_capabilities();

} // namespace maestro::process
