#include "data/sources/faces/photographs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <opencv2/imgproc.hpp>
#include <optional>

#include "data/sources/pictures/layout.h"
#include "data/sources/pictures/listing.h"
#include "data/sources/pictures/masks.h"
#include "src/core/error.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/image/mask_file.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

constexpr int kEstimated = 128;  // pixels: layout and light need no detail, and there they cost nothing

cv::Rect middle_square(cv::Size size) {
  const int side = std::min(size.width, size.height);
  return {(size.width - side) / 2, (size.height - side) / 2, side, side};
}

// Pixel centres of an image `factor` times as large: x -> factor (x + 0.5) - 0.5.
cv::Matx23d enlarging(double factor) {
  const double shift = (factor - 1) / 2;
  return {factor, 0, shift, 0, factor, shift};
}

// Where a square of `side` that starts at `start` must start so that [low, high) lies in it, or in its middle if that is
// longer; within `room`.
int moved(int start, int side, int low, int high, int room) {
  if (high - low > side)
    start = (low + high - side) / 2;
  else
    start = std::min(std::max(start, high - side), low);
  return std::clamp(start, 0, room - side);
}

cv::Rect square_with(const cv::Mat& mask) {
  const cv::Rect middle = middle_square(mask.size()), box = cv::boundingRect(cv::Mat(mask >= 0.5f));
  if (box.empty()) return middle;
  return {moved(middle.x, middle.width, box.x, box.br().x, mask.cols),
          moved(middle.y, middle.height, box.y, box.br().y, mask.rows), middle.width, middle.height};
}

// The settings' way of reading masks. Throws Error for labels that are no values.
MaskValues values_of(const FaceSourceConfig& config) {
  MaskValues values;
  values.binary = config.binary, values.inverted = config.polarity == "occluder", values.ignore = config.ignore;
  const bool none = config.labels == usual_labels();  // older datasets' settings have those for every kind
  for (const std::string& label : none ? std::vector<std::string>{} : config.labels) {
    const std::optional<int> value = read_number<int>(label);
    require(value && *value >= 0 && *value <= 65535, "faces: labels: '{}' is no value of a mask (allowed: 0 to 65535)", label);
    values.labels.push_back(*value);
  }
  require(values.labels.empty() || !values.binary, "faces: 'labels' say what the values mean, so 'binary' cannot be set, too");
  require(values.ignore < 0 || !values.labels.empty(), "faces: 'ignore' needs 'labels': the values that make the face");
  return values;
}

cv::Rect square_around(const cv::Rect& box, double share) {
  const int side = static_cast<int>(std::lround(std::max(box.width, box.height) / share));
  const cv::Point twice_the_middle = box.tl() + box.br();
  return {(twice_the_middle.x - side) / 2, (twice_the_middle.y - side) / 2, side, side};
}

// A square of `least` to `most` pixels at a random place in `room`, which holds it.
cv::Rect square_in(const cv::Rect& room, int least, int most, Rng rng) {
  const auto side = static_cast<int>(rng.integer(least, most));
  const auto x = static_cast<int>(rng.integer(0, room.width - side)), y = static_cast<int>(rng.integer(0, room.height - side));
  return {room.x + x, room.y + y, side, side};
}

cv::Rect square_beside(const cv::Rect& face, cv::Size picture, int least, const std::string& where, Rng rng) {
  constexpr double kMargin = 0.04;
  const int margin = static_cast<int>(std::ceil(kMargin * std::max(face.width, face.height)));
  const int left = face.x - margin, top = face.y - margin, right = face.br().x + margin, bottom = face.br().y + margin;
  std::vector<cv::Rect> rooms;
  for (const cv::Rect& room : std::array<cv::Rect, 4>{cv::Rect(0, 0, left, picture.height),
                                                      {right, 0, picture.width - right, picture.height},
                                                      {0, 0, picture.width, top},
                                                      {0, bottom, picture.width, picture.height - bottom}})
    if (std::min(room.width, room.height) >= least) rooms.push_back(room);
  require(!rooms.empty(), "{}: no {}x{} pixels beside the face (crop: beside needs pictures with more around it)", where, least,
          least);
  const cv::Rect& room = rooms[static_cast<size_t>(rng.integer(0, static_cast<int64_t>(rooms.size()) - 1))];
  const int most = std::min(room.width, room.height);
  return square_in(room, std::max(least, most / 2), most, rng.fork("place"));
}

