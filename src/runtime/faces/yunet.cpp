#include "src/runtime/faces/yunet.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/transform.h"
#include "src/runtime/onnx/plain_session.h"
#include "src/runtime/onnx/session.h"
#include "src/runtime/predictors/foreign_network.h"

namespace facemat {
namespace {

constexpr int kStrides[] = {8, 16, 32}, kMultiple = 32;
constexpr float kMostExponent = 8;  // of a size in cells: larger ones are no face

struct Output {
  const char* name;
  int64_t width;  // numbers of a cell
};
constexpr Output kOutputs[] = {{"cls_", 1}, {"obj_", 1}, {"bbox_", 4}, {"kps_", 10}};

std::vector<std::string> output_names() {
  std::vector<std::string> names;
  for (const int stride : kStrides)
    for (const Output& output : kOutputs) names.push_back(output.name + std::to_string(stride));
  return names;
}

// What the network says of one stride's cells.
struct Cells {
  int stride = 0, columns = 0, rows = 0;
  const float *cls = nullptr, *obj = nullptr, *box = nullptr, *points = nullptr;
};

// The face of cell (r, c), in pixels of what the network saw.
Face face_of(const Cells& cells, int r, int c) {
  const size_t at = static_cast<size_t>(r) * cells.columns + c;
  const float* box = cells.box + 4 * at;
  const float* points = cells.points + kFacePoints * 2 * at;
  const double stride = cells.stride;
  Face face;
  face.score = std::sqrt(std::clamp(cells.cls[at], 0.f, 1.f) * std::clamp(cells.obj[at], 0.f, 1.f));
  face.centre = {(c + box[0]) * stride, (r + box[1]) * stride};
  face.size = {std::exp(std::min(box[2], kMostExponent)) * stride, std::exp(std::min(box[3], kMostExponent)) * stride};
  for (size_t i = 0; i < kFacePoints; ++i)
    face.points.emplace_back((c + points[2 * i]) * stride, (r + points[2 * i + 1]) * stride);
  const cv::Point2d eyes = face.points[1] - face.points[0];
  face.degrees = std::atan2(eyes.y, eyes.x) * 180 / CV_PI;
  return face;
}

Face moved(Face face, cv::Point2d by) {
  face.centre += by;
  for (cv::Point2d& point : face.points) point += by;
  return face;
}

class YunetDetector : public FaceDetector {
 public:
  YunetDetector(const DetectorConfig& config, int threads)
      : config_(config), session_(read_file(config.file, kLargestModel), config.file, threads) {
    const auto& ports = session_.input_ports();
    const auto may_be = [](int64_t size, int64_t wanted) { return size < 0 || size == wanted; };
    const bool takes_pictures = ports.size() == 1 && ports[0].type == "float" && ports[0].shape.size() == 4 &&
                                may_be(ports[0].shape[0], 1) && may_be(ports[0].shape[1], 3);
    require(takes_pictures, "{}: no YuNet: it takes {} (allowed: one float[1,3,H,W])", config.file, describe(ports));
    const int64_t height = ports[0].shape[2], width = ports[0].shape[3];
    const auto may_be_side = [](int64_t side) {
      return side < 0 || (side > 0 && side % kMultiple == 0 && side <= kMostNetworkSide);
    };
    require(may_be_side(height) && may_be_side(width) && (height < 0) == (width < 0),
            "{}: no YuNet: pictures of {}x{} (allowed: multiples of {})", config.file, width, height, kMultiple);
    if (width > 0) fixed_ = {static_cast<int>(width), static_cast<int>(height)};
    for (const std::string& name : output_names()) {
      const auto& known = session_.outputs();
      require(std::find(known.begin(), known.end(), name) != known.end(), "{}: no YuNet: no output {} among {}", config.file,
              name, describe(session_.output_ports()));
    }
  }

