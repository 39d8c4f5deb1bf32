#include "src/runtime/predictors/foreign_network.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <thread>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/transform.h"
#include "src/runtime/onnx/session.h"

namespace facemat {
namespace {

constexpr int64_t kMostStateValues = int64_t{64} << 20;  // of one state or constant
constexpr int64_t kMostAnswerSide = 1 << 15;             // so that areas are ints

// A graph frozen to less has its channels there: it is of the other layout.
constexpr int kLeastNetworkSide = 8;

bool may_be_side(int64_t pixels) { return pixels < 0 || (pixels >= kLeastNetworkSide && pixels <= kMostNetworkSide); }

// Where the picture lies in what the network sees.
struct Placement {
  cv::Size seen;     // the network's picture
  cv::Rect picture;  // the frame within it
};

int rounded_up(int value, int multiple) { return (value + multiple - 1) / multiple * multiple; }

// `wanted`: 0 where the size follows the frame.
Placement place(cv::Size frame, cv::Size wanted, const NetworkConfig& config) {
  const cv::Size seen(wanted.width > 0 ? wanted.width : rounded_up(frame.width, config.multiple),
                      wanted.height > 0 ? wanted.height : rounded_up(frame.height, config.multiple));
  if (config.resize == "stretch") return {seen, {{}, seen}};
  // A size that follows the frame needs no scaling: the bars are the rounding.
  const double scale = wanted == cv::Size() ? 1 : std::min(1.0 * seen.width / frame.width, 1.0 * seen.height / frame.height);
  const cv::Size shown(std::clamp(static_cast<int>(std::lround(frame.width * scale)), 1, seen.width),
                       std::clamp(static_cast<int>(std::lround(frame.height * scale)), 1, seen.height));
  return {seen, {{(seen.width - shown.width) / 2, (seen.height - shown.height) / 2}, shown}};
}

// The frame as the network sees it, CV_8UC3 BGR; bars of a letterbox are black.
cv::Mat placed(const cv::Mat& frame, const Placement& placement) {
  const cv::Mat shown = resize(frame, placement.picture.size());
  if (placement.picture.size() == placement.seen) return shown;
  cv::Mat out(placement.seen, CV_8UC3, cv::Scalar::all(0));
  shown.copyTo(out(placement.picture));
  return out;
}

// An answer as planes, whatever its layout and rank.
struct Planes {
  int channels = 0;
  cv::Size size;
  std::vector<float> values;  // channel by channel, row by row

