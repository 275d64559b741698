#include "runtime/process/room_child.hpp"

#include "runtime/process/capabilities.hpp"
#include "runtime/process/files.hpp"

#include <algorithm>
#include <csignal>
#include <mutex>
#include <set>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace maestro::process {

namespace {

struct prepared {
  const room_child& plan;
  int folder;
  bool is_other; ///< it becomes another user than ours
  uid_t user;
  gid_t group;
  char** words;
  char** environment;
  const char* const* groups;
};

void bound(int resource, rlim_t most) {
  struct rlimit limit {};
  if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) == 0) {
    limit.rlim_cur = limit.rlim_max = std::min(limit.rlim_max, most);
    ::setrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
  }
}

bool join(const char* procs) {
  int fd = ::open(procs, O_WRONLY | O_CLOEXEC);
  bool has_joined = fd >= 0 && ::write(fd, "0", 1) == 1;
  ::close(fd);
  return has_joined;
}

bool take_descriptors(const room_child& plan) {
  int nothing = ::open("/dev/null", O_RDWR);
  auto put = [nothing](int from, int to) { return ::dup2(from < 0 ? nothing : from, to) >= 0; };
  return nothing >= 0 && put(plan.input, 0) && put(plan.output, 1) && put(plan.errors, 2) &&
         ::syscall(SYS_close_range, 3U, ~0U, 0U) == 0;
}

// The calls themselves: the library's would bother the other threads, which are not here.
bool become_user(const prepared& it) {
  if (!it.is_other && ::geteuid() == 0)
    return true;
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability) >= 0; ++capability)
    ::prctl(PR_CAPBSET_DROP, capability);
  if (it.is_other &&
      (::syscall(SYS_setgroups, 0, nullptr) != 0 || ::syscall(SYS_setresgid, it.group, it.group, it.group) != 0 ||
       ::syscall(SYS_setresuid, it.user, it.user, it.user) != 0))
    return false;
  return give_up_capabilities();
}

// Between fork and exec, perhaps of a process with many threads: system calls only.
[[noreturn]] void become(const prepared& it) {
  ::setsid();
  ::umask(022);
  for (auto* group = it.groups; *group != nullptr; ++group)
    if (!join(*group))
      ::_exit(cannot_begin);
  if (::fchdir(it.folder) != 0 || !take_descriptors(it.plan))
    ::_exit(cannot_begin);
  if (it.plan.has_terminal)
    ::ioctl(0, TIOCSCTTY, 0);
  if (it.plan.processor_seconds > 0)
    bound(RLIMIT_CPU, it.plan.processor_seconds);
  if (it.plan.file_bytes > 0)
    bound(RLIMIT_FSIZE, it.plan.file_bytes);
  bound(RLIMIT_CORE, 0);
  if (it.is_other)
    bound(RLIMIT_NPROC, it.plan.processes);
  if (!become_user(it) || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    ::_exit(cannot_begin);
  for (int number = 1; number < NSIG; ++number)
    ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execvpe(it.words[0], it.words, it.environment);
  ::_exit(cannot_begin);
}

/// Those that were started here. It is held while one is forked, so that who sees the child finds it here.
std::mutex children_guard;
std::set<pid_t> children;

template <class Pointer>
std::vector<Pointer> pointers(const std::vector<std::string>& texts) {
  std::vector<Pointer> all;
  for (auto& text : texts)
    all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

} // namespace

pid_t start_in_room(const room_child& plan) {
  unique_fd folder{::open(plan.folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  struct stat owner {};
  if (!folder || ::fstat(folder.get(), &owner) != 0)
    return -1;
  auto words = pointers<char*>(plan.words);
  auto environment = pointers<char*>(plan.environment);
  auto groups = pointers<const char*>(plan.groups);
  prepared it{plan,         folder.get(), owner.st_uid != ::geteuid(), owner.st_uid,
              owner.st_gid, words.data(), environment.data(),          groups.data()};
  std::lock_guard lock{children_guard};
  auto pid = ::fork();
  if (pid == 0)
    become(it);
  if (pid > 0)
    children.insert(pid);
  return pid;
}

bool is_room_child(pid_t pid) {
  std::lock_guard lock{children_guard};
  return children.contains(pid);
}

bool reap_room_child(pid_t pid) {
  std::lock_guard lock{children_guard};
  if (::waitpid(pid, nullptr, WNOHANG) == 0)
    return false;
  children.erase(pid);
  return true;
}

void leave_room_child(pid_t pid) {
  std::lock_guard lock{children_guard};
  children.erase(pid);
}

} // namespace maestro::process
