#include "src/image/mask_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <utility>

#include "src/core/error.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

constexpr int kFew = 20, kMostLabels = 63;  // a matte has larger values; collections of faces have no more labels
constexpr int kVoid = 255;                  // the value of "no label" in most collections
constexpr int kSmooth = 4;                  // of that few values it cannot be told whether they change gently

struct Counts {
  std::vector<int64_t> pixels;  // of each stored value
  int top = 255;                // the largest value that the file's bits can hold
  int most = 0;                 // the largest that is there
  int64_t total = 0;
  int64_t steps = 0, gentle = 0;  // neighbours in a row that differ, and those of them that differ by no more than 2
};

Counts counts_of(const cv::Mat& stored) {
  Counts counts;
  counts.top = stored.depth() == CV_8U ? 255 : 65535;
  counts.pixels.resize(counts.top + 1);
  const auto value_at = [&](int y, int x) { return counts.top == 255 ? stored.at<uint8_t>(y, x) : stored.at<uint16_t>(y, x); };
  for (int y = 0; y < stored.rows; ++y)
    for (int x = 0, before = value_at(y, 0); x < stored.cols; ++x) {
      const int value = value_at(y, x), step = std::abs(value - before);
      ++counts.pixels[value];
      counts.steps += step > 0, counts.gentle += step > 0 && step <= 2;
      before = value;
    }
  for (int value = 0; value <= counts.top; ++value)
    if (counts.pixels[value] > 0) counts.most = value;
  counts.total = static_cast<int64_t>(stored.total());
  return counts;
}

// "0, 1, 2, 3, 4, 5, 6, 7 and 11 more".
std::string values_text(const Counts& counts) {
  constexpr int kShown = 12;
  std::string text;
  int found = 0;
  for (int value = 0; value <= counts.most; ++value) {
    if (counts.pixels[value] == 0 || ++found > kShown) continue;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", value);
  }
  return found > kShown ? fmt::format("{} and {} more", text, found - kShown) : text;
}

// Whether the values are numbers of classes: small ones, a few of all there could be, or some of them and 255 with nothing
// between.
bool are_labels(const Counts& counts) {
  constexpr double kSome = 0.005;  // of the pixels; fewer may be noise at the edge of a hard mask
  int64_t small = 0;
  int kinds = 0;
  for (int value = 1; value <= kMostLabels; ++value) {
    small += counts.pixels[value];
    kinds += counts.pixels[value] > 0;
  }
  for (int value = kMostLabels + 1; value <= counts.most; ++value)
    if (counts.pixels[value] > 0 && value != kVoid && value != counts.top) return false;
  if (kinds == 0 || (kinds == 1 && small == counts.total)) return false;                         // one grey is no map
  if (kinds > kSmooth && counts.gentle > 0.9 * static_cast<double>(counts.steps)) return false;  // a faint matte: labels jump
  if (counts.most > kMostLabels) return static_cast<double>(small) >= kSome * static_cast<double>(counts.total);
  return counts.most <= kFew || 2 * kinds <= counts.most;
}

// The stored value that means 1. `slack`: by how much others may be above it.
int one_of(const Counts& counts, int white, int slack, const std::string& where) {
  if (white == 0) return counts.top;
  if (counts.most <= white) return white;
  const int one = white * (counts.top / 255);
  require(counts.most <= one + slack, "{}: holds values up to {}, more than the {} that is to mean 1", where, counts.most, one);
  return one;
}

// Refuses what looks black, or like labels, unless `values` says that it is what it is.
void require_levels(const Counts& counts, const MaskValues& values, const std::string& where, const MaskAdvice& advice) {
  const bool labels = !advice.labels.empty() && are_labels(counts), stated = values.binary || values.white > 0;
  require(stated || counts.most != 1, "{}: holds only the values 0 and 1 of {} and looks black ({})", where, counts.top,
          advice.zero_one);
  require(stated || labels || counts.top == 255 || counts.most == 0 || counts.most > 255,
          "{}: its largest value is {} of 65535 and looks black (8-bit levels in a file of 16 bits?)", where, counts.most);
  const auto kinds = std::count_if(counts.pixels.begin() + 1, counts.pixels.end(), [](int64_t pixels) { return pixels > 0; });
  if (labels && !(stated && kinds <= 1))
    fail("{}: holds the values {}: labels, not levels ({})", where, values_text(counts), advice.labels);
}

cv::Mat without_noise(cv::Mat matte) {
  constexpr float kNoise = 3.5f / 255;
  matte.setTo(0, matte < kNoise);
  matte.setTo(1, matte > 1 - kNoise);
  return matte;
}

cv::Mat as_float(const cv::Mat& chosen) {
  cv::Mat out;
  chosen.convertTo(out, CV_32F, 1.0 / 255);
  return out;
}

cv::Mat as_shares(const cv::Mat& stored, int one) {
  cv::Mat out;
  stored.convertTo(out, CV_32F, 1.0 / one);
  return out;
}

MaskPlanes of_labels(const std::string& bytes, const MaskValues& values, const std::string& where) {
  const cv::Mat stored = decode_labels(bytes, where);
  cv::Mat chosen(stored.size(), CV_8UC1, cv::Scalar(0));
  for (const int label : values.labels) chosen |= stored == label;
  MaskPlanes planes{as_float(chosen), {}};
  if (values.ignore < 0) return planes;
  planes.trust = as_float(stored != values.ignore);
  planes.value.setTo(0, stored == values.ignore);
  return planes;
}

