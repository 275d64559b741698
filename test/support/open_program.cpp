#include "test/support/open_program.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace maestro::test {

namespace fs = std::filesystem;

namespace {

bool is_open(const fs::path& program) {
  for (auto folder = fs::absolute(program).parent_path(); folder != folder.root_path();
       folder = folder.parent_path())
    if ((fs::status(folder).permissions() & fs::perms::others_exec) == fs::perms::none)
      return false;
  return true;
}

class open_folder {
public:
  open_folder() {
    std::string path = fs::temp_directory_path() / "maestro-programs-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr)
      throw std::runtime_error("cannot make a folder like " + path);
    path_ = path;
    fs::permissions(path_, fs::perms(0755));
  }
  open_folder(const open_folder&) = delete;
  open_folder& operator=(const open_folder&) = delete;
  ~open_folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string copy_of(const fs::path& program) const {
    auto copy = path_ / program.filename();
    if (!fs::exists(copy))
      fs::copy_file(program, copy);
    return copy;
  }

private:
  fs::path path_;
};

} // namespace

std::string open_program(const std::string& program) {
  if (is_open(program))
    return program;
  static const open_folder folder;
  return folder.copy_of(program);
}

} // namespace maestro::test
