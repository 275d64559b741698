#include "messages/made_once.hpp"

MAESTRO_SCHEDULER_MESSAGES(MAESTRO_MAKE_ONCE)
