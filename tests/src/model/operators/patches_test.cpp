#include "src/model/operators/patches.h"

#include "src/core/error.h"
#include "tests/src/model/compute/gradients.h"

namespace facemat {
namespace {

torch::Tensor cells(const std::vector<std::vector<int64_t>>& rows) {
  std::vector<torch::Tensor> all;
  for (const auto& row : rows) all.push_back(torch::tensor(row, torch::kInt64));
  return torch::stack(all);
}

torch::Tensor map_of(const std::vector<float>& values, const std::vector<int64_t>& shape) {
  return torch::tensor(values).view(shape);
}

const std::vector<float> kErrors = {0.1f, 0.5f, 0.5f, 0.2f, 0.9f, 0, 0, 0, 0, 0, 0, 0};

TEST(Patches, TheLargestComeFirstAndOfEqualOnesTheFirst) {
  const auto error = map_of(kErrors, {2, 1, 2, 3});
  EXPECT_TRUE(
      torch::equal(largest_cells(error, 0.5), cells({{0, 1, 1}, {0, 0, 1}, {0, 0, 2}, {1, 0, 0}, {1, 0, 1}, {1, 0, 2}})));
  EXPECT_TRUE(torch::equal(largest_cells(error, 0), cells({{0, 1, 1}, {1, 0, 0}})));
  EXPECT_EQ(largest_cells(error, 1).size(0), 12);
}

TEST(Patches, CellsAboveAThresholdAndOneOfEveryMap) {
  const auto error = map_of(kErrors, {2, 1, 2, 3});
  EXPECT_TRUE(torch::equal(cells_above(error, 0.4), cells({{0, 0, 1}, {0, 0, 2}, {0, 1, 1}, {1, 0, 0}})));
  EXPECT_TRUE(torch::equal(cells_above(error, 2), cells({{0, 1, 1}, {1, 0, 0}})));
}

TEST(Patches, HaveWhatLiesAroundTheirCellAndZerosBeyondTheMap) {
  const auto x = torch::arange(16, torch::kFloat32).view({1, 1, 4, 4});
  const auto expected = map_of({0, 0, 0, 0, 0, 0,  1,  2, 0,  4,  5,  6, 0, 8, 9, 10,  //
                                5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 0, 0, 0, 0},
                               {2, 1, 4, 4});
  const auto at = cells({{0, 0, 0}, {0, 1, 1}});
  EXPECT_TRUE(torch::equal(patches_at(x, at, 2, 1), expected));
  EXPECT_TRUE(torch::equal(patches_at(x.contiguous(torch::MemoryFormat::ChannelsLast), at, 2, 1), expected));
}

TEST(Patches, ArePutBackInTheirPlaces) {
  const auto x = torch::zeros({1, 1, 4, 4});
  const auto expected = map_of({0, 0, 1, 2, 0, 0, 3, 4, 5, 6, 0, 0, 7, 8, 0, 0}, {1, 1, 4, 4});
  const auto patches = torch::arange(1, 9, torch::kFloat32).view({2, 1, 2, 2});
  EXPECT_TRUE(torch::equal(with_patches(x, patches, cells({{0, 0, 1}, {0, 1, 0}}), 2), expected));
  EXPECT_EQ(x.abs().max().item<float>(), 0) << "the map itself stays as it was";
}

TEST(Patches, OfAllCellsMakeTheMapAgain) {
  torch::manual_seed(1);
  const auto x = random_map({3, 5, 8, 12}), other = torch::zeros_like(x);
  const auto all = largest_cells(torch::rand({3, 1, 2, 3}), 1);
  EXPECT_TRUE(torch::equal(with_patches(other, patches_at(x, all, 4, 0), all, 4), x));
}

TEST(Patches, GradientsEqualFiniteDifferences) {
  torch::manual_seed(2);
  const auto at = cells({{1, 0, 1}, {0, 0, 0}, {0, 1, 1}, {0, 0, 1}});
  for (const bool rows : {true, false}) {
    const auto map = [&] { return rows ? random_map({2, 2, 4, 4}) : torch::randn({2, 2, 4, 4}, torch::kFloat64); };
    expect_gradients([&](const Tensors& in) { return patches_at(in[0], at, 2, 3); }, {map()});
    expect_gradients([&](const Tensors& in) { return with_patches(in[0], in[1], at, 2); },
                     {map(), torch::randn({4, 2, 2, 2}, torch::kFloat64)});
  }
}

TEST(Patches, LieOnTheGrid) { EXPECT_THROW(patches_at(torch::rand({1, 1, 8, 8}), cells({{0, 0, 0}}), 4, 1), Error); }

}  // namespace
}  // namespace facemat