  cv::Mat plane(int channel) { return cv::Mat(size, CV_32FC1, values.data() + static_cast<size_t>(channel) * size.area()); }
};

// [1,C,H,W], [C,H,W] and [H,W], or [1,H,W,C], [H,W,C] and [H,W]; of rank 3 a first size of 1 counts as the batch, as MiDaS has
// it.
std::optional<std::vector<int64_t>> channels_rows_cols(std::vector<int64_t> shape, bool planar) {
  if (shape.size() == 4 && shape[0] == 1) shape.erase(shape.begin());
  if (shape.size() == 2) return std::vector<int64_t>{1, shape[0], shape[1]};
  if (shape.size() != 3) return std::nullopt;
  if (planar || (shape[0] == 1 && shape[2] != 1)) return shape;
  return std::vector<int64_t>{shape[2], shape[0], shape[1]};
}

Planes to_planes(FloatTensor tensor, bool planar, const std::string& name, const std::string& model) {
  const auto shape = channels_rows_cols(tensor.shape, planar);
  const bool fits =
      shape && std::all_of(shape->begin(), shape->end(), [](int64_t n) { return n >= 1 && n <= kMostAnswerSide; });
  require(fits, "{}: output {} is [{}], which is no map (allowed: {})", model, name, fmt::join(tensor.shape, ","),
          planar ? "[1,C,H,W], [C,H,W], [H,W]" : "[1,H,W,C], [H,W,C], [H,W]");
  Planes out;
  out.channels = static_cast<int>((*shape)[0]);
  out.size = cv::Size(static_cast<int>((*shape)[2]), static_cast<int>((*shape)[1]));
  if (planar || out.channels == 1) {
    out.values = std::move(tensor.values);
    return out;
  }
  out.values.resize(tensor.values.size());
  const size_t area = out.size.area();
  for (size_t pixel = 0; pixel < area; ++pixel)
    for (int c = 0; c < out.channels; ++c) out.values[c * area + pixel] = tensor.values[pixel * out.channels + c];
  return out;
}

cv::Mat sigmoid(const cv::Mat& logits) {
  cv::Mat out;
  cv::exp(-logits, out);
  return 1 / (1 + out);
}

cv::Mat softmax(Planes& logits, int channel) {
  cv::Mat highest = logits.plane(0).clone(), sum(logits.size, CV_32FC1, cv::Scalar(0)), own;
  for (int c = 1; c < logits.channels; ++c) cv::max(highest, logits.plane(c), highest);
  for (int c = 0; c < logits.channels; ++c) {
    cv::Mat power;
    cv::exp(logits.plane(c) - highest, power);
    sum += power;
    if (c == channel) own = power;
  }
  return own / sum;
}

// Every channel at once, in place.
void softmax_all(Planes& logits) {
  cv::Mat highest = logits.plane(0).clone(), sum(logits.size, CV_32FC1, cv::Scalar(0));
  for (int c = 1; c < logits.channels; ++c) cv::max(highest, logits.plane(c), highest);
  for (int c = 0; c < logits.channels; ++c) {
    cv::Mat plane = logits.plane(c);
    cv::exp(plane - highest, plane);
    sum += plane;
  }
  for (int c = 0; c < logits.channels; ++c) {
    cv::Mat plane = logits.plane(c);
    plane /= sum;
  }
}

// The first of equal values wins, as in every framework.
cv::Mat argmax(Planes& scores) {
  cv::Mat best = scores.plane(0).clone(), out(scores.size, CV_32FC1, cv::Scalar(0));
  for (int c = 1; c < scores.channels; ++c) {
    const cv::Mat better = scores.plane(c) > best;
    out.setTo(c, better);
    scores.plane(c).copyTo(best, better);
  }
  return out;
}

// What the network says of the frame, without the bars, at the frame's size. An answer coarser than the picture is cropped to
// whole pixels.
cv::Mat taken_back(const cv::Mat& map, const Placement& placement, cv::Size frame, bool classes) {
  const double fx = 1.0 * map.cols / placement.seen.width, fy = 1.0 * map.rows / placement.seen.height;
  const cv::Rect& picture = placement.picture;
  const int left = static_cast<int>(std::lround(picture.x * fx)), top = static_cast<int>(std::lround(picture.y * fy));
  const int right = static_cast<int>(std::lround(picture.br().x * fx)),
            bottom = static_cast<int>(std::lround(picture.br().y * fy));
  const cv::Rect part = cv::Rect(left, top, std::max(1, right - left), std::max(1, bottom - top)) & cv::Rect({}, map.size());
  const cv::Mat shown = part.empty() ? map : map(part);
  if (!classes) return resize(shown, frame);
  cv::Mat out;
  cv::resize(shown, out, frame, 0, 0, cv::INTER_NEAREST_EXACT);
  return out;
}

template <typename Named>
bool names(const std::vector<Named>& list, std::string Named::*member, const std::string& name) {
  return std::any_of(list.begin(), list.end(), [&](const Named& one) { return one.*member == name; });
}

}  // namespace

void fields(FieldVisitor& visit, NetworkState& state) {
  visit("input", state.input, "input that takes the state");
  visit("output", state.output, "output that gives the next one");
}

void fields(FieldVisitor& visit, NetworkConstant& constant) {
  visit("input", constant.input, "input that takes the value");
  visit("value", constant.value, "for every frame");
}

void fields(FieldVisitor& visit, NetworkConfig& c) {
  visit("model", c.model, "ONNX file, relative to the file that names it (after --set: to the working folder)");
  visit("input", c.input, "of the picture; empty: the only input that is no state and no constant");
  visit("width", c.width, "pixels the network sees; 0: the graph's own, else the frame's", {0, kMostNetworkSide});
  visit("height", c.height, "likewise", {0, kMostNetworkSide});
  visit("multiple", c.multiple, "the frame's own size is rounded up to a multiple of this", {1, 1024});
  visit("resize", c.resize, "stretch, or letterbox: shape kept, black bars, cropped off the answer", {"stretch", "letterbox"});
  visit("layout", c.layout, "order of the axes", {"nchw", "nhwc"});
  visit("colour", c.colour, "order of the channels", {"rgb", "bgr"});
  visit("range_high", c.range_high, "white before mean and std: 1 or 255", {1, 255});
  visit("mean", c.mean, "subtracted, three numbers in that range and order");
  visit("std", c.std, "then divided by");
  visit("output", c.output, "that holds the map; empty: the first that is no state");
  visit("channel", c.channel, "of the output that holds the map, from 0; -1: its only one", {-1, 65535});
  visit("activation", c.activation, "done to the output: softmax and argmax go over its channels",
        {"none", "sigmoid", "softmax", "argmax"});
  visit.list("states", c.states, "carried from frame to frame");
  visit.list("constants", c.constants, "the same for every frame");
}

void check(const NetworkConfig& config, const std::string& where) {
  require(config.range_high == 1 || config.range_high == 255, "{}.range_high is {} (allowed: 1, 255)", where,
          config.range_high);
  require((config.width == 0) == (config.height == 0), "{}: width is {} and height {} (allowed: both or none)", where,
          config.width, config.height);
  require(config.mean.size() == 3 && config.std.size() == 3, "{}: mean and std have {} and {} numbers (allowed: 3 each)", where,
          config.mean.size(), config.std.size());
  for (const double number : config.mean) require(std::isfinite(number), "{}.mean holds {}", where, number);
  for (const double number : config.std)
    require(std::isfinite(number) && number != 0, "{}.std holds {} (allowed: numbers other than 0)", where, number);
}

FloatTensor picture_tensor(const cv::Mat& image, const NetworkConfig& config) {
  const bool planar = config.layout == "nchw";
  FloatTensor out;
  out.shape = {1, 3, image.rows, image.cols};
  if (!planar) out.shape = {1, image.rows, image.cols, 3};
  out.values.resize(3 * image.total());
  std::vector<cv::Mat> planes;
  for (int c = 0; c < 3; ++c) {
    cv::Mat plane, target;
    if (planar) target = cv::Mat(image.size(), CV_32FC1, out.values.data() + c * image.total());
    cv::extractChannel(image, plane, config.colour == "rgb" ? 2 - c : c);
    plane.convertTo(target, CV_32F, config.range_high / 255.0 / config.std[c], -config.mean[c] / config.std[c]);
    planes.push_back(target);
  }
  if (!planar) cv::merge(planes, cv::Mat(image.size(), CV_32FC3, out.values.data()));
  return out;
}

struct ForeignNetwork::Impl {
  NetworkConfig config;
  std::optional<PlainSession> session;
  std::vector<FloatTensor> values;    // of every input, in the graph's order
  std::vector<size_t> state_at;       // which of them are states
  std::vector<std::string> answered;  // the map, then the states
  size_t image_at = 0;
  cv::Size fixed;  // what the network must see; 0 where it follows the frame
  bool whole_numbers = false;
  cv::Size clip_size;  // of the frames since the last reset

