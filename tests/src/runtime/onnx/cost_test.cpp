#include "src/runtime/onnx/cost.h"

#include <gtest/gtest.h>

#include "src/runtime/predictors/matter.h"
#include "tests/src/runtime/models.h"

namespace facemat {
namespace {

int folders_left() {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(fs::temp_directory_path()))
    count += entry.path().filename().string().rfind("facemat-profile-", 0) == 0;
  return count;
}

// One 1x1 convolution of three channels: three weights, three products for each pixel.
TEST(ModelCost, OfAConvolutionByHand) {
  const Scratch scratch;
  const fs::path file = write_accumulator(scratch / "m.onnx");
  const int before = folders_left();
  const ModelCost cost = model_cost(
      [&] {
        return std::make_unique<Matter>(file, MatterOptions{1, 0, false});
      },
      cv::Mat(20, 24, CV_8UC3, cv::Scalar::all(9)));
  EXPECT_EQ(cost.parameters, 3);
  EXPECT_EQ(cost.multiply_adds, 3.0 * 20 * 24);
  EXPECT_EQ(folders_left(), before);
}

// 3 channels to 6 in 3 groups, so one weight for each output channel; then a matrix product over the 24 columns.
TEST(ModelCost, OfGroupsAndMatrixProductsByHand) {
  using namespace tiny_onnx;
  const Scratch scratch;
  const fs::path file = scratch / "m.onnx";
  ModelContract contract;
  contract.network = "groups";
  const Bytes graph = node("Conv", {"src", "w"}, "half", attribute("group", 3)) + node("MatMul", {"half", "m"}, "wide") +
                      node("ReduceMean", {"wide"}, "pha", attribute("keepdims", 1) + axes({1})) +
                      weights("w", {6, 1, 1, 1}, std::vector<float>(6, 0)) +
                      weights("m", {24, 24}, std::vector<float>(24 * 24, 0)) + port(11, "src", {1, 3, 20, 24}) +
                      port(12, "pha", {1, 1, 20, 24});
  write_file(file, model(graph, contract_to_json(contract)));
  const ModelCost cost = model_cost(
      [&] {
        return std::make_unique<Matter>(file, MatterOptions{1, 0, false});
      },
      cv::Mat(20, 24, CV_8UC3, cv::Scalar::all(9)));
  EXPECT_EQ(cost.parameters, 6 + 24 * 24);
  EXPECT_EQ(cost.multiply_adds, 6.0 * 20 * 24 + 6.0 * 20 * 24 * 24);
}

// Two 1x1 convolutions of three channels and one of a trimap's single one.
TEST(ModelCost, OfAModelWithGuidesByHand) {
  const Scratch scratch;
  write_file(scratch / "m.onnx", guided_model());
  const ModelCost cost = model_cost(
      [&] {
        return std::make_unique<Matter>(scratch / "m.onnx", MatterOptions{1, 0, false});
      },
      cv::Mat(20, 24, CV_8UC3, cv::Scalar::all(9)));
  EXPECT_EQ(cost.parameters, 3 + 3 + 1);
  EXPECT_EQ(cost.multiply_adds, 7.0 * 20 * 24);
}

}  // namespace
}  // namespace facemat
