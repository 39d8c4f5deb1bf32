#include "data/builder.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <opencv2/core.hpp>
#include <set>
#include <thread>

#include "data/synthesis.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/hash.h"
#include "src/core/program.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

struct Job {
  int split;
  int64_t index;
};

std::vector<Job> all_jobs(const DataConfig& config) {
  std::vector<Job> jobs;
  for (size_t split = 0; split < config.splits.size(); ++split)
    for (int64_t i = 0; i < config.splits[split].stills + config.splits[split].clips; ++i)
      jobs.push_back({static_cast<int>(split), i});
  return jobs;
}

// O and Occ as a straight RGBA picture.
cv::Mat occluder_picture(const cv::Mat& layer) {
  const cv::Mat planes[] = {layer_colour(layer), layer_alpha(layer)};
  cv::Mat straight;
  cv::merge(planes, 2, straight);
  return to_u8(straight);
}

// Writes one file and returns the hash of its bytes.
uint64_t write_hashed(const fs::path& path, const cv::Mat& image, int quality, uint64_t hash) {
  const std::string bytes = encode_image(path.extension().string(), image, quality);
  write_file(path, bytes);
  return hash_bytes(bytes, hash);
}

void write_sample(const fs::path& root, const DataConfig& config, Sample& sample) {
  const std::string extension = "." + config.image_format;
  for (size_t t = 0; t < sample.frames.size(); ++t) {
    const Frame& frame = sample.frames[t];
    const auto path = [&](const char* kind, const std::string& e) {
      return frame_path(root, sample.record, kind, static_cast<int>(t), e);
    };
    uint64_t hash = write_hashed(path("image", extension), frame.image, config.jpeg_quality, kHashStart);
    hash = write_hashed(path("alpha", ".png"), config.alpha_bits == 16 ? to_u16(frame.alpha) : to_u8(frame.alpha), 0, hash);
    hash = write_hashed(path("trimap", ".png"), frame.trimap, 0, hash);
    hash = write_hashed(path("occluder", ".png"), occluder_picture(frame.occluder), 0, hash);
    hash = write_hashed(path("clean", extension), frame.clean, config.jpeg_quality, hash);
    sample.record.hashes.push_back(hash_text(hash));
  }
}

// Runs `work(i)` for i in 0..count-1 on `workers` threads; the first exception stops all and is thrown again.
template <typename Work>
void parallel(int64_t count, int workers, Work work) {
  std::atomic<int64_t> next{0};
  std::exception_ptr failure;
  std::mutex mutex;
  const auto loop = [&] {
    for (int64_t i; (i = next++) < count;) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard<std::mutex> lock(mutex);
        if (!failure) failure = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < workers; ++i) threads.emplace_back(loop);
  loop();
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

DatasetInfo describe(const DataConfig& config, const std::vector<SampleRecord>& records) {
  DatasetInfo info;
  info.version = kVersion;
  info.licence = licence_roll_up(records);
  info.samples = static_cast<int>(records.size());
  for (const SampleRecord& record : records) info.frames += record.frames;
  info.config = config;
  return info;
}

std::string manifest_text(const std::vector<SampleRecord>& records) {
  std::string text;
  for (const SampleRecord& record : records) text += record_to_json(record) + "\n";
  return text;
}

// What is wrong with one frame on disk; empty: nothing.
std::string frame_fault(const fs::path& root, const DataConfig& config, const SampleRecord& record, int t) {
  const std::string extension = "." + config.image_format;
  const auto path = [&](const char* kind, const std::string& e) { return frame_path(root, record, kind, t, e); };
  const std::vector<fs::path> files = {path("image", extension), path("alpha", ".png"), path("trimap", ".png"),
                                       path("occluder", ".png"), path("clean", extension)};
  uint64_t hash = kHashStart;
  for (const fs::path& file : files) hash = hash_bytes(read_file(file), hash);
  if (static_cast<size_t>(t) >= record.hashes.size() || hash_text(hash) != record.hashes[t])
    return files[0].string() + ": this frame's files are not the ones that were built (hash differs)";
  const cv::Mat image = read_image(files[0]), alpha = read_mask(files[1]), trimap = read_trimap(files[2]);
  const cv::Mat occluder = read_cutout(files[3]);
  if (image.cols != config.size || image.rows != config.size || alpha.size() != image.size() || trimap.size() != image.size())
    return files[0].string() + ": picture, alpha and trimap differ in size";
  const cv::Mat above = (alpha + layer_alpha(occluder)) > 1 + 1.5f / 255;
  if (cv::countNonZero(above) > 0) return files[1].string() + ": visible face and occluder add up to more than 1";
  const cv::Mat known = ((trimap == 255) & (alpha < 1 - 0.5f / 255)) | ((trimap == 0) & (alpha > 0.5f / 255));
  if (cv::countNonZero(known) > 0) return files[2].string() + ": the trimap calls a pixel known that is not";
  const bool lossless = config.image_format == "png" && record.degradation.empty();
  if (lossless && recomposition_error(image, read_image(files[4]), occluder) > 2.0 / 255)  // the stored occluder is rounded too
    return files[0].string() + ": the picture is not occluder over clean face";
  return "";
}

}  // namespace

