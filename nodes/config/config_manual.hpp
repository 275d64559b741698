// deploy/maestro.yaml, made from the table of keys: every key with its meaning, limit, default and since, as YAML that
// loads. For `maestro config` and the test that keeps the file true.
#pragma once

#include <string>

namespace maestro {

std::string config_manual();

} // namespace maestro
