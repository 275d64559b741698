#include "test/support/open_program.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace maestro::test {

namespace fs = std::filesystem;

namespace {

bool is_open(const fs::path& what) {
  for (auto folder = fs::absolute(what).parent_path(); folder != folder.root_path(); folder = folder.parent_path())
    if ((fs::status(folder).permissions() & fs::perms::others_exec) == fs::perms::none)
      return false;
  return true;
}

class open_place {
public:
  open_place() {
    std::string path = fs::temp_directory_path() / "maestro-programs-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr)
      throw std::runtime_error("cannot make a folder like " + path);
    path_ = path;
    fs::permissions(path_, fs::perms(0755));
  }
  open_place(const open_place&) = delete;
  open_place& operator=(const open_place&) = delete;
  ~open_place() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string copy_of(const fs::path& program) const {
    auto copy = path_ / program.filename();
    if (!fs::exists(copy))
      fs::copy_file(program, copy);
    return copy;
  }
  std::string links_to(const fs::path& folder) const {
    constexpr auto whole = fs::copy_options::recursive | fs::copy_options::copy_symlinks;
    auto copy = path_ / folder.filename();
    if (fs::exists(copy))
      return copy;
    std::error_code failed;
    fs::copy(folder, copy, whole | fs::copy_options::create_hard_links, failed);
    if (failed) { // another disk
      fs::remove_all(copy);
      fs::copy(folder, copy, whole);
    }
    return copy;
  }

private:
  fs::path path_;
};

const open_place& place() {
  static const open_place one;
  return one;
}

} // namespace

std::string open_program(const std::string& program) {
  return is_open(program) ? program : place().copy_of(program);
}

std::string open_folder(const std::string& folder) {
  return is_open(folder) ? folder : place().links_to(folder);
}

} // namespace maestro::test