  Impl(const NetworkConfig& given, int threads) : config(given) {
    require(!config.model.empty(), "no model is given (network.model: an ONNX file)");
    check(config, "network");
    const int count = threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    session.emplace(read_file(config.model, kLargestModel), config.model, count);
    values.resize(session->inputs().size());
    find_others();
    image_at = find_image();
    fixed = size_of_image();
    answered.push_back(find_output());
    for (const NetworkState& state : config.states) answered.push_back(state.output);
    reset();
  }

  std::string graph() const {
    return fmt::format("inputs: {}; outputs: {}", describe(session->input_ports()), describe(session->output_ports()));
  }

  // The place of the input `name`, which the settings call `key`.
  size_t input_at(const std::string& name, const char* key) const {
    const auto& inputs = session->inputs();
    const auto at = std::find(inputs.begin(), inputs.end(), name);
    require(at != inputs.end(), "{}: {} '{}' is no input of the graph; {}", config.model, key, name, graph());
    const size_t index = at - inputs.begin();
    require(session->input_ports()[index].type == "float", "{}: input {} is {} (allowed: float)", config.model, name,
            session->input_ports()[index].type);
    return index;
  }

  bool is_spoken_for(const std::string& name) const {
    return names(config.states, &NetworkState::input, name) || names(config.constants, &NetworkConstant::input, name);
  }

