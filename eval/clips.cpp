#include "eval/clips.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

using Pictures = std::map<std::string, fs::path>;  // by relative path without extension

const std::vector<std::string> kFlowExtensions = {".flo"};

Pictures files_below(const fs::path& folder, const std::vector<std::string>& extensions) {
  require(fs::is_directory(folder), "{}: no such folder", folder.string());
  std::vector<fs::path> folders = {folder};
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_directory()) folders.push_back(entry.path());
  Pictures pictures;
  for (const fs::path& place : folders)
    for (const fs::path& file : list_files(place, extensions)) {
      const std::string key = fs::relative(file, folder).replace_extension().generic_string();
      require(pictures.emplace(key, file).second, "{}: two pictures of one name", file.string());
    }
  require(!pictures.empty(), "{}: no pictures there", folder.string());
  return pictures;
}

// A folder beside that of the true mattes; without one, no frame has a partner there.
class Partners {
 public:
  Partners(const fs::path& folder, const char* what, const std::vector<std::string>& extensions = image_extensions())
      : folder_(folder), what_(what) {
    if (!folder.empty()) pictures_ = files_below(folder, extensions);
  }

  fs::path of(const std::string& name, bool needed = true) const {
    if (folder_.empty()) return {};
    const auto found = pictures_.find(name);
    if (found != pictures_.end()) return found->second;
    require(!needed, "{}: no {} named '{}' (there is a true matte of that name)", folder_.string(), what_, name);
    return {};
  }

 private:
  fs::path folder_;
  const char* what_;
  Pictures pictures_;
};

void check_size(const cv::Mat& picture, const cv::Mat& truth, const fs::path& path) {
  require(picture.size() == truth.size(), "{}: {}x{} pixels, the true matte has {}x{}", path.string(), picture.cols,
          picture.rows, truth.cols, truth.rows);
}

cv::Mat read_truth(const fs::path& path, bool zero_one) {
  cv::Mat alpha = read_mask(path);
  double high = 0;
  cv::minMaxLoc(alpha, nullptr, &high);
  constexpr double kOne = 1 / 255.0;
  if (zero_one) {
    require(high <= kOne * 1.001, "{}: holds values above 1 of 255, so it is no mask of zeros and ones", path.string());
    return alpha * 255;
  }
  require(high == 0 || high > kOne * 1.001,
          "{}: holds only the values 0 and 1 of 255 and looks black (say --gt-zero-one if 1 means face)", path.string());
  return alpha;
}

// Middlebury's optical flow: "PIEH", width, height as 32-bit integers, then x, y as floats, row by row, little-endian. Motions
// above 1e9 mean unknown.
cv::Mat read_flow(const fs::path& path, cv::Size size) {
  constexpr size_t kHeader = 12;
  const uint64_t wanted = kHeader + static_cast<uint64_t>(size.area()) * sizeof(cv::Vec2f);
  const std::string bytes = read_file(path, std::max<uint64_t>(wanted, kHeader) + 1);
  int32_t width = 0, height = 0;
  require(bytes.size() >= kHeader && bytes.compare(0, 4, "PIEH") == 0, "{}: no optical flow in Middlebury's .flo format",
          path.string());
  std::memcpy(&width, bytes.data() + 4, 4), std::memcpy(&height, bytes.data() + 8, 4);
  require(width == size.width && height == size.height && bytes.size() == wanted,
          "{}: a flow of {}x{} in {} bytes, the true matte has {}x{}", path.string(), width, height, bytes.size(), size.width,
          size.height);
  cv::Mat flow(size, CV_32FC2);
  std::memcpy(flow.data, bytes.data() + kHeader, bytes.size() - kHeader);
  for (cv::Vec2f& v : cv::Mat_<cv::Vec2f>(flow))
    if (!(std::abs(v[0]) < 1e9F && std::abs(v[1]) < 1e9F)) v = cv::Vec2f(NAN, NAN);
  return flow;
}

