#include "runtime/process/capabilities.hpp"

#include <linux/capability.h>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace maestro::process {

std::string lacking_capabilities() {
  struct needed {
    int number;
    const char* name;
  };
  constexpr needed all[] = {
      {CAP_SETUID, "CAP_SETUID"},
      {CAP_SETGID, "CAP_SETGID"},
      {CAP_SETPCAP, "CAP_SETPCAP"},
      {CAP_CHOWN, "CAP_CHOWN"},
      {CAP_FOWNER, "CAP_FOWNER"},
      {CAP_KILL, "CAP_KILL"},
      {CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE"},
  };
  std::string missing;
  for (auto& one : all)
    if (::geteuid() != 0 && ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, one.number, 0, 0) != 1)
      missing += (missing.empty() ? "" : " ") + std::string{one.name};
  return missing;
}

// The call itself: the library has none.
bool give_up_capabilities() {
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  return ::syscall(SYS_capset, &head, none) == 0;
}

} // namespace maestro::process