  size_t find_image() const {
    std::vector<std::string> open;  // inputs that no state or constant fills
    for (const std::string& name : session->inputs())
      if (!is_spoken_for(name)) open.push_back(name);
    require(!open.empty(), "{}: no input is left for the picture; {}", config.model, graph());
    const std::string name = config.input.empty() && open.size() == 1 ? open[0] : config.input;
    require(!name.empty(), "{}: network.input must say which of {} takes the picture; {}", config.model, fmt::join(open, ", "),
            graph());
    const size_t at = input_at(name, "network.input");
    require(!is_spoken_for(name), "{}: network.input '{}' is also a state or a constant", config.model, name);
    require(open.size() == 1, "{}: of the inputs {} only {} is filled (allowed: the others as states or constants); {}",
            config.model, fmt::join(open, ", "), name, graph());
    return at;
  }

  // What the graph and the settings say of the picture's size, 0 where neither does. Nothing is allocated before it is bounded.
  cv::Size size_of_image() const {
    const TensorPort& port = session->input_ports()[image_at];
    const bool planar = config.layout == "nchw";
    const size_t channel = planar ? 1 : 3, rows = planar ? 2 : 1;
    const auto may_be = [&](size_t axis, int64_t size) { return port.shape[axis] < 0 || port.shape[axis] == size; };
    require(port.shape.size() == 4 && may_be(0, 1) && may_be(channel, 3),
            "{}: the picture's input has another shape (allowed: {}); {}", config.model,
            planar ? "[1,3,H,W] (layout nchw)" : "[1,H,W,3] (layout nhwc)", graph());
    const int64_t height = port.shape[rows], width = port.shape[rows + 1];
    require(may_be_side(width) && may_be_side(height), "{}: the graph asks for {}x{} in layout {} (allowed: {} to {} each); {}",
            config.model, width, height, config.layout, kLeastNetworkSide, kMostNetworkSide, graph());
    require(config.width == 0 || (may_be(rows, config.height) && may_be(rows + 1, config.width)),
            "{}: network.width and height are {}x{}, the graph is frozen to {}x{}", config.model, config.width, config.height,
            width, height);
    return {width > 0 ? static_cast<int>(width) : config.width, height > 0 ? static_cast<int>(height) : config.height};
  }

  // `value` everywhere, at the size the graph declares; `unknown_rank` ones where it declares none.
  FloatTensor filled(const TensorPort& port, double value, size_t unknown_rank) const {
    FloatTensor out;
    out.shape = port.shape.empty() ? std::vector<int64_t>(unknown_rank, 1) : port.shape;
    int64_t count = 1;
    for (int64_t& side : out.shape) {
      if (side < 0) side = 1;
      require(side > 0 && side <= kMostStateValues / count, "{}: input {} has too many values or none; {}", config.model,
              port.name, graph());
      count *= side;
    }
    out.values.assign(static_cast<size_t>(count), static_cast<float>(value));
    return out;
  }

  void find_others() {
    for (const NetworkConstant& constant : config.constants) {
      const size_t at = input_at(constant.input, "constant");
      values[at] = filled(session->input_ports()[at], constant.value, 0);
    }
    for (const NetworkState& state : config.states) {
      state_at.push_back(input_at(state.input, "state"));
      output_port(state.output, "state");
    }
  }

  const TensorPort& output_port(const std::string& name, const char* key) const {
    const auto& ports = session->output_ports();
    const auto at = std::find_if(ports.begin(), ports.end(), [&](const TensorPort& port) { return port.name == name; });
    require(at != ports.end(), "{}: {} '{}' is no output of the graph; {}", config.model, key, name, graph());
    return *at;
  }

