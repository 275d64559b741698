#include "messages/made_once.hpp"

MAESTRO_ROOM_MESSAGES(MAESTRO_MAKE_ONCE)
