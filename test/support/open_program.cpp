#include "test/support/open_program.hpp"

#include "runtime/process/host_setup.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace maestro::test {

namespace fs = std::filesystem;

namespace {

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
  /// Links where the disk is the same, else copies.
  std::string copy_of(const fs::path& what) const {
    constexpr auto whole = fs::copy_options::recursive | fs::copy_options::copy_symlinks;
    auto copy = path_ / what.filename();
    if (fs::exists(copy))
      return copy;
    std::error_code is_another_disk;
    fs::copy(what, copy, whole | fs::copy_options::create_hard_links, is_another_disk);
    if (is_another_disk) {
      fs::remove_all(copy);
      fs::copy(what, copy, whole);
    }
    return copy;
  }

private:
  fs::path path_;
};

} // namespace

std::string open_program(const std::string& program) {
  if (process::closed_folder_above(program).empty())
    return program;
  static const open_place place;
  return place.copy_of(program);
}

} // namespace maestro::test