  std::string find_output() {
    std::string name = config.output;
    for (const std::string& output : session->outputs())
      if (name.empty() && !names(config.states, &NetworkState::output, output)) name = output;
    require(!name.empty(), "{}: every output is a state; {}", config.model, graph());
    const std::string& type = output_port(name, "network.output").type;
    require(type != "other", "{}: output {} holds no numbers that are read; {}", config.model, name, graph());
    whole_numbers = type != "float" && type != "double";
    return name;
  }

  void reset() {
    for (const size_t at : state_at) values[at] = filled(session->input_ports()[at], 0, 4);
    clip_size = {};
  }

  bool gives_classes() const { return whole_numbers || config.activation == "argmax"; }

  // The one map of the answer.
  cv::Mat map_of(Planes planes) const {
    const bool over_channels = config.activation == "softmax" || config.activation == "argmax";
    require(!over_channels || planes.channels > 1, "{}: output {} has one channel (network.activation {} needs several)",
            config.model, answered[0], config.activation);
    if (config.activation == "argmax") return argmax(planes);
    const bool found = config.channel < 0 ? planes.channels == 1 : config.channel < planes.channels;
    require(found, "{}: output {} has {} channels, network.channel is {} (allowed: 0 to {})", config.model, answered[0],
            planes.channels, config.channel, planes.channels - 1);
    const int channel = std::max(0, config.channel);
    if (config.activation == "softmax") return softmax(planes, channel);
    if (config.activation == "sigmoid") return sigmoid(planes.plane(channel));
    return planes.plane(channel).clone();
  }

  // What the network answers, and how it was shown the frame.
  Planes answer(const cv::Mat& frame, Placement& placement) {
    require(frame.type() == CV_8UC3 && !frame.empty(), "a frame must be BGR with 8 bits a channel");
    if (frame.size() != clip_size) reset();
    clip_size = frame.size();
    placement = place(frame.size(), fixed, config);
    require(placement.seen.width <= kMostNetworkSide && placement.seen.height <= kMostNetworkSide,
            "{}: a frame of {}x{} is too large (allowed: up to {} each way)", config.model, frame.cols, frame.rows,
            kMostNetworkSide);
    values[image_at] = picture_tensor(placed(frame, placement), config);
    std::vector<FloatTensor> answers = session->run(values, answered);
    const bool finite =
        std::all_of(answers[0].values.begin(), answers[0].values.end(), [](float v) { return std::isfinite(v); });
    require(finite, "{}: output {} holds numbers that are not finite", config.model, answered[0]);
    for (size_t i = 0; i < state_at.size(); ++i) values[state_at[i]] = std::move(answers[i + 1]);
    return to_planes(std::move(answers[0]), config.layout == "nchw", answered[0], config.model);
  }

  cv::Mat run(const cv::Mat& frame) {
    Placement placement;
    const cv::Mat map = map_of(answer(frame, placement));
    return taken_back(map, placement, frame.size(), gives_classes());
  }

  std::vector<cv::Mat> run_channels(const cv::Mat& frame) {
    Placement placement;
    Planes planes = answer(frame, placement);
    std::vector<cv::Mat> out;
    if (config.activation == "argmax") {
      out.push_back(argmax(planes));
    } else {
      if (config.activation == "softmax") softmax_all(planes);
      for (int c = 0; c < planes.channels; ++c)
        out.push_back(config.activation == "sigmoid" ? sigmoid(planes.plane(c)) : planes.plane(c).clone());
    }
    for (cv::Mat& map : out) map = taken_back(map, placement, frame.size(), gives_classes());
    return out;
  }
};

ForeignNetwork::ForeignNetwork(const NetworkConfig& config, int threads) : impl_(std::make_unique<Impl>(config, threads)) {}
ForeignNetwork::~ForeignNetwork() = default;
ForeignNetwork::ForeignNetwork(ForeignNetwork&&) noexcept = default;

cv::Mat ForeignNetwork::run(const cv::Mat& frame) { return impl_->run(frame); }
std::vector<cv::Mat> ForeignNetwork::run_channels(const cv::Mat& frame) { return impl_->run_channels(frame); }
cv::Size ForeignNetwork::fixed_size() const { return impl_->fixed; }
void ForeignNetwork::reset() { impl_->reset(); }

}  // namespace facemat
