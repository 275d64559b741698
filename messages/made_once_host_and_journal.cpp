#include "messages/made_once.hpp"

MAESTRO_HOST_AND_JOURNAL_MESSAGES(MAESTRO_MAKE_ONCE)
