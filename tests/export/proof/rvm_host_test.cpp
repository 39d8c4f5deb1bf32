// A host program as people write them for RVM's published ONNX files, knowing nothing but their description (PeterL1n/
// RobustVideoMatting, documentation/inference.md, "ONNX"): inputs src [B,3,H,W] RGB 0..1, r1i..r4i whose first value is zeros
// of [1,1,1,1], downsample_ratio float32 [1]; outputs fgr, pha, r1o..r4o; sizes are dynamic, in every frame. In fp16 files all
// but downsample_ratio are float16.

#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "export/graph/float_ports.h"
#include "export/precision/half.h"
#include "export/product/product.h"
#include "export/proof/frames.h"
#include "src/core/error.h"
#include "src/runtime/onnx/plain_session.h"
#include "tests/export/small_model.h"

namespace facemat {
namespace {

class RvmHost {
 public:
  explicit RvmHost(const std::string& onnx) : session_(onnx, "host") { reset(); }

  void reset() { states_.assign(4, FloatTensor{{1, 1, 1, 1}, {0}}); }

  struct Frame {
    FloatTensor fgr, pha;
  };

  // As the example in Python does: inputs by name, all outputs in order, "fgr, pha, *rec = sess.run([], inputs)".
  Frame run(const FloatTensor& src, float ratio) {
    std::vector<FloatTensor> inputs;
    for (const std::string& name : session_.inputs()) {
      if (name == "src") {
        inputs.push_back(src);
      } else if (name == "downsample_ratio") {
        inputs.push_back({{1}, {ratio}});
      } else {
        require(name.size() == 3 && name[0] == 'r' && name[1] >= '1' && name[1] <= '4' && name[2] == 'i', "unknown input '{}'",
                name);
        inputs.push_back(states_[static_cast<size_t>(name[1] - '1')]);
      }
    }
    auto outputs = session_.run(inputs);
    require(outputs.size() >= 6, "{} outputs", outputs.size());
    for (size_t i = 0; i < 4; ++i) states_[i] = outputs[2 + i];
    return {outputs[0], outputs[1]};
  }

  const PlainSession& session() const { return session_; }

 private:
  PlainSession session_;
  std::vector<FloatTensor> states_;
};

ModelConfig rvm_config() {
  ModelConfig config;
  config.foreground = config.refiner = true;
  return config;
}

// As much of RVM's interface as the exporter offers.
ExportConfig rvm_settings() {
  ExportConfig settings;
  settings.ratio = 0.5;
  settings.ratio_input = true;
  return settings;
}

FloatTensor floats(const torch::Tensor& tensor) {
  const auto plain = tensor.contiguous();
  return {plain.sizes().vec(), {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()}};
}

TEST(RvmHost, FindsTheNamesInTheirOrder) {
  for (const bool uncertainty : {false, true}) {
    ModelConfig config = rvm_config();
    config.uncertainty = uncertainty;
    const RvmHost host(exported(small_model(config), rvm_settings()));
    std::vector<std::string> inputs = {"src", "r1i", "r2i", "r3i", "r4i", "downsample_ratio"},
                             outputs = {"fgr", "pha", "r1o", "r2o", "r3o", "r4o"};
    EXPECT_THAT(host.session().inputs(), testing::UnorderedElementsAreArray(inputs));
    auto found = host.session().outputs();
    ASSERT_GE(found.size(), outputs.size());
    found.resize(outputs.size());  // more of them may only follow
    EXPECT_EQ(found, outputs);
  }
}

TEST(RvmHost, RunsAClip) {
  const TrainedModel model = small_model(rvm_config());
  RvmHost host(exported(model, rvm_settings()));
  const torch::NoGradGuard no_grad;
  for (const FrameSize size : {FrameSize{64, 96}, FrameSize{75, 50}}) {
    host.reset();
    States states;
    for (int t = 0; t < 4; ++t) {
      const auto src = drawn_frame(size, 2, t, Rng(3));
      const auto got = host.run(floats(src), 0.5f);
      const Prediction expected = model.network->forward(src, states, 0.5);
      states = expected.states;
      ASSERT_EQ(got.pha.shape, (std::vector<int64_t>{2, 1, size.height, size.width}));
      ASSERT_EQ(got.fgr.shape, (std::vector<int64_t>{2, 3, size.height, size.width}));
      const auto compare = [&](const FloatTensor& values, const torch::Tensor& reference) {
        return (torch::from_blob(const_cast<float*>(values.values.data()), values.shape) - reference).abs().max().item<float>();
      };
      EXPECT_LE(compare(got.pha, expected.alpha), 1e-4f);
      EXPECT_LE(compare(got.fgr, expected.foreground), 1e-4f);
    }
  }
}

TEST(RvmHost, ChangesTheRatioFromFrameToFrame) {
  const TrainedModel model = small_model(rvm_config());
  RvmHost host(exported(model, rvm_settings()));
  const torch::NoGradGuard no_grad;
  for (const float ratio : {0.25f, 0.375f, 0.5f, 0.75f}) {  // exact in float32: 0.9 of 130 pixels would be 117 or 116
    host.reset();
    const auto src = drawn_frame({96, 130}, 1, 0, Rng(3));
    const auto got = host.run(floats(src), ratio).pha;
    const auto expected = model.network->forward(src, {}, ratio).alpha;
    EXPECT_LE((torch::from_blob(const_cast<float*>(got.values.data()), got.shape) - expected).abs().max().item<float>(), 1e-4f)
        << ratio;
  }
  host.reset();
  EXPECT_EQ(host.run(floats(drawn_frame({64, 64}, 1, 0, Rng(3))), 1.f).pha.shape, (std::vector<int64_t>{1, 1, 64, 64}));
}

TEST(RvmHost, RunsTheHalfFile) {
  const TrainedModel model = small_model(rvm_config());
  const std::string half = to_half(exported(model, rvm_settings()), "test");
  RvmHost host(with_float_ports(half, "test"));
  const torch::NoGradGuard no_grad;
  const auto src = drawn_frame({64, 96}, 1, 0, Rng(3)).to(torch::kFloat16).to(torch::kFloat32);
  const auto got = host.run(floats(src), 0.5f).pha;
  const auto expected = model.network->forward(src, {}, 0.5).alpha;
  EXPECT_LE((torch::from_blob(const_cast<float*>(got.values.data()), got.shape) - expected).abs().max().item<float>(), 4e-3f);
}

}  // namespace
}  // namespace facemat
