#include "nodes/journal/journal_database.hpp"

#include "nodes/journal/durable_log_files.hpp"
#include "nodes/journal/finished_operations.hpp"
#include "nodes/journal/journal_keys.hpp"
#include "nodes/journal/log_review.hpp"
#include "nodes/journal/rocksdb_log.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <random>

namespace maestro {

namespace {

namespace keys = journal_keys;

failure cannot_open(const journal_config& config, const std::string& why) {
  return {ec::unavailable, "cannot open the journal at " + config.path + ": " + why};
}

failure cannot_open(const journal_config& config, const rocksdb::Status& status) {
  auto why = status.ToString();
  if (why.find("lock") != std::string::npos && why.find("LOCK") != std::string::npos)
    return cannot_open(config, "it is in use by another node (" + why + ")");
  return cannot_open(config, why);
}

/// Which events follow one another: where the last one of a stream went into the memtable the next one is put beside it, and its place
/// is not searched for. A hint takes memory until the next flush: only a stream that is long has one.
class stream_of_event final : public rocksdb::SliceTransform {
public:
  const char* Name() const override { return "maestro.stream_of_event"; }
  bool InDomain(const rocksdb::Slice& key) const override {
    return key.size() > suffix && key[key.size() - suffix] == '\0' &&
           keys::sequence_of_event(keys::view(key)) >= long_stream;
  }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override { return {key.data(), key.size() - suffix}; }

private:
  static constexpr std::size_t suffix = 9; ///< of keys::event
  static constexpr std::uint64_t long_stream = 256;
};

rocksdb::Options options_for(const journal_config& config, rocksdb::Env* env) {
  rocksdb::Options options;
  options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.max_total_wal_size = config.wal_bytes;
  options.avoid_flush_during_recovery = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords; // see log_review
  options.max_open_files = 512;
  options.max_background_jobs = 2;
  options.write_buffer_size = config.write_buffer_bytes;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.info_log = make_rocksdb_log(config.path);
  // Its own record of the logs' sizes would be written behind the sync of a batch: failing there refuses what is durable and
  // can be read. SYNCED says the same, and more.
  options.track_and_verify_wals_in_manifest = false;
  options.merge_operator = finished_operations::adder();
  options.memtable_insert_with_hint_prefix_extractor = std::make_shared<stream_of_event>();
  rocksdb::BlockBasedTableOptions table;
  // A file's index is one block of a megabyte and more, and whatever does not fit into one of the cache's shards is read and
  // unpacked anew for each iterator: few shards, and an index in parts.
  constexpr int four_shards = 2;
  table.block_cache = rocksdb::NewLRUCache(config.block_cache_bytes, four_shards);
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.cache_index_and_filter_blocks = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

std::string draw_node_id() {
  std::random_device device;
  std::string id;
  for (int i = 0; i < 32; ++i)
    id += "0123456789abcdef"[device() % 16];
  return id;
}

/// All families that are there, also those of a newer format, so that its number can be read at all.
std::vector<std::string> families_of(const journal_config& config, const rocksdb::Options& options) {
  std::vector<std::string> names;
  rocksdb::DB::ListColumnFamilies(options, config.path, &names); // not there yet: empty
  for (auto* ours : {"default", "events", "snapshots", "operations", "meta"})
    if (std::find(names.begin(), names.end(), ours) == names.end())
      names.emplace_back(ours);
  return names;
}

result<done> make_format(const journal_config& config, journal_database& base) {
  rocksdb::WriteOptions durable;
  durable.sync = true;
  base.node_id = draw_node_id();
  base.format = keys::format_version;
  rocksdb::WriteBatch batch;
  batch.Put(base.meta, std::string(keys::format_key), std::to_string(keys::format_version));
  batch.Put(base.meta, std::string(keys::node_id_key), base.node_id);
  if (auto status = base.db->Write(durable, &batch); !status.ok())
    return cannot_open(config, status);
  return done{};
}

/// 0: it has none yet.
result<done> read_format(const journal_config& config, journal_database& base) {
  std::string stored;
  auto status =
      base.db->Get({}, base.meta, rocksdb::Slice(keys::format_key.data(), keys::format_key.size()), &stored);
  if (status.IsNotFound())
    return done{};
  if (!status.ok())
    return cannot_open(config, status);
  int format = 0;
  auto end = stored.data() + stored.size();
  if (auto parsed = std::from_chars(stored.data(), end, format); parsed.ec != std::errc{} || parsed.ptr != end)
    return cannot_open(config, "its format version `" + stored + "` is not a number");
  if (format > keys::format_version)
    return cannot_open(config, "it has format version " + stored + ", this program reads up to " +
                                   std::to_string(keys::format_version) + "; start it with a newer maestro");
  status = base.db->Get({}, base.meta, std::string(keys::node_id_key), &base.node_id);
  base.format = format;
  if (!status.ok())
    return cannot_open(config, status);
  status = base.db->Get({}, base.meta, std::string(keys::watermark_key), &stored);
  if (!status.ok() && !status.IsNotFound())
    return cannot_open(config, status);
  if (status.ok())
    base.watermark = static_cast<std::int64_t>(keys::big_endian<std::uint64_t>(stored));
  return done{};
}

/// What opening may write: a little, and what is in the logs when it does not fit into memory.
std::uint64_t bytes_to_open(const journal_config& config) {
  constexpr std::uint64_t little = 1 << 20;
  std::uint64_t logs = 0;
  std::error_code ignored;
  for (auto& entry : std::filesystem::directory_iterator(config.path, ignored))
    if (log_number_of(entry.path().string()) > 0)
      logs += entry.file_size(ignored);
  return logs > config.write_buffer_bytes ? little + logs : little;
}

/// Where older versions let RocksDB write what it says.
void remove_old_words(const std::string& folder) {
  std::error_code ignored;
  for (auto& entry : std::filesystem::directory_iterator(folder, ignored))
    if (auto name = entry.path().filename().string(); name == "LOG" || name.starts_with("LOG.old."))
      std::filesystem::remove(entry.path(), ignored);
}

/// Under the database's own lock, so that no log of a living node is touched.
result<done> settle_logs_of(const journal_config& config, rocksdb::Env& env, synced_logs& counts) {
  rocksdb::FileLock* lock = nullptr;
  if (auto status = env.LockFile(config.path + "/LOCK", &lock); !status.ok())
    return cannot_open(config, status);
  auto settled = settle_logs(config.path, counts);
  env.UnlockFile(lock);
  if (!settled)
    return cannot_open(config, settled.error().text);
  return settled;
}

} // namespace

journal_database::~journal_database() {
  if (!db)
    return;
  for (auto* handle : handles)
    db->DestroyColumnFamilyHandle(handle);
  db->Close();
}

result<done> journal_database::find_families(const journal_config& config, const std::vector<std::string>& names) {
  auto named = [&](const char* name) {
    auto place = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    return place < handles.size() ? handles[place] : nullptr;
  };
  events = named("events");
  snapshots = named("snapshots");
  operations = named("operations");
  meta = named("meta");
  if (!events || !snapshots || !operations || !meta)
    return cannot_open(config, "it has not all of a journal's tables");
  return read_format(config, *this);
}

result<std::unique_ptr<journal_database>> journal_database::open(const journal_config& config,
                                                                 std::shared_ptr<rocksdb::FileSystem> disk,
                                                                 std::shared_ptr<disk_reserve> kept) {
  std::error_code error;
  std::filesystem::create_directories(config.path, error);
  if (error)
    return cannot_open(config, error.message());

  auto base = std::make_unique<journal_database>();
  if (!disk)
    disk = rocksdb::FileSystem::Default();
  base->reserve = std::move(kept);
  if (!base->reserve) {
    auto reserve = disk_reserve::open(config.path, config.reserve_bytes, bytes_to_open(config));
    if (!reserve)
      return cannot_open(config, reserve.error().text);
    base->reserve = std::move(*reserve);
  }
  auto counts = synced_logs::open(config.path);
  if (!counts)
    return cannot_open(config, counts.error().text);
  base->counts = *counts;
  base->env = rocksdb::NewCompositeEnv(make_durable_log_files(std::move(disk), *counts));
  if (auto settled = settle_logs_of(config, *base->env, **counts); !settled)
    return settled.error();
  auto options = options_for(config, base->env.get());
  auto names = families_of(config, options);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (auto& name : names)
    families.emplace_back(name, options);

  rocksdb::DB* db = nullptr;
  auto status = rocksdb::DB::Open(options, config.path, families, &base->handles, &db);
  if (!status.ok())
    return cannot_open(config, status);
  base->db.reset(db);
  remove_old_words(config.path);
  if (auto found = base->find_families(config, names); !found)
    return found.error();
  if (base->format == 0)
    if (auto made = make_format(config, *base); !made)
      return made.error();
  base->counts->acknowledge();
  return base;
}

result<std::unique_ptr<journal_database>>
journal_database::open_to_look(const journal_config& config, std::shared_ptr<rocksdb::FileSystem> disk) {
  auto base = std::make_unique<journal_database>();
  base->env = rocksdb::NewCompositeEnv(std::move(disk));
  auto options = options_for(config, base->env.get());
  options.create_if_missing = false;
  options.create_missing_column_families = false;
  options.track_and_verify_wals_in_manifest =
      true; // RocksDB 7.8 asserts without, where an older version had them tracked
  std::vector<std::string> names;
  auto status = rocksdb::DB::ListColumnFamilies(options, config.path, &names);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (auto& name : names)
    families.emplace_back(name, options);
  rocksdb::DB* db = nullptr;
  if (status.ok())
    status = rocksdb::DB::OpenForReadOnly(options, config.path, families, &base->handles, &db);
  if (!status.ok())
    return cannot_open(config, status);
  base->db.reset(db);
  if (auto found = base->find_families(config, names); !found)
    return found.error();
  return base;
}

} // namespace maestro
