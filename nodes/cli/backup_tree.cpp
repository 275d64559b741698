#include "nodes/cli/command_tree.hpp"
#include "nodes/cli/failure.hpp"

namespace maestro::cli {

namespace {

constexpr const char* backup_example = R"(maestro backup /backups/maestro-2026-11-28
  rsync -a /backups/maestro-2026-11-28 elsewhere:   # a copy is checked when it is restored

Run it on the node's machine, as root or as the node's user. What was answered before is in
it; the folder is there when all of it is on the disk and was read back once. Rooms' folders
and logs are not in it.)";

constexpr const char* restore_example = R"(maestro restore /backups/maestro-2026-11-28 --data-dir /var/lib/maestro
  maestro restore /backups/maestro-2026-11-28 --check

Run it as the user that the node will run as. Every file is compared with its SHA-256, and
nothing that is there is overwritten. A node that is then started brings the rooms back as after
a crash: those it finds go on, the others are made anew.)";

} // namespace

void add_backup_commands(command_tree& tree) {
  auto taken = std::make_shared<backup_options>();
  taken->maestro_version = MAESTRO_VERSION;
  taken->timeout = std::chrono::minutes{1};
  auto& backup = tree.leaf(
      tree.root(), "backup", "Take a running node's state to a new folder", backup_example, [taken, &tree] {
        if (!tree.hooks().backup)
          throw failure(exit_usage, "this build takes no backups");
        taken->internal_server = tree.door_address(taken->internal_server, default_internal_port);
        return tree.hooks().backup(*taken, tree.term());
      });
  backup.group(server_group);
  tree.text(backup, "FOLDER", taken->folder, "FOLDER", "Where to; must not be there yet").required();
  tree.door(backup, "--internal-server", taken->internal_server, "MAESTRO_INTERNAL_SERVER", default_internal_port,
            "The node's internal door");
  tree.period(backup, "--timeout", taken->timeout, std::chrono::seconds{1}, std::chrono::hours{1},
              "How long the node may take for its part");

  auto restored = std::make_shared<restore_options>();
  auto& restore =
      tree.leaf(tree.root(), "restore", "Make a data directory of a backup", restore_example, [restored, &tree] {
        if (!tree.hooks().restore)
          throw failure(exit_usage, "this build restores no backups");
        if (restored->only_look == !restored->data_dir.empty())
          throw failure(exit_usage, "say either --data-dir FOLDER or --check");
        return tree.hooks().restore(*restored, tree.term());
      });
  restore.group(server_group);
  tree.text(restore, "FOLDER", restored->folder, "FOLDER", "The backup").required();
  tree.text(restore, "--data-dir", restored->data_dir, "FOLDER", "Where to; must be empty, or not there yet");
  restore.add_flag("--check", restored->only_look, "Only say what is in it");
}

} // namespace maestro::cli
