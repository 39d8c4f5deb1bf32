#include "src/runtime/predictors/segment_anything.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <thread>
#include <utility>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/transform.h"
#include "src/runtime/onnx/model_file.h"
#include "src/runtime/onnx/plain_session.h"

namespace facemat {
namespace {

constexpr int kUsualSide = 1024, kMasksPerSide = 4;  // mask_input has a quarter of the picture's side
constexpr int kMostMaskSide = 4096;
constexpr int64_t kMostMasks = 64;  // of an answer

// The decoder's inputs, in the order in which values are made.
constexpr const char* kInputs[] = {"image_embeddings", "point_coords",   "point_labels",
                                   "mask_input",       "has_mask_input", "orig_im_size"};
constexpr const char *kMasks = "masks", *kScores = "iou_predictions";

PlainSession opened(const std::string& model, const char* what, int threads) {
  require(!model.empty(), "no model is given ({}, an ONNX file)", what);
  const int count = threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return PlainSession(read_file(model, kLargestModel), model, count);
}

std::string graph_of(const PlainSession& session) {
  return fmt::format("inputs: {}; outputs: {}", describe(session.input_ports()), describe(session.output_ports()));
}

bool all_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

bool same_pixels(const cv::Mat& a, const cv::Mat& b) {
  if (a.size() != b.size() || a.type() != b.type()) return false;
  for (int y = 0; y < a.rows; ++y)
    if (std::memcmp(a.ptr(y), b.ptr(y), static_cast<size_t>(a.cols) * a.elemSize()) != 0) return false;
  return true;
}

}  // namespace

void fields(FieldVisitor& visit, SegmentAnythingConfig& config) {
  visit("decoder", config.decoder, "its ONNX file; the encoder is network.model");
  visit("answer", config.answer, "of several masks the one with the best score it predicts, or the first", {"best", "first"});
  visit("soft", config.soft, "sigmoid of the logits; false: 1 where they are above 0");
}

struct SegmentAnything::Impl {
  NetworkConfig picture;
  SegmentAnythingConfig config;
  PlainSession encoder, decoder;
  size_t image_at = 0;
  std::string embedding_name;
  std::array<size_t, std::size(kInputs)> places{};  // of kInputs among the decoder's
  int side = 0, mask_side = 0;
  cv::Mat seen;
  cv::Size shown;  // of the frame within the encoder's picture
  FloatTensor embedding;
  int64_t encodings = 0;

  Impl(const NetworkConfig& given, const SegmentAnythingConfig& asked, int threads)
      : picture(given),
        config(asked),
        encoder(opened(given.model, "network.model: Segment Anything's encoder", threads)),
        decoder(opened(asked.decoder, "segment_anything.decoder: Segment Anything's decoder", threads)) {
    check(picture, "network");
    require(picture.layout == "nchw", "network.layout is {} (allowed for Segment Anything: nchw)", picture.layout);
    find_picture();
    find_ports();
  }

  void find_picture() {
    const std::vector<std::string>& inputs = encoder.inputs();
    const std::string name = picture.input.empty() && inputs.size() == 1 ? inputs[0] : picture.input;
    const auto at = std::find(inputs.begin(), inputs.end(), name);
    require(inputs.size() == 1 && at != inputs.end(), "{}: an encoder has one input, the picture; {}", picture.model,
            graph_of(encoder));
    image_at = static_cast<size_t>(at - inputs.begin());
    const TensorPort& port = encoder.input_ports()[image_at];
    const auto may_be = [&](size_t axis, int64_t size) { return port.shape[axis] < 0 || port.shape[axis] == size; };
    require(port.shape.size() == 4 && may_be(0, 1) && may_be(1, 3) && port.shape[2] == port.shape[3],
            "{}: the picture's input has another shape (allowed: [1,3,S,S]); {}", picture.model, graph_of(encoder));
    require(picture.width == picture.height, "network.width and height are {} and {} (allowed for Segment Anything: a square)",
            picture.width, picture.height);
    const int64_t frozen = port.shape[2], wanted = picture.width > 0 ? picture.width : kUsualSide;
    require(frozen < 0 || picture.width == 0 || frozen == picture.width, "{}: network.width is {}, the graph is frozen to {}",
            picture.model, picture.width, frozen);
    const int64_t pixels = frozen > 0 ? frozen : wanted;
    require(pixels >= 16 && pixels <= kMostNetworkSide, "{}: a picture of {} pixels a side (allowed: 16 to {})", picture.model,
            pixels, kMostNetworkSide);
    side = static_cast<int>(pixels);
    const std::vector<std::string>& outputs = encoder.outputs();
    embedding_name = picture.output.empty() && !outputs.empty() ? outputs[0] : picture.output;
    require(std::find(outputs.begin(), outputs.end(), embedding_name) != outputs.end(),
            "{}: network.output '{}' is no output; {}", picture.model, embedding_name, graph_of(encoder));
  }

