#include "deploy/examples/arena/options.hpp"

#include "deploy/examples/arena/protocol.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace arena {

void options::text(const std::string& name, std::string& target, const std::string& help) {
  auto set = [&target](const std::string& value) {
    target = value;
    return true;
  };
  all_.push_back({name, help, true, set, "a text"});
}

void options::number(const std::string& name, std::int64_t& target, std::int64_t least, std::int64_t most,
                     const std::string& help) {
  auto set = [&target, least, most](const std::string& value) {
    return to_number(value, target) && target >= least && target <= most;
  };
  auto wanted = "a number from " + std::to_string(least) + " to " + std::to_string(most);
  all_.push_back({name, help + " (" + std::to_string(target) + ")", true, set, wanted});
}

void options::flag(const std::string& name, bool& target, const std::string& help) {
  auto set = [&target](const std::string&) {
    target = true;
    return true;
  };
  all_.push_back({name, help, false, set, ""});
}

void options::parse(int argc, char** argv) const {
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument == "--help" || argument == "-h") {
      std::printf("%s\n\n", usage_.c_str());
      for (auto& o : all_)
        std::printf("  %-22s %s\n", (o.name + (o.takes_value ? " X" : "")).c_str(), o.help.c_str());
      std::exit(0);
    }
    auto equal = argument.find('=');
    auto name = argument.substr(0, equal);
    auto known = std::find_if(all_.begin(), all_.end(), [&](auto& o) { return o.name == name; });
    if (known == all_.end()) {
      std::fprintf(stderr, "unknown option \"%s\"; --help lists them\n", argument.c_str());
      std::exit(2);
    }
    std::string value;
    if (known->takes_value && equal != std::string::npos)
      value = argument.substr(equal + 1);
    else if (known->takes_value && i + 1 < argc)
      value = argv[++i];
    if ((known->takes_value && value.empty()) || !known->set(value)) {
      std::fprintf(stderr, "%s \"%s\": expected %s\n", name.c_str(), value.c_str(), known->wanted.c_str());
      std::exit(2);
    }
  }
}

std::string environment(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : value;
}

} // namespace arena
