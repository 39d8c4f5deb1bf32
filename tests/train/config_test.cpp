#include "train/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch.h"

namespace facemat {
namespace {

std::string complaint(std::vector<LossTerm> losses) {
  TrainConfig config;
  config.losses = std::move(losses);
  return message_of([&] { check(config); });
}

TEST(TrainConfig, LossesMustFindWhatTheyNeed) {
  using testing::HasSubstr;
  EXPECT_THAT(complaint({{"nll", 1}}), HasSubstr("the loss nll needs model.uncertainty: true"));
  EXPECT_THAT(complaint({{"foreground_l1", 1}}), HasSubstr("the loss foreground_l1 needs model.foreground: true"));
  EXPECT_THAT(complaint({{"segmentation", 1}}), HasSubstr("the loss segmentation needs model.segmentation: true"));
  EXPECT_THAT(complaint({{"laplacian_uncertainty", 1}}), HasSubstr("the loss laplacian_uncertainty needs a teacher"));
  EXPECT_THAT(complaint({{"distillation", 1}}), HasSubstr("the loss distillation needs a teacher"));
  EXPECT_THAT(complaint({{"l1", 1}, {"nll", 0}}), "no error") << "what counts nothing needs nothing";
}

TEST(TrainConfig, LossesMustBeNamedOnce) {
  EXPECT_THAT(complaint({{"l1", 1}, {"l1", 2}}), testing::HasSubstr("'l1' is listed twice"));
  EXPECT_THAT(complaint({}), testing::HasSubstr("losses is empty"));
}

}  // namespace
}  // namespace facemat