// The pixels of `square`; beyond the picture its border repeated, or 0.
cv::Mat part_of(const cv::Mat& picture, const cv::Rect& square, int border) {
  const cv::Rect inside = square & cv::Rect({}, picture.size());
  if (inside == square) return picture(square);
  cv::Mat out;
  cv::copyMakeBorder(picture(inside), out, inside.y - square.y, square.br().y - inside.br().y, inside.x - square.x,
                     square.br().x - inside.br().x, border | cv::BORDER_ISOLATED, cv::Scalar::all(0));
  return out;
}

// An upright face in the middle of a frame, as tall as crop: face makes it.
cv::Mat imagined_mask(int side) {
  constexpr double kWidth = 0.76;  // of the height
  const double height = FaceSourceConfig().face_share * side;
  cv::Mat mask(side, side, CV_32FC1, cv::Scalar(0));
  cv::ellipse(mask, {side / 2, side / 2}, {cvRound(kWidth * height / 2), cvRound(height / 2)}, 0, 0, 360, cv::Scalar(1), -1);
  return mask;
}

// Layout and light of the face that `mask` (of any size) shows in `view`.
void estimate(FaceView& view, const cv::Mat& mask) {
  const int side = view.image.cols, small = std::min(side, kEstimated);
  const cv::Mat small_mask = resize(mask, {small, small});
  const FaceLayout layout = layout_from_mask(small_mask);
  view.light = light_from_face(to_float(resize(view.image, {small, small})), small_mask, layout);
  view.layout = transformed(layout, enlarging(static_cast<double>(side) / small));
}

// The share of the face that the square of crop: centre leaves out. A file that cannot be read is named when its turn comes.
double share_cut_off(const fs::path& mask, const FaceSourceConfig& config) {
  try {
    const cv::Mat value = read_face_mask(mask, config).value, face = value >= 0.5f;
    const int all = cv::countNonZero(face);
    return all == 0 ? 0 : 1 - static_cast<double>(cv::countNonZero(face(square_with(value)))) / all;
  } catch (const Error&) {
    return 0;
  }
}

std::string cut_warning(int64_t count, const std::function<fs::path(int64_t)>& mask, const std::string& folder,
                        const FaceSourceConfig& config) {
  constexpr double kSome = 0.005;  // less is stray pixels of a mask
  if (config.crop != "centre") return {};
  const std::vector<int64_t> looked = looked_at(count);
  int64_t cut = 0;
  double most = 0;
  for (const int64_t i : looked) {
    const double share = share_cut_off(mask(i), config);
    cut += share >= kSome, most = std::max(most, share);
  }
  if (cut == 0) return {};
  return fmt::format(
      "{}: {} of {} faces are longer than the largest square of their pictures: crop: centre cuts off up to {:.0f} % of them "
      "(crop: face does not)",
      folder, cut, looked.size(), 100 * most);
}

}  // namespace

Label read_face_mask(const fs::path& file, const FaceSourceConfig& config) {
  const MaskPlanes planes = read_source_mask(file, values_of(config));
  return {planes.value, planes.trust};
}

Photograph fitted(const cv::Mat& image, const Label& mask, const fs::path& trust, const FaceSourceConfig& config,
                  const fs::path& picture, const std::string& where) {
  const cv::Size size = mask.value.size();
  if (!same_proportions(image.size(), size))
    fail("{}: the picture is {}x{} but its mask {}x{}{}", where, image.cols, image.rows, size.width, size.height,
         turned_hint(picture, size));
  Label label = mask;
  if (!trust.empty()) {
    const cv::Mat map = read_matte(trust, config.binary);
    require(map.size() == label.value.size(), "{}: the trust map is {}x{} but the mask {}x{}", trust.string(), map.cols,
            map.rows, label.value.cols, label.value.rows);
    label.trust = label.trust.empty() ? map : cv::Mat(map.mul(label.trust));
  }
  return {image, resampled(label, [&](const cv::Mat& plane) { return resize(plane, image.size()); }), where};
}

Photograph read_photograph(const fs::path& image, const fs::path& mask, const fs::path& trust, const FaceSourceConfig& config) {
  const cv::Mat picture = read_image(image);
  return fitted(picture, read_face_mask(mask, config), trust, config, image, mask.string());
}