std::string licence_roll_up(const std::vector<SampleRecord>& records) {
  std::map<std::string, int> count;
  for (const SampleRecord& record : records) {
    std::set<std::string> licences{record.face.licence};
    for (const Ingredient& occluder : record.occluders) licences.insert(occluder.licence);
    for (const std::string& licence : licences) ++count[licence];
  }
  std::vector<std::pair<std::string, int>> sorted(count.begin(), count.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [licence, samples] : sorted)
    text += fmt::format("{}{} ({} samples)", text.empty() ? "" : ", ", licence, samples);
  return text;
}

DatasetInfo build_dataset(const DataConfig& config, const fs::path& out, int workers, Progress& progress) {
  cv::setNumThreads(1);  // samples are the unit of parallel work
  const Synthesis synthesis(config);
  const std::vector<Job> jobs = all_jobs(config);
  require(!jobs.empty(), "the splits hold no samples");
  PendingFolder folder(out);
  std::vector<SampleRecord> records(jobs.size());
  std::atomic<int64_t> done{0};
  parallel(static_cast<int64_t>(jobs.size()), workers, [&](int64_t i) {
    Sample sample = synthesis.sample(jobs[i].split, jobs[i].index);
    write_sample(folder.path(), config, sample);
    records[i] = std::move(sample.record);
    progress.update(++done, static_cast<int64_t>(jobs.size()));
  });
  const DatasetInfo info = describe(config, records);
  write_file(folder.path() / "manifest.jsonl", manifest_text(records));
  write_file(folder.path() / "dataset.yaml", config_to_yaml(info));
  folder.commit();
  return info;
}

std::vector<SampleRecord> read_manifest(const fs::path& dataset) {
  const fs::path file = dataset / "manifest.jsonl";
  const std::string text = read_file(file);
  std::vector<SampleRecord> records;
  for (size_t begin = 0, end; begin < text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    records.push_back(
        record_from_json(text.substr(begin, end - begin), fmt::format("{}:{}", file.string(), records.size() + 1)));
  }
  return records;
}

std::vector<std::string> check_dataset(const fs::path& dataset, Progress& progress) {
  const auto info = load_config<DatasetInfo>(dataset / "dataset.yaml");
  const auto records = read_manifest(dataset);
  std::vector<std::string> faults;
  if (static_cast<int>(records.size()) != info.samples)
    faults.push_back(fmt::format("{}: {} samples, dataset.yaml states {}", (dataset / "manifest.jsonl").string(),
                                 records.size(), info.samples));
  for (size_t i = 0; i < records.size(); ++i) {
    for (int t = 0; t < records[i].frames; ++t) {
      try {
        const std::string fault = frame_fault(dataset, info.config, records[i], t);
        if (!fault.empty()) faults.push_back(fault);
      } catch (const Error& error) {
        faults.push_back(error.what());
      }
    }
    progress.update(static_cast<int64_t>(i) + 1, static_cast<int64_t>(records.size()));
  }
  return faults;
}

}  // namespace facemat
