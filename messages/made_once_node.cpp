#include "messages/made_once.hpp"

MAESTRO_NODE_MESSAGES(MAESTRO_MAKE_ONCE)
