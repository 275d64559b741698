#include "runtime/process/host_setup.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <random>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

namespace maestro::process {

std::optional<unique_fd> try_lock(const std::string& path) {
  unique_fd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
  if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
    return std::nullopt;
  return fd;
}

result<unique_fd> lock_rooms(const room_layout& layout) {
  for (auto& directory : {layout.rooms(), layout.ended(), layout.trash()})
    if (auto made = make_directories(directory); !made)
      return made.error();
  for (int attempt = 0; attempt < 100; ++attempt) {
    if (auto fd = try_lock(layout.lock_file()))
      return std::move(*fd);
    if (errno != EWOULDBLOCK)
      return failure{ec::unavailable, fmt::format("cannot lock {}: {}", layout.lock_file(), error_text(errno))};
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  return failure{ec::unavailable,
                 fmt::format("{} is locked: another node uses this data directory", layout.lock_file())};
}

result<std::string> node_mark(const process_host_config& config, const room_layout& layout) {
  if (!config.node_mark.empty())
    return config.node_mark;
  auto kept = read_file(layout.mark_file(), 256).value_or("");
  while (!kept.empty() && kept.back() == '\n')
    kept.pop_back();
  if (is_safe_name(kept))
    return kept;
  std::random_device source;
  auto mark = fmt::format("{:08x}{:08x}", source(), source());
  if (auto written = write_file(layout.mark_file(), mark + "\n"); !written)
    return written.error();
  return mark;
}

result<std::optional<user_identity>> resolve_user(const std::string& user) {
  if (user.empty())
    return std::optional<user_identity>{};
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(16 * 1024);
  ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
  uid_t number = 0;
  auto [at, error] = std::from_chars(user.data(), user.data() + user.size(), number);
  auto numeric = error == std::errc{} && at == user.data() + user.size();
  if (found == nullptr && numeric)
    ::getpwuid_r(number, &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr)
    return failure{ec::invalid_argument, fmt::format("user: \"{}\" is not known on this machine", user)};
  if (::geteuid() != 0 && ::geteuid() != entry.pw_uid)
    return failure{
        ec::invalid_argument,
        fmt::format("user: \"{}\" needs a node that runs as root, it runs as uid {}", user, ::geteuid())};
  if (::geteuid() == entry.pw_uid)
    return std::optional<user_identity>{};
  user_identity identity{entry.pw_uid, entry.pw_gid, {}};
  int count = 64;
  identity.groups.resize(64);
  if (::getgrouplist(entry.pw_name, entry.pw_gid, identity.groups.data(), &count) < 0)
    count = 64;
  identity.groups.resize(static_cast<std::size_t>(count));
  return std::optional{identity};
}

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 0;
  auto former = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return former == RLIM_INFINITY ? 0 : former;
}

} // namespace maestro::process