cv::Mat of_levels(const std::string& bytes, const MaskValues& values, const std::string& where, const MaskAdvice& advice) {
  constexpr int kLossySlack = 16;
  const bool lossy = is_lossy_mask(decode_image_size(bytes, where));
  const cv::Mat stored = decode_levels(bytes, where, advice.labels.empty() ? "" : fmt::format(" ({})", advice.labels));
  const Counts counts = counts_of(stored);
  const int one = one_of(counts, values.white, lossy ? kLossySlack : 0, where);
  if (!lossy || counts.most <= kFew) require_levels(counts, values, where, advice);
  if (values.binary) return as_float(stored > counts.most / 2.0);
  const cv::Mat levels = as_shares(stored, one);
  return lossy ? without_noise(levels) : levels;
}

// Of a matte whose file can be read and holds more than the noise that lossy formats leave in black.
std::optional<Counts> counts_of_matte(const fs::path& file) {
  constexpr int kNoise = 3;
  try {
    const std::string bytes = read_file(file, kMostImageBytes);
    Counts counts = counts_of(decode_levels(bytes, file.string()));
    const bool lossy = is_lossy_mask(decode_image_size(bytes, file.string()));
    const bool noise = lossy && counts.most > 1 && counts.most <= kNoise;
    return noise || counts.most == 0 ? std::nullopt : std::optional<Counts>(std::move(counts));
  } catch (const Error&) {
    return std::nullopt;
  }
}

// As the file stores it.
cv::Size unturned(const ImageSize& size) {
  return size.orientation >= 5 ? cv::Size(size.height, size.width) : cv::Size(size.width, size.height);
}

double border_mean(const cv::Mat& mask) {
  cv::Mat border(mask.size(), CV_8UC1, cv::Scalar(255));
  const int x = std::max(1, mask.cols / 16), y = std::max(1, mask.rows / 16);
  border(cv::Rect(x, y, std::max(0, mask.cols - 2 * x), std::max(0, mask.rows - 2 * y))).setTo(0);
  return cv::mean(mask, border)[0];
}

double centre_mean(const cv::Mat& mask) {
  const cv::Rect middle(mask.cols * 3 / 8, mask.rows * 3 / 8, std::max(1, mask.cols / 4), std::max(1, mask.rows / 4));
  return cv::mean(mask(middle))[0];
}

}  // namespace

bool is_lossy_mask(const ImageSize& size) { return size.lossy && !size.has_alpha; }

MaskPlanes read_mask_file(const fs::path& file, const MaskValues& values, const MaskAdvice& advice) {
  const std::string bytes = read_file(file, kMostImageBytes), where = file.string();
  MaskPlanes planes =
      values.labels.empty() ? MaskPlanes{of_levels(bytes, values, where, advice), {}} : of_labels(bytes, values, where);
  if (!values.inverted) return planes;
  planes.value = 1 - planes.value;
  if (!planes.trust.empty()) planes.value.setTo(0, planes.trust == 0);
  return planes;
}

cv::Mat read_predicted_matte(const fs::path& file, int white) {
  const cv::Mat stored = decode_levels(read_file(file, kMostImageBytes), file.string());
  return white == 0 ? to_float(stored) : as_shares(stored, one_of(counts_of(stored), white, 0, file.string()));
}

std::string black_reason(const std::vector<fs::path>& files) {
  constexpr size_t kMostLooked = 32;
  const size_t looked = std::min(files.size(), kMostLooked);
  bool zero_one = false;
  std::string labels;
  for (size_t i = 0; i < looked; ++i) {
    const std::optional<Counts> counts = counts_of_matte(files[i * files.size() / looked]);
    if (!counts) continue;
    const bool one = counts->most <= counts->top / 255;
    if (!one && (counts->most > kMostLabels || !are_labels(*counts))) return "";
    zero_one = zero_one || one;
    if (!one && labels.empty()) labels = values_text(*counts);
  }
  if (!labels.empty()) return fmt::format("hold the values {}: labels, which look black as levels", labels);
  return zero_one ? "hold only the values 0 and 1 of 255 and look black" : "";
}

Reading reading_of(const cv::Mat& mask) {
  const double border = border_mean(mask), centre = centre_mean(mask);
  if (centre > 0.6 && border < 0.4) return Reading::kUpright;
  if (border > 0.6 && centre < 0.4) return Reading::kInverted;
  return Reading::kUnclear;
}

bool same_proportions(cv::Size picture, cv::Size mask) {
  const double scale = static_cast<double>(picture.width) / mask.width;
  return std::abs(mask.height * scale - picture.height) <= std::max(1.0, scale);
}

bool may_be_unturned(const fs::path& picture, const fs::path& mask) {
  const ImageSize a = read_image_size(picture), b = read_image_size(mask);
  return a.orientation != b.orientation && same_proportions({a.width, a.height}, {b.width, b.height}) &&
         same_proportions(unturned(a), unturned(b));
}

std::string turned_hint(const fs::path& picture, cv::Size mask, const char* what, const char* other) {
  const ImageSize size = read_image_size(picture);
  const bool would_fit =
      size.orientation >= 5 && same_proportions(unturned(size), mask) && !same_proportions({size.width, size.height}, mask);
  return would_fit ? fmt::format(" (the {} is turned by its EXIF orientation {}, the {} is not: turn it, too)", what,
                                 size.orientation, other)
                   : "";
}

}  // namespace facemat