Label unbelievable_label(cv::Size picture) {
  const cv::Rect square = middle_square(picture);
  Label label{cv::Mat(picture, CV_32FC1, cv::Scalar(0)), cv::Mat(picture, CV_32FC1, cv::Scalar(0))};
  imagined_mask(square.width).copyTo(label.value(square));
  return label;
}

bool leaves_face_out(const FaceSourceConfig& config) { return config.crop == "beside"; }

cv::Rect any_square(cv::Size picture, Rng rng) {
  const int most = std::min(picture.width, picture.height);
  return square_in({{}, picture}, (most + 1) / 2, most, rng);
}

cv::Rect square_of(const Photograph& p, const FaceSourceConfig& config, const Rng& look, int side) {
  constexpr int kMostEnlarged = 10;  // what lies beside a face is often out of focus anyway
  if (config.crop == "centre") return square_with(p.mask.value);
  const bool beside = leaves_face_out(config);
  const cv::Rect box = cv::boundingRect(beside ? cv::Mat(p.mask.value > 0) : cv::Mat(p.mask.value >= 0.5f));
  require(!box.empty(), "{}: the mask holds no face", p.where);
  if (!beside) return square_around(box, config.face_share);
  return square_beside(box, p.image.size(), std::max(1, side / kMostEnlarged), p.where, look.fork("crop"));
}

FaceView view_of(const Photograph& p, const cv::Rect& square, int side, bool may_be_empty) {
  const Label label = resampled(p.mask, [&](const cv::Mat& plane) {
    return resize(part_of(plane, square, cv::BORDER_CONSTANT), {side, side});
  });
  FaceView view;
  view.image = resize(part_of(p.image, square, cv::BORDER_REPLICATE), {side, side});
  view.mask = label.value, view.trust = label.trust;
  const bool there = cv::countNonZero(view.mask >= 0.5f) > side;
  require(there || may_be_empty, "{}: the mask holds no face (pictures without one are a source of kind no_face)", p.where);
  estimate(view, there ? view.mask : imagined_mask(std::min(side, kEstimated)));
  return view;
}

Face still_face(const Photograph& photograph, const FaceSourceConfig& config, const Rng& look, int side) {
  const cv::Rect square = square_of(photograph, config, look, side);
  return [view = view_of(photograph, square, side, leaves_face_out(config))](double) { return view; };
}

std::vector<fs::path> trust_maps(const fs::path& images, const fs::path& trust, const std::vector<std::string>& pictures) {
  std::map<std::string, std::string> maps;
  for (const FilePair& pair : joined(images, trust, {"", true, "trust map"}, {})) maps[pair.picture] = pair.partner;
  std::vector<fs::path> files;
  for (const std::string& picture : pictures) {
    const auto map = maps.find(picture);
    require(map != maps.end(), "{}: no trust map '{}.*' in {}", (images / picture).string(), without_extension(picture),
            trust.string());
    files.push_back(trust / map->second);
  }
  return files;
}

bool looks_inverted(const cv::Mat& mask) { return reading_of(mask) == Reading::kInverted; }

std::vector<std::string> photograph_warnings(int64_t count, const std::function<fs::path(int64_t)>& picture,
                                             const std::function<fs::path(int64_t)>& mask, const std::string& folder,
                                             const FaceSourceConfig& config) {
  std::vector<std::string> lines = {turned_warning(count, picture, mask, folder), cut_warning(count, mask, folder, config)};
  lines.erase(std::remove(lines.begin(), lines.end(), ""), lines.end());
  return lines;
}

void refuse_inverted(int64_t count, const std::function<fs::path(int64_t)>& mask, const std::string& folder,
                     const FaceSourceConfig& config) {
  const std::vector<int64_t> looked = looked_at(count);
  const auto inverted = static_cast<size_t>(std::count_if(
      looked.begin(), looked.end(), [&](int64_t i) { return looks_inverted(read_face_mask(mask(i), config).value); }));
  require(2 * inverted <= looked.size(),
          "{}: {} of {} masks are bright at the border and dark in the middle once read as '{}', so they look inverted (set "
          "polarity: {} for this source)",
          folder, inverted, looked.size(), config.polarity, config.polarity == "occluder" ? "visible_face" : "occluder");
}

}  // namespace facemat