  void find_ports() {
    const std::vector<std::string>&inputs = decoder.inputs(), &outputs = decoder.outputs();
    for (size_t i = 0; i < places.size(); ++i) {
      const auto at = std::find(inputs.begin(), inputs.end(), kInputs[i]);
      require(at != inputs.end(), "{}: a decoder of Segment Anything has the inputs {}; this one: {}", config.decoder,
              fmt::join(kInputs, ", "), graph_of(decoder));
      places[i] = static_cast<size_t>(at - inputs.begin());
    }
    require(inputs.size() == places.size(), "{}: a decoder of Segment Anything has the inputs {} and no others; this one: {}",
            config.decoder, fmt::join(kInputs, ", "), graph_of(decoder));
    for (const char* name : {kMasks, kScores})
      require(std::find(outputs.begin(), outputs.end(), name) != outputs.end(),
              "{}: a decoder of Segment Anything has the outputs {} and {}; this one: {}", config.decoder, kMasks, kScores,
              graph_of(decoder));
    const TensorPort& mask = decoder.input_ports()[places[3]];
    const int64_t frozen = mask.shape.size() == 4 ? mask.shape[2] : -1;
    mask_side = static_cast<int>(frozen > 0 ? std::min<int64_t>(frozen, kMostMaskSide + 1) : side / kMasksPerSide);
    require(mask_side <= kMostMaskSide, "{}: mask_input has {} pixels a side (allowed: up to {})", config.decoder, frozen,
            kMostMaskSide);
  }

  // The frame at the size it is shown, normalised, above and left of zeros.
  FloatTensor padded_picture(const cv::Mat& frame) const {
    const FloatTensor scaled = picture_tensor(resize(frame, shown), picture);
    FloatTensor out{{1, 3, side, side}, std::vector<float>(static_cast<size_t>(3) * side * side, 0.f)};
    for (int row = 0; row < 3 * shown.height; ++row) {
      const int channel = row / shown.height, y = row % shown.height;
      std::copy_n(scaled.values.begin() + static_cast<std::ptrdiff_t>(row) * shown.width, shown.width,
                  out.values.begin() + (static_cast<std::ptrdiff_t>(channel) * side + y) * side);
    }
    return out;
  }

  void see(const cv::Mat& frame) {
    require(frame.type() == CV_8UC3 && !frame.empty(), "a frame must be BGR with 8 bits a channel");
    if (same_pixels(frame, seen)) return;
    seen.release();
    const double scale = static_cast<double>(side) / std::max(frame.cols, frame.rows);
    const auto scaled = [&](int pixels) { return std::clamp(static_cast<int>(std::lround(pixels * scale)), 1, side); };
    shown = {scaled(frame.cols), scaled(frame.rows)};
    embedding = std::move(encoder.run({padded_picture(frame)}, {embedding_name})[0]);
    require(all_finite(embedding.values), "{}: output {} holds numbers that are not finite", picture.model, embedding_name);
    seen = frame.clone();
    ++encodings;
  }

  // Places in the encoder's picture; the decoder itself adds the half pixel that is taken away here.
  void add_point(cv::Point2d at, float label, FloatTensor& coords, FloatTensor& labels) const {
    coords.values.push_back(static_cast<float>(at.x * shown.width / seen.cols - 0.5));
    coords.values.push_back(static_cast<float>(at.y * shown.height / seen.rows - 0.5));
    labels.values.push_back(label);
  }

