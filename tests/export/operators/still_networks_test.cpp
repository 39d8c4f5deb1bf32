// Networks of single frames, traced at one size, compute the same in ONNX Runtime at others, whatever they are given.

#include <gtest/gtest.h>

#include <algorithm>

#include "src/model/networks/models.h"
#include "src/model/weights/weights.h"
#include "tests/export/parity.h"
#include "tests/export/small_model.h"

namespace facemat {
namespace {

using Tensors = std::vector<torch::Tensor>;

struct StillCase {
  std::string name;
  ModelConfig config;
};
void PrintTo(const StillCase& c, std::ostream* out) { *out << c.name; }

const ModelEntry& entry_of(const StillCase& c) { return find_model(c.config.network); }

// With its colours, if it tells them.
StillCase still_case(const ModelEntry& entry) {
  StillCase c{entry.name, small_config(entry.name)};
  c.config.foreground = std::count(entry.settings.begin(), entry.settings.end(), "foreground") > 0;
  return c;
}

StillCase refining(const std::string& encoder, const std::string& what, double scale) {
  StillCase c = still_case(find_model("bgmv2_" + encoder));
  c.name += "_" + what;
  c.config.patches.refine = what, c.config.patches.scale = scale, c.config.patches.share = 0.2;
  return c;
}

// Every network that does not choose: of others two engines may choose differently in noise, and all that they tell changes
// (tests/export/proof/parity_test.cpp has them). BackgroundMattingV2 chooses patches, in every way that it can, by errors that
// are far enough apart here.
std::vector<StillCase> cases() {
  std::vector<StillCase> all;
  for (const ModelEntry& entry : model_table())
    if (entry.states == 0 && !entry.chooses) all.push_back(still_case(entry));
  for (const char* what : {"none", "sampling", "thresholding"}) all.push_back(refining("mobilenetv2", what, 0.5));
  all.push_back(refining("mobilenetv2", "full", 0.25));
  all.push_back(refining("resnet50", "sampling", 0.25));
  return all;
}

// A frame and what the network is given beside it, made of any numbers -> what the network tells of them.
TensorFunction forward_of(const StillCase& c, const std::shared_ptr<MattingNetwork>& network) {
  return [network, names = entry_of(c).guides](const Tensors& x) {
    Guides guides;
    for (size_t i = 0; i < names.size(); ++i) find_guide(names[i]).of(guides) = x[i + 1].clamp(0, 1);
    const Prediction prediction = network->forward(torch::sigmoid(x[0]), guides, {}, 1);
    Tensors out = {prediction.alpha};
    if (prediction.foreground.defined()) out.push_back(prediction.foreground);
    return out;
  };
}

std::vector<Shape> inputs_of(const StillCase& c, int64_t batch, int64_t height, int64_t width) {
  std::vector<Shape> shapes = {{batch, 3, height, width}};
  for (const std::string& name : entry_of(c).guides) shapes.push_back({batch, find_guide(name).channels(), height, width});
  return shapes;
}

std::shared_ptr<MattingNetwork> lively(const StillCase& c) {
  const torch::NoGradGuard no_grad;
  const auto network = make_model(c.config, Rng(3));
  see_frames(*network, [&] { forward_of(c, network)(random_tensors(inputs_of(c, 2, 128, 128))); });
  network->eval();
  return network;
}

class StillNetworks : public testing::TestWithParam<StillCase> {};

TEST_P(StillNetworks, ComputeTheSameAtEverySize) {
  const StillCase& c = GetParam();
  torch::manual_seed(5);
  const auto network = lively(c);
  const TensorFunction function = forward_of(c, network);
  const Exported exported = export_function(function, inputs_of(c, 1, 64, 64), named_weights(*network));
  for (const auto& shapes : {inputs_of(c, 1, 64, 64), inputs_of(c, 2, 45, 70), inputs_of(c, 1, 97, 32)})
    expect_parity(function, exported, shapes, 5e-4f);
}

INSTANTIATE_TEST_SUITE_P(Cases, StillNetworks, testing::ValuesIn(cases()), [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace facemat
