#include "export/precision/calibration.h"

#include <algorithm>
#include <set>

#include "export/graph/proto.h"
#include "export/proof/parity.h"
#include "src/core/error.h"

namespace facemat {
namespace {

// `onnx` that answers with `values` as well.
std::string with_outputs(const std::string& onnx, const std::vector<std::string>& values, const std::string& where) {
  onnx::ModelProto model = parse_onnx(onnx, where);
  onnx::GraphProto& graph = *model.mutable_graph();
  std::set<std::string> ports;
  for (const auto& output : graph.output()) ports.insert(output.name());
  for (const auto& input : graph.input()) ports.insert(input.name());
  for (const std::string& value : values) {
    if (!ports.insert(value).second) continue;
    auto* output = graph.add_output();
    output->set_name(value);
    output->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  }
  return model.SerializeAsString();
}

ValueRange range_of(const torch::Tensor& tensor, const CalibrationConfig& config) {
  const auto plain = tensor.contiguous();
  std::vector<float> values(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
  const double outside = config.method == "minmax" ? 0 : (100 - config.percentile) / 200;
  const auto at = [&](double share) {
    const auto place = values.begin() + static_cast<int64_t>(share * static_cast<double>(values.size() - 1) + 0.5);
    std::nth_element(values.begin(), place, values.end());
    return *place;
  };
  return {at(outside), at(1 - outside)};
}

}  // namespace

Ranges calibrate(const std::string& onnx, const std::vector<std::string>& values, const std::vector<ShownFrames>& frames,
                 const CalibrationConfig& config, const std::string& where) {
  FileRunner file(with_outputs(onnx, values, where), where);
  const ModelContract& contract = file.contract();
  Ranges ranges;
  for (const ShownFrames& frame : frames) {
    auto outputs = file.run(frame, contract.ratio);
    outputs[contract.image_input] = frame.frames;
    for (const ModelGuide& guide : contract.guides) outputs[guide.input] = find_guide(guide.name).of(frame.guides);
    for (const std::string& value : values) {
      const auto found = outputs.find(value);
      require(found != outputs.end(), "{}: the graph has no value '{}'", where, value);
      const ValueRange range = range_of(found->second, config);
      const auto [entry, fresh] = ranges.emplace(value, range);
      if (!fresh) entry->second = {std::min(entry->second.low, range.low), std::max(entry->second.high, range.high)};
    }
  }
  return ranges;
}

}  // namespace facemat
