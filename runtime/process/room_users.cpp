#include "runtime/process/room_users.hpp"

#include "runtime/process/capabilities.hpp"
#include "runtime/process/process_table.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro::process {

namespace {

result<std::optional<user_identity>> resolve(const std::string& user) {
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
  if (::geteuid() == entry.pw_uid)
    return std::optional<user_identity>{};
  if (entry.pw_uid == 0)
    return failure{ec::invalid_argument,
                   fmt::format("user: \"{}\" needs a node that is root, it is uid {}", user, ::geteuid())};
  if (auto lacking = lacking_capabilities(); !lacking.empty())
    return failure{ec::invalid_argument, fmt::format("user: \"{}\" needs a node that is root or has the ambient "
                                                     "capabilities {}, it is uid {}",
                                                     user, lacking, ::geteuid())};
  user_identity identity{entry.pw_uid, entry.pw_gid, {}};
  int count = 64;
  identity.groups.resize(64);
  if (::getgrouplist(entry.pw_name, entry.pw_gid, identity.groups.data(), &count) < 0)
    count = 64;
  identity.groups.resize(static_cast<std::size_t>(count));
  return std::optional{identity};
}

/// One that others could hold instead is not trusted. Root's is: who may open it may run rooms as others, too.
result<unique_fd> open_locks(const std::string& path) {
  unique_fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!file)
    return could_not("open", path, errno);
  struct stat found {};
  bool is_file = ::fstat(file.get(), &found) == 0 && S_ISREG(found.st_mode);
  bool is_trusted = found.st_uid == ::geteuid() || found.st_uid == 0;
  if (!is_file || !is_trusted || (found.st_mode & 0077) != 0)
    return failure{ec::failed_precondition,
                   fmt::format("{} is not a file of this node's user or of root alone", path)};
  return file;
}

/// Of the open file, not of the process: it ends with whoever holds it, and two of one process see one another.
bool set_lock(const unique_fd& file, short kind, uid_t user) {
  struct flock wanted {};
  wanted.l_type = kind;
  wanted.l_whence = SEEK_SET;
  wanted.l_start = static_cast<off_t>(user);
  wanted.l_len = 1;
  return ::fcntl(file.get(), F_OFD_SETLK, &wanted) == 0;
}

} // namespace

result<room_users> room_users::from(const process_host_config& config) {
  room_users all;
  if (!config.user.empty()) {
    auto user = resolve(config.user);
    if (!user)
      return user.error();
    all.shared_ = std::move(*user);
    return all;
  }
  if (!lacking_capabilities().empty())
    return all;
  auto range = parse_user_range(config.user_range);
  if (!range && ::geteuid() != 0)
    return all;
  if (!range)
    return failure{
        ec::invalid_argument,
        "process.userRange: \"\" would let rooms run as root; if that is meant, say process.user: root"};
  all.first_ = all.next_ = range->first;
  all.last_ = range->second;
  if (config.user_locks.empty())
    return all;
  auto locks = open_locks(config.user_locks);
  if (locks)
    all.locks_ = std::move(*locks);
  else
    all.unlockable_ = locks.error().text;
  return all;
}

std::string room_users::statement() const {
  if (are_own())
    return fmt::format("each room runs as a user of its own, {} to {}: at most {} rooms{}", first_, last_,
                       last_ - first_ + 1,
                       unlockable_.empty() ? ""
                                           : fmt::format("; another node of this machine needs a range of its own "
                                                         "({})",
                                                         unlockable_));
  if (shared_)
    return fmt::format("all rooms run as uid {} and can read and signal one another", shared_->uid);
  auto lacking = lacking_capabilities();
  auto why = lacking.empty() ? std::string{} : fmt::format(" (for users of their own it lacks {})", lacking);
  return fmt::format(
      "rooms run as the node's own user, uid {}{}: they can read and signal one another and the node", ::geteuid(),
      why);
}

result<std::optional<user_identity>> room_users::lease() {
  if (!are_own())
    return shared_;
  auto busy = users_of_processes();
  if (!busy)
    return busy.error();
  for (uid_t tried = 0; tried <= last_ - first_; ++tried) {
    auto user = next_;
    next_ = next_ == last_ ? first_ : next_ + 1;
    if (leased_.contains(user) || busy->contains(user) || !lock(user))
      continue;
    leased_.insert(user);
    return std::optional{user_identity{user, static_cast<gid_t>(user), {}}};
  }
  return failure{ec::resource_exhausted,
                 fmt::format("process.userRange: none of the users {} to {} is free", first_, last_)};
}

void room_users::take(uid_t user) {
  leased_.insert(user);
  static_cast<void>(lock(user)); // whoever has it has it beside the room, which runs
}

void room_users::give_back(uid_t user) {
  leased_.erase(user);
  if (locks_)
    set_lock(locks_, F_UNLCK, user);
}

// What cannot be locked is not taken by another for that reason.
bool room_users::lock(uid_t user) const {
  return !locks_ || set_lock(locks_, F_WRLCK, user) || (errno != EAGAIN && errno != EACCES);
}

} // namespace maestro::process
