// What people read of the configuration, made from the table of keys: deploy/maestro.yaml, every key with its meaning, limit,
// default and since, as YAML that loads and in which every mapping is said once; and the same as a list, for manual
// pages. For `maestro config`, `maestro man` and the test that keeps the file true.
#pragma once

#include <string>
#include <vector>

namespace maestro {

std::string config_manual();

struct explained_key {
  std::string path, meaning, limit, since, fallback;
};
/// In the order of the manual.
std::vector<explained_key> explained_keys();

} // namespace maestro