  std::vector<Face> detect(const cv::Mat& frame, int64_t) override {
    const cv::Size whole = with_margin(frame.size());
    const cv::Mat small = shown(frame, whole);
    const double factor = 1.0 * frame.cols / small.cols;
    const cv::Point corner(static_cast<int>(std::lround((whole.width - frame.cols) / 2 / factor)),
                           static_cast<int>(std::lround((whole.height - frame.rows) / 2 / factor)));
    const cv::Mat seen = padded(small, corner);
    NetworkConfig format;
    format.colour = "bgr", format.range_high = 255;
    const std::vector<FloatTensor> answers = session_.run({picture_tensor(seen, format)}, output_names());
    const double least = config_.least * std::min(frame.cols, frame.rows);
    std::vector<Face> faces;
    for (size_t i = 0; i < std::size(kStrides); ++i) add_faces(cells_of(answers, i, seen.size()), corner, factor, least, faces);
    return best_of(std::move(faces), config_.overlap, config_.most);
  }

 private:
  cv::Size with_margin(cv::Size frame) const {
    const int margin = static_cast<int>(std::lround(config_.margin * std::max(frame.width, frame.height)));
    return {frame.width + 2 * margin, frame.height + 2 * margin};
  }

  // The frame as large as the network sees it when `whole`, the frame with its margin, is what is shown; shape kept.
  cv::Mat shown(const cv::Mat& frame, cv::Size whole) const {
    if (fixed_ == cv::Size()) return reduced(frame, config_.max_side);
    const double scale = std::min(1.0 * fixed_.width / whole.width, 1.0 * fixed_.height / whole.height);
    const auto side = [&](int pixels, int most) { return std::clamp(static_cast<int>(std::lround(pixels * scale)), 1, most); };
    return resize(frame, {side(frame.cols, fixed_.width), side(frame.rows, fixed_.height)});
  }

  // `image` on black, its upper left pixel at `corner`.
  cv::Mat padded(const cv::Mat& image, cv::Point corner) const {
    const auto up = [](int pixels) { return (pixels + kMultiple - 1) / kMultiple * kMultiple; };
    const cv::Size size =
        fixed_ == cv::Size() ? cv::Size(up(image.cols + 2 * corner.x), up(image.rows + 2 * corner.y)) : fixed_;
    const cv::Rect place = cv::Rect(corner, image.size()) & cv::Rect({}, size);
    cv::Mat out(size, CV_8UC3, cv::Scalar::all(0));
    image(cv::Rect({}, place.size())).copyTo(out(place));
    return out;
  }

  Cells cells_of(const std::vector<FloatTensor>& answers, size_t i, cv::Size seen) const {
    Cells cells{kStrides[i], seen.width / kStrides[i], seen.height / kStrides[i]};
    const float** parts[] = {&cells.cls, &cells.obj, &cells.box, &cells.points};
    for (size_t k = 0; k < std::size(kOutputs); ++k) {
      const FloatTensor& answer = answers[i * std::size(kOutputs) + k];
      const auto wanted = static_cast<size_t>(int64_t{cells.columns} * cells.rows * kOutputs[k].width);
      require(answer.values.size() == wanted, "{}: {}{} has {} numbers for {}x{} cells (allowed: {})", config_.file,
              kOutputs[k].name, cells.stride, answer.values.size(), cells.columns, cells.rows, wanted);
      *parts[k] = answer.values.data();
    }
    return cells;
  }

  // `corner`, `factor`: where the frame lies in what the network saw, and how much larger it is.
  void add_faces(const Cells& cells, cv::Point2d corner, double factor, double least, std::vector<Face>& out) const {
    for (int r = 0; r < cells.rows; ++r)
      for (int c = 0; c < cells.columns; ++c) {
        const Face face = grown(moved(face_of(cells, r, c), -corner), factor);
        const bool counts = face.score >= config_.score && face.size.height >= least;  // false for a NaN
        if (counts && std::isfinite(face.centre.x + face.centre.y + face.size.width)) out.push_back(face);
      }
  }

  DetectorConfig config_;
  PlainSession session_;
  cv::Size fixed_;  // what the graph is frozen to; empty if it takes any size
};

}  // namespace

std::unique_ptr<FaceDetector> make_yunet_detector(const DetectorConfig& config, int threads) {
  require(!config.file.empty(), "the detector yunet needs its ONNX file (detector.file, or --faces yunet:FILE.onnx)");
  const int count = threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return std::make_unique<YunetDetector>(config, count);
}

}  // namespace facemat
