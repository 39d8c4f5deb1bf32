#include "data/store/packer.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "data/recipe/record.h"
#include "data/store/info.h"
#include "data/store/journal.h"
#include "data/store/sample_files.h"
#include "data/store/shards.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/hash.h"

namespace facemat {
namespace {

struct Member {
  std::string name, bytes;
};

// One tar file, written as members come.
class Tar {
 public:
  explicit Tar(fs::path path) : path_(std::move(path)), archive_(archive_write_new(), archive_write_free) {
    require(archive_ != nullptr, "{}: no memory for an archive", path_.string());
    check(archive_write_set_format_ustar(archive_.get()));
    check(archive_write_open_filename(archive_.get(), path_.c_str()));
  }

  void add(const Member& member) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(), archive_entry_free);
    require(entry != nullptr, "{}: no memory for an entry", path_.string());
    archive_entry_set_pathname(entry.get(), member.name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_mtime(entry.get(), 0, 0);
    archive_entry_set_uid(entry.get(), 0);
    archive_entry_set_gid(entry.get(), 0);
    archive_entry_set_size(entry.get(), static_cast<int64_t>(member.bytes.size()));
    check(archive_write_header(archive_.get(), entry.get()));
    const auto written = archive_write_data(archive_.get(), member.bytes.data(), member.bytes.size());
    require(written == static_cast<la_ssize_t>(member.bytes.size()), "{}: cannot write: {}", path_.string(), reason());
  }

  void close() { check(archive_write_close(archive_.get())); }

 private:
  // libarchive's own words leave out the system's ("Write error").
  std::string reason() const {
    const char* text = archive_error_string(archive_.get());
    const int code = archive_errno(archive_.get());
    const std::string own = text == nullptr ? "unknown reason" : text;
    return code > 0 ? own + ": " + std::generic_category().message(code) : own;
  }
  void check(int result) { require(result == ARCHIVE_OK, "{}: cannot write: {}", path_.string(), reason()); }

  fs::path path_;
  std::unique_ptr<archive, decltype(&archive_write_free)> archive_;
};

// The files of one sample, sorted by name. Throws Error if one is missing or has other bytes than the manifest states.
std::vector<Member> members_of(const fs::path& dataset, const DataConfig& config, const SampleRecord& record,
                               const std::string& line) {
  const Recipe& sample = record.recipe;
  std::vector<Member> members{{sample.name + ".json", line}};
  for (int t = 0; t < sample.frames; ++t) {
    uint64_t hash = kHashStart;
    const std::vector<SampleFile> files = sample_files(dataset, config, sample, t);
    for (const SampleFile& file : files) {
      const std::string name = member_name(sample.name, sample.still, file.kind, t, file.path.extension().string());
      members.push_back({name, read_file(file.path)});
      hash = hash_bytes(members.back().bytes, hash);
    }
    require(static_cast<size_t>(t) < record.hashes.size() && hash_text(hash) == record.hashes[t],
            "{}: this frame's files are not the ones that were built (hash differs; see facemat data check)",
            files[0].path.string());
  }
  std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.name < b.name; });
  return members;
}

// The shards of one split after the other, and their index.
class Shards {
 public:
  Shards(const fs::path& folder, int64_t per_shard) : folder_(folder), per_shard_(per_shard), index_(folder / kShardIndex) {}

  void add(const std::string& split, const std::vector<Member>& members, const std::string& where) {
    if (split != split_ || in_shard_ == per_shard_) open_next(split, where);
    for (const Member& member : members) {
      tar_->add(member);
      ++report_.files, report_.bytes += static_cast<int64_t>(member.bytes.size());
    }
    ++in_shard_, ++report_.samples;
  }

  PackReport finish() {
    close();
    index_.commit();
    return report_;
  }

 private:
  void open_next(const std::string& split, const std::string& where) {
    close();
    if (split != split_) {
      require(splits_.insert(split).second, "{}: the samples of '{}' do not lie beside each other", where, split);
      split_ = split;
      number_ = 0;
    }
    shard_ = folder_ / fmt::format("{}-{:06}.tar", split, number_++);
    tar_ = std::make_unique<Tar>(shard_);
    in_shard_ = 0;
    ++report_.shards;
  }

  // The index states what a reader without it would find: the shard is read again.
  void close() {
    if (!tar_) return;
    tar_->close();
    tar_.reset();
    for (const PackedSample& sample : scan_shard(shard_)) index_.write(packed_to_json(sample) + "\n");
  }

  fs::path folder_, shard_;
  int64_t per_shard_, number_ = 0, in_shard_ = 0;
  std::string split_;
  std::set<std::string> splits_;
  std::unique_ptr<Tar> tar_;
  StreamedFile index_;
  PackReport report_;
};

}  // namespace

PackReport pack_dataset(const fs::path& dataset, const fs::path& out, int64_t per_shard, Progress& progress) {
  require(per_shard >= 1, "{} samples a shard (allowed: 1 and more)", per_shard);
  const auto info = load_config<DatasetInfo>(dataset / "dataset.yaml");
  const fs::path manifest = dataset / "manifest.jsonl";
  LineReader reader(manifest);
  PendingFolder folder(out);
  write_plain(folder.path() / "dataset.yaml", read_file(dataset / "dataset.yaml"));
  Shards shards(folder.path(), per_shard);
  LineReader::Line line;
  int64_t done = 0;
  while (reader.next(line)) {
    const std::string where = fmt::format("{}:{}", manifest.string(), done + 1);
    const SampleRecord record = record_from_json(line.text, where);
    shards.add(record.recipe.split, members_of(dataset, info.config, record, line.text), where);
    progress.update(++done, info.samples);
  }
  require(done == info.samples, "{}: {} samples, dataset.yaml states {}", manifest.string(), done, info.samples);
  const PackReport report = shards.finish();
  sync_filesystem(folder.path());
  folder.commit();
  return report;
}

}  // namespace facemat
