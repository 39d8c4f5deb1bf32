#include "src/model/networks/guides.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "src/core/file.h"
#include "src/model/weights/safetensors.h"
#include "tests/src/model/networks/oracle/oracle.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

TEST(Guides, ComeInTheOrderOfTheTable) {
  EXPECT_EQ(in_table_order({"segmentation", "trimap", "segmentation"}), (std::vector<std::string>{"trimap", "segmentation"}));
  EXPECT_TRUE(in_table_order({}).empty());
}

TEST(Guides, HaveTheFramesSizeAndTheTablesChannels) {
  const auto frames = torch::rand({2, 3, 3, 8, 6});
  for (const GuideEntry& entry : guide_table()) {
    const std::string name = entry.name, channels = std::to_string(entry.channels());
    const auto complaint = [&](const std::vector<int64_t>& sizes) {
      Guides guides;
      entry.of(guides) = torch::rand(sizes);
      return message_of([&] { check_guides(guides, {name}, frames); });
    };
    const std::string refusal = "a " + name + " has " + channels + " channels and the frames' size";
    EXPECT_EQ(complaint({2, 3, entry.channels(), 8, 6}), "no error");
    EXPECT_EQ(complaint({2, 3, entry.channels() + 1, 8, 6}), refusal);
    EXPECT_EQ(complaint({2, 3, entry.channels(), 6, 8}), refusal);
    EXPECT_EQ(complaint({3, entry.channels(), 8, 6}), refusal);
  }
}

class GuidesOracle : public OracleTest {};

// Whoever adds a guide lets networks in plain PyTorch be given it, too.
TEST_F(GuidesOracle, DrawsEveryGuideOfTheTable) {
  write("guides");
  if (IsSkipped() || HasFatalFailure()) return;
  const auto drawn = decode_safetensors(read_file(scratch_ / "guides.safetensors"), "guides").tensors;
  EXPECT_EQ(drawn.size(), guide_table().size());
  for (const GuideEntry& entry : guide_table()) {
    ASSERT_EQ(drawn.count(entry.name), 1u) << entry.name;
    EXPECT_EQ(drawn.at(entry.name).sizes().vec(), (std::vector<int64_t>{2, entry.channels(), 5, 7})) << entry.name;
  }
}

}  // namespace
}  // namespace facemat