  void add_points(const ObjectPrompt& prompt, FloatTensor& coords, FloatTensor& labels) const {
    require(prompt.points.size() <= kMostPromptPoints, "a prompt of {} points (allowed: {})", prompt.points.size(),
            kMostPromptPoints);
    for (const PromptPoint& point : prompt.points) add_point(point.at, point.wanted ? 1 : 0, coords, labels);
    if (prompt.box.empty()) {
      coords.values.insert(coords.values.end(), {0.f, 0.f});
      labels.values.push_back(-1);
    } else {
      add_point(prompt.box.tl(), 2, coords, labels);
      add_point(prompt.box.br(), 3, coords, labels);
    }
    const auto count = static_cast<int64_t>(labels.values.size());
    coords.shape = {1, count, 2}, labels.shape = {1, count};
  }

  FloatTensor mask_input(const cv::Mat& mask) const {
    FloatTensor out{{1, 1, mask_side, mask_side}, std::vector<float>(static_cast<size_t>(mask_side) * mask_side, 0.f)};
    if (mask.empty()) return out;
    require(mask.type() == CV_32FC1 && mask.size() == seen.size(), "a prompt's mask is {}x{}, its frame {}x{}", mask.cols,
            mask.rows, seen.cols, seen.rows);
    const auto scaled = [&](int pixels) { return std::clamp(pixels * mask_side / side, 1, mask_side); };
    cv::Mat logits(mask_side, mask_side, CV_32FC1, out.values.data());
    logits.setTo(-kMaskLogit);
    const cv::Size size(scaled(shown.width), scaled(shown.height));
    cv::Mat part = logits(cv::Rect({}, size));
    resize(mask, size).convertTo(part, CV_32F, 2 * kMaskLogit, -kMaskLogit);
    return out;
  }

  cv::Mat mask(const ObjectPrompt& prompt) {
    require(!seen.empty(), "Segment Anything has seen no frame");
    std::vector<FloatTensor> values(places.size());
    values[places[0]] = embedding;
    add_points(prompt, values[places[1]], values[places[2]]);
    values[places[3]] = mask_input(prompt.mask);
    values[places[4]] = {{1}, {prompt.mask.empty() ? 0.f : 1.f}};
    values[places[5]] = {{2}, {static_cast<float>(seen.rows), static_cast<float>(seen.cols)}};
    std::vector<FloatTensor> answers = decoder.run(values, {kMasks, kScores});
    const int64_t masks = static_cast<int64_t>(answers[1].values.size());
    require(masks >= 1 && masks <= kMostMasks && answers[0].shape == std::vector<int64_t>({1, masks, seen.rows, seen.cols}),
            "{}: masks are [{}] with {} scores for a frame of {}x{} (allowed: [1,M,H,W] and M)", config.decoder,
            fmt::join(answers[0].shape, ","), masks, seen.cols, seen.rows);
    require(all_finite(answers[0].values) && all_finite(answers[1].values), "{}: it answers with numbers that are not finite",
            config.decoder);
    const auto best = std::max_element(answers[1].values.begin(), answers[1].values.end());
    const int64_t chosen = config.answer == "best" ? best - answers[1].values.begin() : 0;
    const cv::Mat logits(seen.size(), CV_32FC1, answers[0].values.data() + chosen * static_cast<int64_t>(seen.total()));
    return as_alpha(logits);
  }

  cv::Mat as_alpha(const cv::Mat& logits) const {
    cv::Mat out;
    if (config.soft) {
      cv::exp(-logits, out);
      return 1 / (1 + out);
    }
    cv::Mat(logits > 0).convertTo(out, CV_32F, 1 / 255.0);
    return out;
  }
};

SegmentAnything::SegmentAnything(const NetworkConfig& encoder, const SegmentAnythingConfig& config, int threads)
    : impl_(std::make_unique<Impl>(encoder, config, threads)) {}
SegmentAnything::~SegmentAnything() = default;
SegmentAnything::SegmentAnything(SegmentAnything&&) noexcept = default;

void SegmentAnything::see(const cv::Mat& frame) { impl_->see(frame); }
cv::Mat SegmentAnything::mask(const ObjectPrompt& prompt) { return impl_->mask(prompt); }
int64_t SegmentAnything::encodings() const { return impl_->encodings; }

}  // namespace facemat
