#include "nodes/cli/version_commands.hpp"

#include "nodes/cli/failure.hpp"
#include "nodes/cli/operation_answers.hpp"
#include "nodes/cli/recipe_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <unistd.h>

namespace maestro::cli {

namespace fs = std::filesystem;

namespace {

/// A file of our own for the editor; it stays where something went wrong, because the operator's work is in it.
class edited_file {
public:
  explicit edited_file(const std::string& name, const std::string& text) {
    auto pattern = (fs::temp_directory_path() / ("maestro-" + name + "-XXXXXX.yaml")).string();
    auto fd = ::mkstemps(pattern.data(), 5);
    if (fd < 0)
      throw failure(exit_usage, fmt::format("{}: cannot be made: {}", pattern, std::strerror(errno)));
    ::close(fd);
    path_ = pattern;
    std::ofstream{path_} << text;
  }
  ~edited_file() {
    std::error_code ec;
    if (!is_kept)
      fs::remove(path_, ec);
  }
  edited_file(const edited_file&) = delete;
  edited_file& operator=(const edited_file&) = delete;

  const std::string& path() const { return path_; }
  std::string text() const {
    std::ifstream in{path_, std::ios::binary};
    return {std::istreambuf_iterator<char>(in), {}};
  }
  bool is_kept = false;

private:
  std::string path_;
};

std::string editor_of(const terminal& term) {
  for (auto* name : {"VISUAL", "EDITOR"})
    if (auto given = term.environment(name); given && !given->empty())
      return *given;
  return "vi";
}

/// What is active, the whole of it.
json active_of(const context& ctx, const std::string& name) {
  return object_of(ctx.api.get(schedulers_path({name})), "scheduler");
}

std::string active_version(const json& scheduler) {
  return text_of(object_of(scheduler, "spec"), "version");
}

/// The version that was made before the active one.
std::string version_before(const std::vector<json>& versions, const std::string& scheduler) {
  for (std::size_t i = 0; i < versions.size(); ++i)
    if (truth_of(versions[i], "isActive")) {
      if (i + 1 < versions.size())
        return text_of(versions[i + 1], "version");
      throw failure(exit_refused, fmt::format("scheduler {}: {} is its first version; there is none to go back to",
                                              scheduler, text_of(versions[i], "version")));
    }
  throw failure(exit_refused, fmt::format("scheduler {} has no active version", scheduler));
}

std::string checked_version(const std::vector<json>& versions, const std::string& scheduler, std::string wanted) {
  if (!wanted.starts_with('v'))
    wanted = "v" + wanted;
  std::string known;
  for (auto& one : versions) {
    if (text_of(one, "version") == wanted)
      return wanted;
    known += (known.empty() ? "" : ", ") + text_of(one, "version");
  }
  throw failure(exit_not_found,
                fmt::format("scheduler {} has no version {}; it has {}", scheduler, wanted, known));
}

} // namespace

void after_change(const context& ctx, const std::string& scheduler, const std::string& operation,
                  const wait_options& wait) {
  if (wait.wait) {
    if (!operation.empty())
      watch_operation(ctx, scheduler, operation, wait);
    return follow_rollout(ctx, scheduler, wait);
  }
  if (ctx.plain())
    ctx.term.out << fmt::format("operation {}\nfollow it with: maestro scheduler rollout status {}\n", operation,
                                scheduler);
}

void edit_scheduler(const context& ctx, const edit_options& options) {
  auto before = active_of(ctx, options.scheduler);
  auto shown = recipe_of_scheduler(scheduler_of_recipe(before));
  edited_file file{options.scheduler, json_to_yaml(shown.dump())};
  auto original = file.text();
  auto editor = editor_of(ctx.term);
  if (std::system((editor + " '" + file.path() + "'").c_str()) != 0)
    throw failure(exit_usage, fmt::format("the editor `{}` failed; nothing was changed", editor));
  if (file.text() == original) {
    ctx.term.out << fmt::format("scheduler {} unchanged\n", options.scheduler);
    return;
  }
  try {
    auto recipe = read_recipe({file.path(), file.text(), {}});
    if (recipe.name() != options.scheduler)
      throw failure(exit_usage, fmt::format("the name of a scheduler cannot be changed: {} became {}",
                                            options.scheduler, recipe.name()));
    apply_recipe(ctx, recipe, false, options.wait, active_version(before));
  } catch (...) {
    file.is_kept = true;
    ctx.term.err << fmt::format("what you wrote is in {}\n", file.path()) << std::flush;
    throw;
  }
}

void scale_scheduler(const context& ctx, const scale_options& options) {
  auto scheduler = active_of(ctx, options.scheduler);
  auto before = number_of(scheduler, "roomsReplicas");
  auto scaling = object_of(scheduler, "autoscaling");
  if (truth_of(scaling, "enabled"))
    ctx.term.err << fmt::format(
                        "warning: autoscaling is on: its policy decides how many rooms there are ({} to {}), "
                        "not roomsReplicas\n",
                        number_of(scaling, "min"),
                        number_of(scaling, "max") < 0 ? "any number" : text_of(scaling, "max"))
                 << std::flush;
  if (before == options.replicas) {
    ctx.term.out << fmt::format("scheduler {} unchanged: {} rooms are wanted\n", options.scheduler, before);
    return;
  }
  auto answer =
      ctx.api.patch(schedulers_path({options.scheduler}), json{{"roomsReplicas", options.replicas}}.dump());
  if (!ctx.plain())
    ctx.print(answer);
  else
    ctx.term.out << fmt::format("scheduler {}: {} -> {} rooms wanted\n", options.scheduler, before,
                                options.replicas);
  after_change(ctx, options.scheduler, text_of(answer, "operationId"), options.wait);
}

void switch_version(const context& ctx, const switch_options& options) {
  auto versions = items_of(ctx.api.get(schedulers_path({options.scheduler, "versions"})), version_items);
  auto wanted = options.version.empty() ? version_before(versions, options.scheduler)
                                        : checked_version(versions, options.scheduler, options.version);
  auto active =
      std::find_if(versions.begin(), versions.end(), [](auto& one) { return truth_of(one, "isActive"); });
  auto before = active == versions.end() ? std::string{} : text_of(*active, "version");
  if (before == wanted) {
    ctx.term.out << fmt::format("scheduler {} unchanged: {} is active\n", options.scheduler, wanted);
    return;
  }
  auto answer =
      ctx.api.put(schedulers_path({options.scheduler}), json{{"version", wanted}, {"baseVersion", before}}.dump());
  if (!ctx.plain())
    ctx.print(answer);
  else
    ctx.term.out << fmt::format("scheduler {}: {} -> {}\n", options.scheduler, before, wanted);
  after_change(ctx, options.scheduler, text_of(answer, "operationId"), options.wait);
}

} // namespace maestro::cli
