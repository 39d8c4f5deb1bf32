#include "eval/clips.h"

#include <algorithm>
#include <map>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/codec.h"

namespace facemat {
namespace {

// Picture files below `folder` by their relative path without extension.
std::map<std::string, fs::path> pictures_below(const fs::path& folder) {
  require(fs::is_directory(folder), "{}: no such folder", folder.string());
  std::vector<fs::path> folders = {folder};
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_directory()) folders.push_back(entry.path());
  std::map<std::string, fs::path> pictures;
  for (const fs::path& place : folders)
    for (const fs::path& file : list_files(place, image_extensions())) {
      const std::string key = fs::relative(file, folder).replace_extension().generic_string();
      require(pictures.emplace(key, file).second, "{}: two pictures of one name", file.string());
    }
  require(!pictures.empty(), "{}: no pictures there", folder.string());
  return pictures;
}

fs::path partner(const std::map<std::string, fs::path>& pictures, const std::string& name, const fs::path& folder,
                 const char* what) {
  const auto found = pictures.find(name);
  require(found != pictures.end(), "{}: no {} named '{}' (there is a true matte of that name)", folder.string(), what, name);
  return found->second;
}

}  // namespace

ClipSource clips_of(const DatasetSplit& split) {
  return {split.size(), [&split](int64_t index) { return split.clip(index); }};
}

std::vector<MatteClip> pair_mattes(const MatteFolders& folders) {
  const auto truths = pictures_below(folders.truth), predictions = pictures_below(folders.prediction);
  const auto trimaps = folders.trimap.empty() ? std::map<std::string, fs::path>{} : pictures_below(folders.trimap);
  std::vector<MatteClip> clips;
  std::map<std::string, MatteClip> by_folder;
  for (const auto& [name, truth] : truths) {
    MatteFrame frame{name, partner(predictions, name, folders.prediction, "prediction"), truth, {}};
    if (!folders.trimap.empty()) frame.trimap = partner(trimaps, name, folders.trimap, "trimap");
    const std::string parent = fs::path(name).parent_path().generic_string();
    if (parent.empty())
      clips.push_back({name, {frame}});
    else
      by_folder[parent].frames.push_back(frame);
  }
  for (auto& [name, clip] : by_folder) clips.push_back({name, std::move(clip.frames)});
  return clips;
}

void check_polarity(const std::vector<MatteClip>& clips, bool prediction_is_occluder) {
  double as_given = 0, inverted = 0;
  for (const MatteClip& clip : clips)
    for (const MatteFrame& frame : clip.frames) {
      const cv::Mat truth = read_mask(frame.truth), prediction = read_mask(frame.prediction);
      require(truth.size() == prediction.size(), "{}: {}x{} pixels, the true matte has {}x{}", frame.prediction.string(),
              prediction.cols, prediction.rows, truth.cols, truth.rows);
      as_given += cv::norm(prediction, truth, cv::NORM_L1);
      inverted += cv::norm(1 - prediction, truth, cv::NORM_L1);
    }
  if (prediction_is_occluder) std::swap(as_given, inverted);
  require(as_given <= 2 * inverted,
          "the predictions are inverted: 1 - alpha is nearer to the truth than alpha (set --pred-polarity {})",
          prediction_is_occluder ? "visible_face" : "occluder");
}

}  // namespace facemat
