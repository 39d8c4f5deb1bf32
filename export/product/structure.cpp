#include "export/product/structure.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "export/graph/proto.h"
#include "export/product/certificate.h"
#include "export/proof/frames.h"
#include "export/proof/parity.h"
#include "src/core/error.h"
#include "src/core/seal.h"

namespace facemat {
namespace {

constexpr int kFloat = onnx::TensorProto::FLOAT, kHalf = onnx::TensorProto::FLOAT16;

std::string location_of(const onnx::TensorProto& tensor) {
  for (const auto& entry : tensor.external_data())
    if (entry.key() == "location") return entry.value();
  return "";
}

void refuse_external(const onnx::TensorProto& tensor, const std::string& where) {
  if (tensor.data_location() != onnx::TensorProto::EXTERNAL && tensor.external_data_size() == 0) return;
  const std::filesystem::path location = location_of(tensor);
  const bool climbs = location.is_absolute() || std::find(location.begin(), location.end(), "..") != location.end();
  fail("{}: tensor '{}' points to the file '{}'{} (allowed: models whose weights are inside)", where, tensor.name(),
       location.string(), climbs ? ", outside the model's folder" : "");
}

void refuse_external(const onnx::GraphProto& graph, const std::string& where) {
  for (const onnx::TensorProto& tensor : graph.initializer()) refuse_external(tensor, where);
  for (const auto& sparse : graph.sparse_initializer())
    refuse_external(sparse.values(), where), refuse_external(sparse.indices(), where);
  for (const onnx::NodeProto& node : graph.node())
    for (const onnx::AttributeProto& attribute : node.attribute()) {
      if (attribute.has_t()) refuse_external(attribute.t(), where);
      for (const onnx::TensorProto& tensor : attribute.tensors()) refuse_external(tensor, where);
      if (attribute.has_sparse_tensor())
        refuse_external(attribute.sparse_tensor().values(), where), refuse_external(attribute.sparse_tensor().indices(), where);
      if (attribute.has_g()) refuse_external(attribute.g(), where);
      for (const onnx::GraphProto& inner : attribute.graphs()) refuse_external(inner, where);
    }
}

const char* type_name(int type) {
  return type == kFloat ? "float32" : type == kHalf ? "float16" : type == onnx::TensorProto::INT64 ? "int64" : "another type";
}

std::string describe(const onnx::ValueInfoProto& port) {
  std::vector<std::string> sizes;
  for (const auto& dim : port.type().tensor_type().shape().dim())
    sizes.push_back(dim.has_dim_value() ? std::to_string(dim.dim_value()) : dim.dim_param().empty() ? "?" : dim.dim_param());
  return fmt::format("{} {}[{}]", port.name(), type_name(port.type().tensor_type().elem_type()), fmt::join(sizes, ","));
}

using Ports = google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>;

std::string list_of(const Ports& ports) {
  std::vector<std::string> parts;
  for (const auto& port : ports) parts.push_back(describe(port));
  return fmt::format("{}", fmt::join(parts, ", "));
}

// One side of the graph against the contract.
class PortCheck {
 public:
  PortCheck(const Ports& ports, const char* side, const std::string& where) : ports_(ports), side_(side), where_(where) {
    for (const auto& port : ports) left_.push_back(port.name());
  }

  // A map [B,channels,H,W] of `type`; channels 0: any.
  void map(const std::string& name, int channels, int type) {
    const onnx::ValueInfoProto* port = take(name);
    const auto& shape = port ? port->type().tensor_type().shape() : onnx::TensorShapeProto();
    const bool fits = port && port->type().tensor_type().elem_type() == type && shape.dim_size() == 4 &&
                      (channels == 0 || !shape.dim(1).has_dim_value() || shape.dim(1).dim_value() == channels);
    require(fits, "{}: the contract promises {} '{}' as {}[B,{},H,W], the graph has {}", where_, side_, name, type_name(type),
            channels == 0 ? "C" : std::to_string(channels), list_of(ports_));
  }

