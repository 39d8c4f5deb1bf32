#include "src/runtime/onnx/cost.h"

#include <algorithm>
#include <string>
#include <vector>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/core/json.h"
#include "src/core/text.h"
#include "src/image/trimap.h"
#include "src/runtime/onnx/environment.h"

namespace facemat {
namespace {

using Json = nlohmann::json;
using Shape = std::vector<int64_t>;

constexpr uint64_t kMostProfile = uint64_t{256} << 20;  // bytes
constexpr uint64_t kMostNotes = uint64_t{1} << 24;      // values in it: about fifty for each operator

// [{"float":[1,3,8,8]}, ...] -> shapes.
std::vector<Shape> shapes_of(const Json& list) {
  std::vector<Shape> shapes;
  for (const Json& typed : list)
    for (const auto& [type, shape] : typed.items()) shapes.push_back(shape.get<Shape>());
  return shapes;
}

double product(const Shape& shape, size_t from = 0) {
  double value = 1;
  for (size_t i = from; i < shape.size(); ++i) value *= static_cast<double>(shape[i]);
  return value;
}

// Each output value of a convolution takes one product for each weight of its channel, each input value of a transposed one one
// for each weight it is spread by; each value of a matrix product's left side one for each column of the right side.
double products(const std::string& op, const std::vector<Shape>& inputs, const std::vector<Shape>& outputs) {
  if (inputs.size() < 2 || outputs.empty()) return 0;
  if (op == "Conv") return product(outputs[0]) * product(inputs[1], 1);
  if (op == "ConvTranspose") return product(inputs[0]) * product(inputs[1], 1);
  if (op == "MatMul" || op == "Gemm")
    return product(inputs[0]) * static_cast<double>(outputs[0].empty() ? 1 : outputs[0].back());
  return 0;
}

// Weights and biases by their shapes; a batch norm's running mean and variance are not learnt. Matrix products have weights
// only where the file holds one side, so these are told by their bytes.
double learnt(const std::string& op, const std::vector<Shape>& inputs, double bytes) {
  const auto sum = [&](size_t begin, size_t end) {
    double count = 0;
    for (size_t i = begin; i < std::min(end, inputs.size()); ++i) count += product(inputs[i]);
    return count;
  };
  if (op == "Conv" || op == "ConvTranspose" || op == "BatchNormalization" || op == "InstanceNormalization") return sum(1, 3);
  if (op == "PRelu") return sum(1, 2);
  return op == "MatMul" || op == "Gemm" || op == "GRU" || op == "LSTM" ? bytes / sizeof(float) : 0;
}

// Each operator that ran, with what was noted of it.
using Visit = std::function<void(const Json& args)>;

// ONNX Runtime does not tell that it could not write.
constexpr const char* kNoRoom = "ONNX Runtime could not note what it ran: is there room in this folder (TMPDIR)?";

Json events_of(const fs::path& file) {
  try {
    Json events = parse_json(read_file(file, kMostProfile), kMostNotes);
    if (events.is_array()) return events;
  } catch (const Json::exception&) {
  }
  fail("{}: {}", file.string(), kNoRoom);
}

void visit_operators(const fs::path& file, const Visit& visit) {
  const JsonTree events(events_of(file));
  for (const Json& event : *events)
    if (event.value("cat", "") == "Node" && event.contains("args") && event.at("args").contains("output_type_shape"))
      visit(event.at("args"));
}

using Open = std::function<std::unique_ptr<Predictor>()>;

// Something for each guide that is needed.
FrameGuides any_guides(const GuideWishes& wishes, cv::Size size) {
  FrameGuides guides;
  for (const GuideEntry& entry : guide_table()) {
    if (entry.of(wishes) != Wish::kNeeded) continue;
    cv::Mat& guide = entry.of(guides);
    if (entry.kind == GuideKind::kShare) guide = cv::Mat(size, CV_32FC1, cv::Scalar(0.5));
    if (entry.kind == GuideKind::kColours) guide = cv::Mat(size, CV_8UC3, cv::Scalar::all(128));
    if (entry.kind != GuideKind::kTrimap) continue;
    guide = cv::Mat(size, CV_8UC1, cv::Scalar(kUnknown));
    guide.rowRange(0, size.height / 3).setTo(0);
    guide.rowRange(size.height - size.height / 3, size.height).setTo(255);
  }
  return guides;
}

void visit_one_frame(const Open& open, const cv::Mat& frame, ProfiledSessions::Graph graph, const Visit& visit) {
  const TemporaryFolder folder("facemat-profile");
  size_t sessions = 0;
  {
    const ProfiledSessions profiled((folder.path() / "session").string(), graph);
    const std::unique_ptr<Predictor> predictor = open();
    predictor->predict_given(frame, any_guides(predictor->wishes(), frame.size()));
    sessions = static_cast<size_t>(profiled.opened());
  }
  const std::vector<fs::path> files = list_files(folder.path(), {".json"});
  require(files.size() == sessions, "{}: {}", folder.path().string(), kNoRoom);
  for (const fs::path& file : files) visit_operators(file, visit);
}

}  // namespace

ModelCost model_cost(const Open& open, const cv::Mat& frame) {
  ModelCost cost;
  double parameters = 0;
  visit_one_frame(open, frame, ProfiledSessions::Graph::kAsWritten, [&](const Json& args) {
    const std::string op = args.at("op_name");
    const std::vector<Shape> inputs = shapes_of(args.at("input_type_shape"));
    cost.multiply_adds += products(op, inputs, shapes_of(args.at("output_type_shape")));
    parameters += learnt(op, inputs, read_number<double>(args.at("parameter_size").get<std::string>()).value_or(0));
  });
  cost.parameters = static_cast<int64_t>(parameters);
  return cost;
}

std::map<std::string, int> nodes_by_provider(const Open& open, const cv::Mat& frame) {
  std::map<std::string, int> nodes;
  visit_one_frame(open, frame, ProfiledSessions::Graph::kOptimised,
                  [&](const Json& args) { ++nodes[args.at("provider").get<std::string>()]; });
  return nodes;
}

}  // namespace facemat
