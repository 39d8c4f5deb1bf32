#include "export/product/product.h"

#include <algorithm>

#include "export/passes/targets.h"
#include "export/precision/half.h"
#include "export/precision/int8.h"
#include "export/product/exporter.h"
#include "export/proof/frames.h"
#include "src/core/error.h"
#include "src/model/networks/models.h"

namespace facemat {
namespace {

constexpr double kTighter = 0.7;  // the next limit on the calibration frames, after the comparison found more
// Of what is tolerated, what may come of fewer bits: the rest is for what LibTorch and ONNX Runtime choose differently anyway.
constexpr double kOfFewerBits = 0.5;

class Builder {
 public:
  Builder(const TrainedModel& model, const ExportConfig& config, bool prove, const std::string& where,
          const ProductProgress& progress)
      : model_(model), config_(config), prove_(prove), where_(where), progress_(progress) {}

  Product build() {
    const std::string fp32 = exported(model_, config_);
    alpha_ = contract_of_file(fp32, where_).alpha_output;
    std::string onnx = config_.precision == "fp32"   ? fp32
                       : config_.precision == "fp16" ? in_half(fp32)
                                                     : in_mixture(int8_job(fp32));
    if (prove_ && !parity_) compare(onnx);
    if (parity_) {
      check_parity(*parity_, where_);
      product_.certificate = make_certificate(*parity_, config_, onnx, where_);
    }
    product_.onnx = finished_file(onnx, product_.certificate ? certificate_to_json(*product_.certificate) : "", where_);
    return std::move(product_);
  }

 private:
  double limit() const { return config_.limit > 0 ? config_.limit : default_limit(config_.precision); }
  double tolerated() const { return kOfFewerBits * tolerated_share(model_.config.network); }

  // True if alpha holds the limit, or nothing is to be proven.
  bool compare(const std::string& onnx) {
    if (!prove_) return true;
    parity_ = measure_parity(model_, onnx, config_, where_, progress_.frames);
    return holds(*parity_, parity_->outputs.at(alpha_));
  }

  std::string in_half(const std::string& fp32) {
    const std::string all = to_half(fp32, where_);
    return compare(all) ? all : in_mixture(half_job(fp32));
  }

  // As many layers in fewer bits as the limit allows.
  std::string in_mixture(LayerJob job) {
    LayerChooser chooser(std::move(job), progress_.layers);
    std::string before;
    for (double aim = limit();; aim *= kTighter) {
      const std::string onnx = chooser.choose(aim);
      if (!onnx.empty() && onnx == before) continue;  // the same layers; what was found of them holds
      before = onnx;
      require(!onnx.empty(), "{}: {} in not one layer keeps alpha within {:.3g} (allowed: fp32, or a larger limit)", where_,
              config_.precision, limit());
      if (!compare(onnx)) continue;
      product_.layers = chooser.report();
      return onnx;
    }
  }

  LayerJob half_job(const std::string& fp32) const {
    const std::vector<std::string> layers = half_layers(fp32, where_);
    const auto lower = [=](const std::set<std::string>& lowered) {
      std::set<std::string> kept(layers.begin(), layers.end());
      for (const std::string& layer : lowered) kept.erase(layer);
      return to_half(fp32, where_, kept);
    };
    LayerJob job{fp32, layers, lower, frames(), where_, tolerated()};
    for (ShownFrames& shown : job.frames) shown = as_half(shown);
    return job;
  }

  LayerJob int8_job(const std::string& fp32) const {
    std::vector<std::string> names;
    std::set<std::string> values;
    for (const Layer& layer : quantisable_layers(fp32, where_)) {
      names.push_back(layer.name);
      values.insert({layer.input, layer.output});
    }
    LayerJob job{fp32, names, {}, frames(), where_, tolerated()};
    if (config_.precision == "int8_dynamic") {
      job.lower = [=](const std::set<std::string>& layers) { return quantise_dynamic(fp32, layers, where_); };
      return job;
    }
    const Ranges ranges = calibrate(fp32, {values.begin(), values.end()}, job.frames, config_.calibration, where_);
    const bool outputs_too = config_.calibration.outputs_too;
    job.lower = [=](const std::set<std::string>& layers) { return quantise(fp32, layers, ranges, outputs_too, where_); };
    return job;
  }

  std::vector<ShownFrames> frames() const {
    const std::vector<std::string>& guides = find_model(model_.config.network).guides;
    return calibration_frames(config_.calibration, parse_size(config_.size, "size"), config_.seed, guides);
  }

  const TrainedModel& model_;
  const ExportConfig& config_;
  const bool prove_;
  const std::string& where_;
  const ProductProgress& progress_;
  std::string alpha_;  // name of that output
  Product product_;
  std::optional<Parity> parity_;
};

}  // namespace

GraphOptions graph_options(const ExportConfig& config) {
  const FrameSize size = parse_size(config.size, "size");
  GraphOptions options;
  options.target = config.target;
  options.height = size.height;
  options.width = size.width;
  options.batch = size.height > 0 && find_target(config.target).fixed_size ? 1 : 0;  // a target that fixes one fixes all
  options.recurrent = config.recurrent;
  options.ratio = config.ratio;
  options.ratio_input = config.ratio_input;
  options.rewrite = config.rewrite;
  return options;
}

std::string exported(const TrainedModel& model, const ExportConfig& config) {
  return export_model(model, graph_options(config));
}

Product make_product(const TrainedModel& model, const ExportConfig& config, bool prove, const std::string& where,
                     const ProductProgress& progress) {
  check(config);
  const torch::NoGradGuard no_grad;
  return Builder(model, config, prove, where, progress).build();
}

}  // namespace facemat
