#pragma once
// Networks of single frames against the same in plain PyTorch (still.py and the network's file here), from the same
// file of weights. The expected figures are in double precision.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "src/model/networks/models.h"
#include "src/model/weights/safetensors.h"
#include "src/model/weights/starting_point.h"
#include "src/model/weights/weights.h"
#include "tests/src/model/compute/gradients.h"
#include "tests/src/model/networks/oracle/oracle.h"

namespace facemat {

class StillOracle : public OracleTest {
 protected:
  // What `write.py NAME` computed, and the network of `config` that starts from its weights.
  void prepare(const std::string& name, const ModelConfig& config) {
    write(name);
    if (IsSkipped() || HasFatalFailure()) return;
    expected_ = decode_safetensors(read_file(scratch_ / (name + ".safetensors")), name).tensors;
    network_ = make_model(config, Rng(1));
    const WeightsFile weights = read_weights(scratch_ / (name + ".pth"));
    const StartReport report = start_from(*network_, weights);
    EXPECT_THAT(report.left_over, testing::IsEmpty());
    EXPECT_THAT(report.missing, testing::IsEmpty());
    EXPECT_EQ(report.taken.size(), weights.tensors.size());
  }

  // Evaluation in double and in single precision, and training. `single`: what single precision may be off by, in `share` of
  // the values.
  void expect_parity(const std::string& name, const ModelConfig& config, double single, double share = 1) {
    prepare(name, config);
    if (IsSkipped() || HasFatalFailure()) return;
    expect_evaluation(torch::kFloat64, 1e-9);
    expect_evaluation(torch::kFloat32, single, share);
    expect_training();
  }

  // Even and odd sizes. `share`: of the values, so many at least must agree within `tolerance`.
  void expect_evaluation(torch::Dtype dtype, double tolerance, double share = 1) {
    const torch::NoGradGuard no_grad;
    convert(dtype);
    network_->eval();
    for (const char* size : {"even", "odd"}) {
      const std::string name = size;
      expect_outputs(forward(name, dtype), name, tolerance, share);
      const auto alpha = expected_.at(name + ".out.alpha");
      EXPECT_GT(alpha.std().item<double>(), 0.05) << "the comparison would be empty";
    }
  }

  // Forward and backward in training mode and double precision, compared in everything: outputs, parts, gradients, statistics
  // of batch norms, which have moved by one batch. May follow expect_evaluation, which leaves the file's float32 numbers as
  // they are, in double as well.
  void expect_training() {
    convert(torch::kFloat64);
    network_->train();
    network_->zero_grad();
    const auto outputs = forward("training", torch::kFloat64);
    expect_outputs(outputs, "training", 1e-9, 1);
    auto loss = torch::zeros({}, torch::kFloat64);
    for (const auto& [name, value] : outputs) loss = loss + (expected_.at("training.weights." + name) * value).mean();
    loss.backward();
    double least = 0;  // some gradients are 0 but for rounding: a batch norm takes away what the bias before it adds
    for (const auto& [key, tensor] : expected_)
      if (key.rfind("training.gradient.", 0) == 0) least = std::max(least, 1e-3 * tensor.abs().max().item<double>());
    for (const auto& item : network_->named_parameters()) {
      const auto& truth = expected_.at("training.gradient." + item.key());
      ASSERT_TRUE(item.value().grad().defined()) << item.key();
      const double scale = std::max(truth.abs().max().item<double>(), least);
      EXPECT_LE(worst_difference(item.value().grad(), truth), 1e-6 * scale) << item.key();
    }
    for (const auto& item : network_->named_buffers())
      EXPECT_LE(worst_difference(item.value(), expected_.at("training.buffer." + item.key())), 1e-9) << item.key();
  }

  // By the names that the oracle gives them.
  std::map<std::string, torch::Tensor> forward(const std::string& name, torch::Dtype dtype) {
    Guides guides;
    for (const GuideEntry& entry : guide_table()) {
      const auto found = expected_.find(name + ".guide." + entry.name);
      if (found != expected_.end()) entry.of(guides) = found->second.to(dtype);
    }
    const Prediction prediction = network_->forward(expected_.at(name + ".frames").to(dtype), guides, {}, 1);
    std::map<std::string, torch::Tensor> outputs = {{"alpha", prediction.alpha}};
    if (prediction.foreground.defined()) outputs["foreground"] = prediction.foreground;
    if (prediction.background.defined()) outputs["background"] = prediction.background;
    for (const auto& [part, value] : prediction.parts) outputs["parts." + part] = value;
    return outputs;
  }

  void expect_outputs(const std::map<std::string, torch::Tensor>& outputs, const std::string& name, double tolerance,
                      double share) {
    const std::string prefix = name + ".out.";
    size_t count = 0;
    for (const auto& [key, truth] : expected_) {
      if (key.rfind(prefix, 0) != 0) continue;
      ++count;
      const auto found = outputs.find(key.substr(prefix.size()));
      ASSERT_TRUE(found != outputs.end()) << key;
      ASSERT_EQ(found->second.sizes(), truth.sizes()) << key;
      const auto near = (found->second.to(torch::kFloat64) - truth).abs() <= tolerance;
      EXPECT_GE(near.to(torch::kFloat64).mean().item<double>(), share) << key;
    }
    EXPECT_EQ(count, outputs.size()) << name;
  }

  // Module::to would turn the counters of batch norms into floats, too.
  void convert(torch::Dtype dtype) {
    for (auto& [name, tensor] : named_weights(*network_))
      if (tensor.is_floating_point()) tensor.set_data(tensor.to(dtype));
  }

  std::shared_ptr<MattingNetwork> network_;
  std::map<std::string, torch::Tensor> expected_;
};

}  // namespace facemat
