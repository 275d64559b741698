#include "runtime/process/shim_launcher.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <unistd.h>

extern "C" const char maestro_shim_image[];
extern "C" const char maestro_shim_image_end[];

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

namespace maestro::process {

namespace {

enum : int { plan_fd = 0, lock_fd = 3, program_fd = 4 };

unique_fd anonymous_file(const char* name, unsigned flags, const char* bytes, std::size_t size) {
  unique_fd fd{::memfd_create(name, flags)};
  for (std::size_t put = 0; fd && put < size;) {
    auto n = ::write(fd.get(), bytes + put, size - put);
    if (n <= 0)
      return {};
    put += static_cast<std::size_t>(n);
  }
  return fd;
}

unique_fd unlinked_file(const std::string& path, std::string_view bytes) {
  if (!write_file(path, bytes, 0700))
    return {};
  unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  ::unlink(path.c_str());
  return fd;
}

/// A duplicate above everything that the spawn actions overwrite.
unique_fd out_of_the_way(const unique_fd& fd) {
  return unique_fd{::fcntl(fd.get(), F_DUPFD_CLOEXEC, program_fd + 1)};
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts)
    all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

struct spawn_settings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  spawn_settings() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~spawn_settings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
};

void describe_child(spawn_settings& settings, const std::string& directory, int plan, int lock, int program) {
  ::posix_spawn_file_actions_adddup2(&settings.actions, plan, plan_fd);
  ::posix_spawn_file_actions_addopen(&settings.actions, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&settings.actions, 1, 2);
  ::posix_spawn_file_actions_adddup2(&settings.actions, lock, lock_fd);
  ::posix_spawn_file_actions_adddup2(&settings.actions, program, program_fd);
  ::posix_spawn_file_actions_addclosefrom_np(&settings.actions, program_fd + 1);
  ::posix_spawn_file_actions_addchdir_np(&settings.actions, directory.c_str());
  sigset_t all;
  ::sigfillset(&all);
  // Blocked until the shim listens: a SIGTERM that comes early waits instead of ending it.
  ::posix_spawnattr_setsigmask(&settings.attributes, &all);
  ::posix_spawnattr_setsigdefault(&settings.attributes, &all);
  ::posix_spawnattr_setflags(&settings.attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

} // namespace

result<done> shim_launcher::prepare(const std::string& directory) {
  auto size = static_cast<std::size_t>(maestro_shim_image_end - maestro_shim_image);
  program_ = anonymous_file("maestro-shim", MFD_CLOEXEC | MFD_EXEC, maestro_shim_image, size);
  if (!program_ && errno == EINVAL) // kernels before 6.3 do not know MFD_EXEC
    program_ = anonymous_file("maestro-shim", MFD_CLOEXEC, maestro_shim_image, size);
  if (!program_)
    program_ = unlinked_file(directory + "/shim", {maestro_shim_image, size});
  if (!program_)
    return failure{ec::unavailable, fmt::format("cannot keep the shim's program: {}", error_text(errno))};
  return done{};
}

result<pid_t> shim_launcher::launch(const std::string& directory, const std::string& title,
                                    const std::string& plan, const unique_fd& lock,
                                    const std::vector<std::string>& environment) const {
  auto plan_file = anonymous_file("maestro-plan", MFD_CLOEXEC, plan.data(), plan.size());
  auto high_plan = out_of_the_way(plan_file);
  auto high_lock = out_of_the_way(lock);
  auto high_program = out_of_the_way(program_);
  if (!high_plan || !high_lock || !high_program)
    return failure{ec::unavailable, fmt::format("cannot start {}: {}", title, error_text(errno))};
  spawn_settings settings;
  describe_child(settings, directory, high_plan.get(), high_lock.get(), high_program.get());
  std::vector<std::string> arguments{"maestro-shim", title};
  auto argv = pointers(arguments);
  auto envp = pointers(environment);
  pid_t pid = 0;
  auto path = fmt::format("/proc/self/fd/{}", static_cast<int>(program_fd));
  if (auto error =
          ::posix_spawn(&pid, path.c_str(), &settings.actions, &settings.attributes, argv.data(), envp.data());
      error != 0)
    return failure{ec::unavailable, fmt::format("cannot start {}: {}", title, error_text(error))};
  return pid;
}

} // namespace maestro::process
