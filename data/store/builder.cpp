#include "data/store/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <opencv2/core.hpp>

#include "data/render/synthesis.h"
#include "data/store/journal.h"
#include "data/store/sample_files.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/hash.h"
#include "src/core/parallel.h"
#include "src/core/program.h"

namespace facemat {
namespace {

// Samples are numbered through all splits; a shard is a block of numbers.
struct Place {
  int split;
  int64_t index;
};

int64_t count_of(const SplitConfig& split) { return int64_t{split.stills} + split.clips; }

int64_t total_of(const DataConfig& config) {
  int64_t total = 0;
  for (const SplitConfig& split : config.splits) total += count_of(split);
  return total;
}

Place place_of(const DataConfig& config, int64_t number) {
  int split = 0;
  while (number >= count_of(config.splits[split])) number -= count_of(config.splits[split++]);
  return {split, number};
}

int64_t number_of(const DataConfig& config, const Recipe& recipe, const std::string& where) {
  int64_t before = 0;
  for (const SplitConfig& split : config.splits) {
    if (split.name == recipe.split && recipe.index >= 0 && recipe.index < count_of(split)) return before + recipe.index;
    before += count_of(split);
  }
  fail("{}: sample {} of '{}' is not in the settings", where, recipe.index, recipe.split);
}

struct Block {
  int64_t first, last;  // [first, last)
};
Block block_of(int64_t total, int shard, int shards) { return {total * (shard - 1) / shards, total * shard / shards}; }

// OUT.partial: the settings it was begun with, journals, sample files.
class Workplace {
 public:
  Workplace(const DataConfig& config, const fs::path& out, const BuildOptions& options)
      : config_(config), out_(output_place(out)), path_(beside(out_, ".partial")), shards_(options.shards) {
    require(!fs::exists(out_), "{}: exists already (remove it or choose another name)", out_.string());
    make_folder(path_.parent_path());
    std::error_code error;
    begun_ = fs::create_directory(path_, error);  // of two that begin at once, one has
    require(!error, "{}: cannot make the folder: {}", path_.string(), error.message());
    require(begun_ || options.resume || shards_ > 1, "{}: an unfinished build; go on with --resume, or remove it",
            path_.string());
    require_same_job();
  }

  // To be called once the journal is held: who is refused that changes nothing.
  void begin() const {
    require_same_job();
    if (!was_finished() && !fs::exists(settings_file())) write_file(settings_file(), settings());
  }

  const fs::path& path() const { return path_; }
  bool begun_here() const { return begun_; }
  fs::path journal(int shard) const { return path_ / fmt::format("journal-{:04}-of-{:04}.jsonl", shard, shards_); }
  int64_t finished(int shard) const { return lines_in(journal(shard)); }
  bool was_finished() const { return fs::exists(path_ / "dataset.yaml"); }

  // Whether all journals hold all their samples.
  bool complete() const {
    const int64_t total = total_of(config_);
    for (int shard = 1; shard <= shards_; ++shard) {
      const Block block = block_of(total, shard, shards_);
      if (finished(shard) != block.last - block.first) return false;
    }
    return true;
  }

  // The dataset, if all shards are done and none has finished it: they may end at the same time.
  std::optional<DatasetInfo> finish_if_complete() const {
    const std::unique_ptr<Lock> finishing = Lock::waited_for(path_);
    if (!finishing || (!was_finished() && !complete())) return std::nullopt;
    return finish();
  }