TrueFrame read_frame(const PictureFrame& files, bool zero_one) {
  TrueFrame frame;
  frame.alpha = read_truth(files.truth, zero_one);
  if (!files.image.empty()) check_size(frame.image = read_image(files.image), frame.alpha, files.image);
  if (!files.trimap.empty()) check_size(frame.trimap = read_trimap(files.trimap), frame.alpha, files.trimap);
  if (!files.mask.empty()) check_size(frame.mask = to_u8(read_mask(files.mask)), frame.alpha, files.mask);
  if (!files.flow.empty()) frame.flow = read_flow(files.flow, frame.alpha.size());
  return frame;
}

TrueFrame frame_of(const Clip& clip, int t) {
  const auto at = [&](const std::vector<cv::Mat>& pictures) { return pictures.empty() ? cv::Mat() : pictures[t]; };
  return {clip.images[t], clip.alphas[t], at(clip.trimaps), {}, at(clip.cleans), {}};
}

bool is_jpeg(const fs::path& path) { return read_file_start(path, 2) == "\xff\xd8"; }

}  // namespace

ClipSource clips_of(const DatasetSplit& split) {
  return {split.size(), [&split](int64_t index) {
            const auto clip = std::make_shared<const Clip>(split.clip(index));
            return TrueClip{clip->name, clip->classes, clip->covered, static_cast<int>(clip->images.size()),
                            [clip](int t) { return frame_of(*clip, t); }};
          }};
}

std::vector<PictureClip> pair_pictures(const PictureFolders& folders) {
  const Pictures truths = files_below(folders.truth, image_extensions());
  const Partners images(folders.images, "image"), trimaps(folders.trimaps, "trimap"), masks(folders.masks, "mask"),
      flows(folders.flows, "flow", kFlowExtensions), predictions(folders.predictions, "prediction");
  std::vector<PictureClip> clips;
  std::map<std::string, PictureClip> by_folder;
  for (const auto& [name, truth] : truths) {
    const PictureFrame frame{
        name, truth, images.of(name), trimaps.of(name), masks.of(name), flows.of(name, false), predictions.of(name)};
    const std::string parent = fs::path(name).parent_path().generic_string();
    if (parent.empty())
      clips.push_back({name, {frame}});
    else
      by_folder[parent].frames.push_back(frame);
  }
  for (auto& [name, clip] : by_folder) {
    for (size_t t = 0; !folders.flows.empty() && t + 1 < clip.frames.size(); ++t) flows.of(clip.frames[t].name);
    clips.push_back({name, std::move(clip.frames)});
  }
  return clips;
}

ClipSource clips_of(std::vector<PictureClip> clips, bool truth_is_zero_one) {
  const auto shared = std::make_shared<const std::vector<PictureClip>>(std::move(clips));
  return {static_cast<int64_t>(shared->size()), [shared, truth_is_zero_one](int64_t index) {
            const PictureClip& clip = (*shared)[index];
            return TrueClip{clip.name, {}, {}, static_cast<int>(clip.frames.size()), [shared, &clip, truth_is_zero_one](int t) {
                              return read_frame(clip.frames[t], truth_is_zero_one);
                            }};
          }};
}

std::vector<std::string> format_warnings(const std::vector<PictureClip>& clips) {
  struct Count {
    int64_t jpeg = 0, deep = 0;
  } truth, prediction;
  const auto look = [](const fs::path& file, Count& count) {
    if (file.empty()) return;
    count.jpeg += is_jpeg(file);
    count.deep += read_image_size(file).bit_depth == 16;
  };
  for (const PictureClip& clip : clips)
    for (const PictureFrame& frame : clip.frames) look(frame.truth, truth), look(frame.prediction, prediction);
  std::vector<std::string> warnings;
  const auto warn = [&](const Count& count, const std::string& what) {
    if (count.jpeg > 0)
      warnings.push_back(
          fmt::format("{} {} are JPEG files, whose compression changes alpha: figures are off (use PNG)", count.jpeg, what));
    if (count.deep > 0) warnings.push_back(fmt::format("{} {} have 16 bits and are rounded to 8", count.deep, what));
  };
  warn(truth, "true mattes"), warn(prediction, "predicted mattes");
  return warnings;
}

}  // namespace facemat