  void ratio(const std::string& name) {
    const onnx::ValueInfoProto* port = take(name);
    const bool fits =
        port && port->type().tensor_type().elem_type() == kFloat && port->type().tensor_type().shape().dim_size() == 1;
    require(fits, "{}: the contract promises {} '{}' as float32[1], the graph has {}", where_, side_, name, list_of(ports_));
  }

  void nothing_else(const std::vector<std::string>& allowed) {
    for (const std::string& name : left_)
      require(std::find(allowed.begin(), allowed.end(), name) != allowed.end(), "{}: the contract does not name {} '{}'",
              where_, side_, name);
  }

 private:
  const onnx::ValueInfoProto* take(const std::string& name) {
    const auto left = std::find(left_.begin(), left_.end(), name);
    if (left == left_.end()) return nullptr;  // there is none, or it stands for something else already
    left_.erase(left);
    const auto at = std::find_if(ports_.begin(), ports_.end(), [&](const auto& port) { return port.name() == name; });
    return at == ports_.end() ? nullptr : &*at;
  }

  const Ports& ports_;
  const char* side_;
  const std::string& where_;
  std::vector<std::string> left_;
};

// A few frames, at sizes the file takes: every number finite, alpha between 0 and 1, shapes as they should be.
std::string trial_run(const std::string& onnx, const std::string& where) {
  FileRunner file(onnx, where);
  const ModelContract& contract = file.contract();
  ExportConfig config;
  config.frames = 3;
  config.cases = {{"64x64", 1, 0, 0, false}, {"97x50", 2, 0, 0, false}};
  int frames = 0;
  for (const ParityCase& clip : cases_for(file, config)) {
    const FrameSize size = parse_size(clip.size, "size");
    file.reset();
    for (int t = 0; t < clip.frames; ++t, ++frames) {
      const auto outputs = file.run(drawn_frames(size, clip.batch, t, Rng(1), guides_of(contract)), clip.ratio);
      for (const auto& [name, value] : outputs)
        require(value.isfinite().all().item<bool>(), "{}: output '{}' holds a number that is not finite (frame {} of {})",
                where, name, t, clip.size);
      const torch::Tensor& alpha = outputs.at(contract.alpha_output);
      const bool shaped = alpha.sizes() == torch::IntArrayRef({clip.batch, 1, size.height, size.width});
      require(shaped, "{}: alpha has the shape [{}] for frames of {}", where, fmt::join(alpha.sizes().vec(), ","), clip.size);
      require(alpha.min().item<float>() >= 0 && alpha.max().item<float>() <= 1, "{}: alpha leaves 0..1 (frame {} of {})", where,
              t, clip.size);
    }
  }
  return fmt::format("{} frames in ONNX Runtime, every number finite, alpha within 0..1", frames);
}

std::string check_certificate(const std::string& onnx, const std::string& where) {
  const std::string text = metadata_of(parse_onnx(without_seal(onnx), where), kParityKey);
  require(!text.empty(), "{}: no parity certificate (metadata '{}'): exported with --no-verify, or by another program", where,
          kParityKey);
  const Certificate certificate = certificate_from_json(text, where);
  const ModelContract contract = contract_of_file(onnx, where);
  const std::string graph = graph_hash(onnx, where);
  require(certificate.graph_hash == graph, "{}: the certificate is of another graph ({}, this one is {})", where,
          certificate.graph_hash, graph);
  require(certificate.weights_hash == contract.weights_hash,
          "{}: the certificate is of other weights ({}, the contract names {})", where, certificate.weights_hash,
          contract.weights_hash);
  const std::string precision = precision_of(onnx, where);
  require(certificate.precision == precision, "{}: the certificate is of {}, the graph computes in {}", where,
          certificate.precision, precision);
  Parity stated;
  stated.precision = precision;
  stated.limit = certificate.limit;
  stated.tolerated = std::min(certificate.tolerated, tolerated_share(contract.network));
  require(certificate.outputs.count(contract.alpha_output) > 0, "{}: the certificate says nothing of {}", where,
          contract.alpha_output);
  for (const auto& [name, difference] : certificate.outputs) {
    const bool held = holds(stated, {difference.max, difference.mean, difference.over, {}, {}});
    require(!is_judged(stated, name, contract.alpha_output) || held, "{}: the certificate itself has {} over its limit", where,
            name);
  }
  return describe(certificate);
}

}  // namespace

std::string check_seal(const std::string& onnx, const std::string& where) {
  if (seal_holds(onnx)) return "every byte is as it was written";
  require(without_seal(onnx).size() == onnx.size(), "{}: damaged: its bytes are not those that were sealed", where);
  const std::string text = metadata_of(parse_onnx(onnx, where), kContractKey);
  const bool promised = !text.empty() && contract_from_json(text, where).sealed;
  require(!promised, "{}: damaged: its end is cut off or changed (the contract promises a seal there)", where);
  return "none (not promised: an older or foreign file; damage cannot be told)";
}

void refuse_external_data(const std::string& onnx, const std::string& where) {
  const onnx::ModelProto model = parse_onnx(without_seal(onnx), where);
  refuse_external(model.graph(), where);
  for (const auto& function : model.functions())
    for (const onnx::NodeProto& node : function.node())
      for (const onnx::AttributeProto& attribute : node.attribute())
        if (attribute.has_t()) refuse_external(attribute.t(), where);
}

void check_ports(const std::string& onnx, const ModelContract& contract, const std::string& where) {
  const onnx::ModelProto model = parse_onnx(without_seal(onnx), where);
  const onnx::GraphProto& graph = model.graph();
  int type = kFloat;
  for (const auto& port : graph.input())
    if (port.name() == contract.image_input && port.type().tensor_type().elem_type() == kHalf) type = kHalf;
  PortCheck inputs(graph.input(), "input", where), outputs(graph.output(), "output", where);
  inputs.map(contract.image_input, 3, type);
  for (const ModelGuide& guide : contract.guides) inputs.map(guide.input, find_guide(guide.name).channels(), type);
  outputs.map(contract.alpha_output, 1, type);
  if (!contract.uncertainty_output.empty()) outputs.map(contract.uncertainty_output, 1, type);
  for (const ModelState& state : contract.states) inputs.map(state.input, 0, type), outputs.map(state.output, 0, type);
  if (!contract.ratio_input.empty()) inputs.ratio(contract.ratio_input);
  inputs.nothing_else({});
  outputs.nothing_else({"fgr"});
}

std::vector<Finding> check_file(const std::string& onnx, const std::string& where) {
  std::vector<Finding> findings;
  const auto ask = [&](const char* check, const std::function<std::string()>& question) {
    try {
      findings.push_back({check, true, question(), {}});
    } catch (const std::exception& error) {
      std::string reason = error.what();
      if (reason.rfind(where + ": ", 0) == 0) reason.erase(0, where.size() + 2);
      findings.push_back({check, false, reason, {}});
    }
    return findings.back().passed;
  };
  ModelContract contract;
  const bool sound =
      ask("seal", [&] { return check_seal(onnx, where); }) &&
      ask("external data",
          [&] {
            refuse_external_data(onnx, where);
            return "none: all weights are inside";
          }) &&
      ask("structure",
          [&] {
            const onnx::ModelProto model = parse_onnx(without_seal(onnx), where);
            check_onnx(model, where);
            return fmt::format("valid ONNX, opset {}, types and shapes agree; {} operators, {:.1f} MB",
                               model.opset_import_size() > 0 ? model.opset_import(0).version() : 0, model.graph().node_size(),
                               static_cast<double>(onnx.size()) / 1e6);
          }) &&
      ask("contract",
          [&] {
            contract = contract_of_file(onnx, where);
            return fmt::format("{}, alpha 1 = {}, weights {}", contract.network,
                               contract.polarity == "visible_face" ? "visible face" : "occluder", contract.weights_hash);
          }) &&
      ask("ports", [&] {
        check_ports(onnx, contract, where);
        return fmt::format("inputs and outputs are as the contract says, {}", precision_of(onnx, where));
      });
  if (!sound) return findings;
  ask("certificate", [&] { return check_certificate(onnx, where); });
  ask("trial run", [&] { return trial_run(onnx, where); });
  return findings;
}

bool all_passed(const std::vector<Finding>& findings) {
  return std::all_of(findings.begin(), findings.end(), [](const Finding& finding) { return finding.passed; });
}

}  // namespace facemat