  void remove_all() const {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

 private:
  fs::path settings_file() const { return path_ / "settings.yaml"; }
  std::string settings() const { return fmt::format("# shards: {}\n", shards_) + config_to_yaml(config_); }

  // Settings are there until the dataset is finished but for its name.
  void require_same_job() const {
    const bool same = was_finished()
                          ? config_to_yaml(load_config<DatasetInfo>(path_ / "dataset.yaml").config) == config_to_yaml(config_)
                          : !fs::exists(settings_file()) || read_file(settings_file()) == settings();
    require(same, "{}: was begun with other settings or another number of shards", path_.string());
  }

  // Manifest and dataset.yaml from the journals, then the final name. dataset.yaml comes last: where it is, all else is, on the
  // disk too.
  DatasetInfo finish() const {
    DatasetInfo info;
    if (was_finished()) {
      info = load_config<DatasetInfo>(path_ / "dataset.yaml");
    } else {
      info = write_manifest();
      sync_filesystem(path_);
      write_file(path_ / "dataset.yaml", config_to_yaml(info));
    }
    fs::remove(settings_file());
    remove_half_written(path_);
    for (int shard = 1; shard <= shards_; ++shard) fs::remove(journal(shard));  // last: they are locked
    give_name(path_, out_);
    return info;
  }

  static int64_t lines_in(const fs::path& journal) {
    if (!fs::exists(journal)) return 0;
    LineReader reader(journal);
    LineReader::Line line;
    int64_t lines = 0;
    while (reader.next(line)) ++lines;
    return lines;
  }

  // The journals' lines in the order of the samples. Holds where lines are, not the lines.
  DatasetInfo write_manifest() const {
    struct Where {
      int shard = 0;
      int64_t offset = 0;
    };
    std::vector<Where> places(total_of(config_));
    std::vector<std::unique_ptr<LineReader>> readers;
    DatasetInfo info;
    info.version = kVersion;
    info.config = config_;
    LicenceCount licences;
    for (int shard = 1; shard <= shards_; ++shard) {
      readers.push_back(std::make_unique<LineReader>(journal(shard)));
      LineReader::Line line;
      while (readers.back()->next(line)) {
        const SampleRecord record = record_from_json(line.text, journal(shard).string());
        places[number_of(config_, record.recipe, journal(shard).string())] = {shard, line.offset};
        ++info.samples;
        info.frames += record.recipe.frames;
        for (const auto& [reason, count] : record.rejections.reasons) info.rejected += static_cast<int>(count);
        info.replaced += static_cast<int>(record.rejections.bad_files.size());
        licences.add(record.recipe);
      }
    }
    info.licence = licences.text();
    StreamedFile manifest(path_ / "manifest.jsonl");
    uint64_t contents = kHashStart;
    for (const Where& where : places) {
      require(where.shard > 0, "{}: a sample is missing from the journals", path_.string());
      const std::string line = readers[where.shard - 1]->at(where.offset) + "\n";
      manifest.write(line);
      contents = hash_bytes(line, contents);
    }
    manifest.commit();
    info.contents = hash_text(contents);
    return info;
  }

  DataConfig config_;
  fs::path out_, path_;
  int shards_;
  bool begun_ = false;
};

// The samples of this shard that its journal does not hold yet.
std::vector<int64_t> missing(const DataConfig& config, const Journal& journal, Block block, const std::string& where) {
  std::vector<bool> done(block.last - block.first, false);
  for (const std::string& line : journal.found()) {
    const int64_t number = number_of(config, record_from_json(line, where).recipe, where);
    if (number >= block.first && number < block.last) done[number - block.first] = true;
  }
  std::vector<int64_t> numbers;
  for (int64_t n = block.first; n < block.last; ++n)
    if (!done[n - block.first]) numbers.push_back(n);
  return numbers;
}

void make_samples(const DataConfig& config, const Workplace& place, const BuildOptions& options, Journal& journal,
                  Progress& progress) {
  const Synthesis synthesis(config);
  for (const std::string& warning : synthesis.warnings()) progress.warning(warning);
  const Block block = block_of(total_of(config), options.shard, options.shards);
  const std::vector<int64_t> numbers = missing(config, journal, block, place.journal(options.shard).string());
  const int64_t total = block.last - block.first;
  int64_t done = total - static_cast<int64_t>(numbers.size());
  std::mutex mutex;
  parallel(static_cast<int64_t>(numbers.size()), options.workers, [&](int64_t i) {
    const Place at = place_of(config, numbers[i]);
    Sample sample = synthesis.sample(at.split, at.index);
    synthesis.note_content(sample.record.recipe);
    write_sample(place.path(), config, sample);
    const std::string line = record_to_json(sample.record);
    const std::lock_guard<std::mutex> lock(mutex);
    journal.append(line);
    for (const std::string& message : sample.record.rejections.bad_files) progress.message("replaced: " + message);
    progress.update(++done, total);
  });
}

}  // namespace

std::optional<DatasetInfo> build_dataset(const DataConfig& config, const fs::path& out, const BuildOptions& options,
                                         Progress& progress) {
  cv::setNumThreads(1);  // samples are the unit of parallel work
  require(options.shard >= 1 && options.shard <= options.shards, "shard {} of {} (allowed: 1 to {})", options.shard,
          options.shards, options.shards);
  require(total_of(config) > 0, "the splits hold no samples");
  const Workplace place(config, out, options);
  std::optional<Journal> journal;  // to the end: nobody else goes on with what is being finished
  try {
    journal.emplace(place.journal(options.shard));
    place.begin();
    if (!place.was_finished()) make_samples(config, place, options, *journal, progress);
  } catch (const std::exception& error) {
    if (!journal && fs::exists(place.journal(options.shard))) throw;  // another process has it
    const int64_t kept = place.finished(options.shard);
    if (kept > 0)
      fail("{} ({} finished samples are kept in {}; go on with --resume)", library_reason(error.what()), kept,
           place.path().string());
    if (place.begun_here() && options.shards == 1) place.remove_all();
    throw;
  }
  return place.finish_if_complete();
}

void rebuild_sample(const fs::path& dataset, const std::string& id, const fs::path& out) {
  const auto info = load_config<DatasetInfo>(dataset / "dataset.yaml");
  LineReader reader(dataset / "manifest.jsonl");
  LineReader::Line line;
  for (int64_t number = 1; reader.next(line); ++number) {
    const SampleRecord record =
        record_from_json(line.text, fmt::format("{}:{}", (dataset / "manifest.jsonl").string(), number));
    if (record.recipe.split + "/" + record.recipe.name != id) continue;
    PendingFolder folder(out);
    Sample sample = Synthesis(info.config).again(record.recipe);
    write_sample(folder.path(), info.config, sample);
    require(sample.record.hashes == record.hashes,
            "{}: sample {} comes out with other bytes than the manifest states (another version of a library?)",
            dataset.string(), id);
    sync_filesystem(folder.path());
    folder.commit();
    return;
  }
  fail("{}: no sample '{}' (they are called like train/000012)", dataset.string(), id);
}

}  // namespace facemat
