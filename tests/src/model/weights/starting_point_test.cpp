#include "src/model/weights/starting_point.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "src/core/file.h"
#include "src/core/text.h"
#include "src/model/networks/models.h"
#include "src/model/weights/weights.h"
#include "tests/src/model/networks/configs.h"
#include "tests/src/model/networks/oracle/oracle.h"
#include "tests/src/model/weights/torch_archives.h"

namespace facemat {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using Tensors = std::map<std::string, torch::Tensor>;

// Copies of a network's weights.
Tensors weights_of(const ModelConfig& config, uint64_t seed) {
  Tensors weights;
  for (const auto& [name, tensor] : named_weights(*make_model(config, Rng(seed)))) weights[name] = tensor.detach().clone();
  return weights;
}

WeightsFile state_dict(Tensors tensors) { return {"rvm.pth", WeightsKind::kStateDict, std::move(tensors)}; }

TEST(StartingPoint, KnowsFilesByTheirContent) {
  const Scratch scratch;
  const auto network = make_model(quarter(), Rng(1));
  const auto weights = named_weights(*network);
  const auto kind = [&](const std::string& bytes) {
    write_file(scratch / "file", bytes);
    const WeightsFile file = read_weights(scratch / "file");
    EXPECT_EQ(file.tensors.size(), weights.size());
    EXPECT_EQ(file.file, scratch / "file");
    return file.kind;
  };
  EXPECT_EQ(kind(encode_model(*network, quarter(), {})), WeightsKind::kModel);
  EXPECT_EQ(kind(encode_safetensors({weights, {}})), WeightsKind::kSafetensors);
  EXPECT_EQ(kind(saved_state_dict(weights)), WeightsKind::kStateDict);
}

TEST(StartingPoint, ReadsOurRuns) {
  const Scratch scratch;
  const fs::path checkpoint = scratch / "checkpoints/step-00000004";
  write_file(checkpoint / "model.safetensors", encode_model(*make_model(quarter(), Rng(1)), quarter(), {}));
  write_file(scratch / "checkpoints/latest", "step-00000004");
  EXPECT_EQ(read_weights(scratch.path()).kind, WeightsKind::kModel);
  EXPECT_EQ(read_weights(checkpoint).file, checkpoint / "model.safetensors");
  write_file(scratch / "checkpoints/latest", "../../elsewhere");
  EXPECT_THAT(message_of([&] { read_weights(scratch.path()); }),
              HasSubstr("checkpoints/latest: '../../elsewhere' is no checkpoint of this run"));
}

TEST(StartingPoint, RefusesOtherFilesInOneLine) {
  const Scratch scratch;
  const fs::path file = scratch / "weights.pth";
  const auto message = [&](const std::string& bytes) {
    write_file(file, bytes);
    return message_of([&] { read_weights(file); });
  };
  const auto named = AllOf(StartsWith(file.string() + ": "), Not(HasSubstr("\n")));
  EXPECT_THAT(message(""), AllOf(named, HasSubstr("not a file of weights (known: safetensors, ")));
  EXPECT_THAT(message("no weights at all\n"), AllOf(named, HasSubstr("not a file of weights")));
  EXPECT_THAT(message(pickled("}")), AllOf(named, HasSubstr("not a file of weights")));
  EXPECT_THAT(message(torch_archive({{"readme.txt", "x"}})), AllOf(named, HasSubstr("PyTorch did not write")));
  EXPECT_THAT(message(encode_safetensors({{{std::string(300, 'n'), torch::zeros({1})}}, {}})),
              AllOf(named, HasSubstr("longer than 256")));
  EXPECT_THAT(message(encode_safetensors({{{"a\x1b[0m", torch::zeros({1})}}, {}})),
              AllOf(named, HasSubstr("cannot be printed")));
  EXPECT_THAT(message_of([&] { read_weights(scratch / "nothing"); }), HasSubstr("no such model"));
}

TEST(StartingPoint, TakesWhatFits) {
  const Tensors weights = weights_of(quarter(), 1);
  auto network = make_model(quarter(), Rng(2));
  const StartReport report = start_from(*network, state_dict(weights));
  EXPECT_EQ(report.taken.size(), weights.size());
  for (const auto& [name, tensor] : named_weights(*network)) EXPECT_TRUE(torch::equal(tensor, weights.at(name))) << name;
  for (const auto& list : {report.adapted, report.misshapen, report.missing, report.left_over}) EXPECT_THAT(list, IsEmpty());
  for (const auto& parameter : network->parameters()) EXPECT_TRUE(parameter.requires_grad());
}

TEST(StartingPoint, CountersOfBatchNormsAreNotMissed) {
  Tensors weights = weights_of(quarter(), 1);
  size_t counters = 0;
  for (auto it = weights.begin(); it != weights.end();) {
    const bool counter = it->first.find("num_batches_tracked") != std::string::npos;
    counters += counter;
    it = counter ? weights.erase(it) : std::next(it);
  }
  const auto network = make_model(quarter(), Rng(2));
  const StartReport report = start_from(*network, state_dict(weights));
  EXPECT_GT(counters, 0u);
  EXPECT_EQ(report.taken.size(), weights.size());
  EXPECT_THAT(report.missing, IsEmpty());
}

TEST(StartingPoint, TakesTheAlphaRowOfRvmsHead) {
  const Tensors rvm = weights_of(published(0.25), 1);
  ModelConfig teacher = quarter();
  teacher.uncertainty = true;
  auto network = make_model(teacher, Rng(2));
  const Tensors before = weights_of(teacher, 2);
  const StartReport report = start_from(*network, state_dict(rvm));
  const Tensors after = named_weights(*network);
  EXPECT_THAT(report.adapted, ElementsAre("project_mat.conv.bias", "project_mat.conv.weight"));
  EXPECT_TRUE(torch::equal(after.at("project_mat.conv.weight"), rvm.at("project_mat.conv.weight").narrow(0, 3, 1)));
  EXPECT_TRUE(torch::equal(after.at("project_mat.conv.bias"), rvm.at("project_mat.conv.bias").narrow(0, 3, 1)));
  EXPECT_THAT(report.missing, Each(StartsWith("project_uncertainty.")));
  EXPECT_EQ(report.missing.size(), 7u) << "beside the batch norm's counter";
  for (const auto& name : report.missing) EXPECT_TRUE(torch::equal(after.at(name), before.at(name))) << name;
  EXPECT_EQ(report.taken.size(), before.size() - 10);
  EXPECT_EQ(report.left_over.size(), rvm.size() - report.taken.size() - 2);
}

TEST(StartingPoint, PutsAlphaIntoAHeadWithForeground) {
  const Tensors alpha = weights_of(quarter(), 1), before = weights_of(published(0.25), 2);
  auto network = make_model(published(0.25), Rng(2));
  const StartReport report = start_from(*network, state_dict(alpha));
  const auto row = [](const Tensors& weights, int64_t begin, int64_t count) {
    return weights.at("project_mat.conv.weight").narrow(0, begin, count);
  };
  const Tensors after = named_weights(*network);
  EXPECT_EQ(report.adapted.size(), 2u);
  EXPECT_TRUE(torch::equal(row(after, 3, 1), row(alpha, 0, 1)));
  EXPECT_TRUE(torch::equal(row(after, 0, 3), row(before, 0, 3)));
}

// A ResNet as torchvision's classifiers name it is the encoder of either kind of network.
TEST(StartingPoint, AClassifierIsAnEncoder) {
  ModelConfig config = quarter();
  config.network = "rvm_resnet50";
  Tensors classifier;
  for (const auto& [name, tensor] : weights_of(config, 1))
    if (name.rfind("backbone.", 0) == 0) classifier[name.substr(9)] = tensor;
  auto network = make_model(config, Rng(2));
  const StartReport report = start_from(*network, state_dict(classifier));
  EXPECT_EQ(report.taken.size(), classifier.size());
  EXPECT_THAT(report.taken, Each(StartsWith("backbone.")));
  EXPECT_THAT(report.left_over, IsEmpty());
  EXPECT_TRUE(
      torch::equal(named_weights(*network).at("backbone.layer1.0.conv1.weight"), classifier.at("layer1.0.conv1.weight")));
}

// A convolution of frames where the network has one of frames and more.
TEST(StartingPoint, WeightsOfOtherChannelsStartAtZero) {
  torch::nn::Sequential network;
  network->push_back("conv1", torch::nn::Conv2d(torch::nn::Conv2dOptions(5, 4, 3).bias(false)));
  const auto frames = torch::rand({4, 3, 3, 3});
  const StartReport report = start_from(*network, state_dict({{"conv1.weight", frames}}));
  EXPECT_THAT(report.adapted, ElementsAre("conv1.weight"));
  const auto weight = named_weights(*network).at("conv1.weight");
  EXPECT_TRUE(torch::equal(weight.narrow(1, 0, 3), frames));
  EXPECT_TRUE(torch::equal(weight.narrow(1, 3, 2), torch::zeros({4, 2, 3, 3})));
  EXPECT_THAT(report_lines(report),
              ElementsAre(HasSubstr("taken 0 of 1 weights"), "adapted (channels beside the frame's start at 0): conv1.*"));
}

// Published files of networks whose parts share an encoder list it twice.
TEST(StartingPoint, CopiesOfAnEncoderAreNotLeftOver) {
  ModelConfig config;
  config.network = "modnet";
  config.width = 0.25;
  const Tensors own = weights_of(config, 1);
  Tensors file = own;
  for (const auto& [name, tensor] : own)
    if (starts_with(name, "backbone.")) file["lr_branch." + name] = tensor.clone();
  ASSERT_GT(file.size(), own.size());
  auto network = make_model(config, Rng(2));
  const StartReport report = start_from(*network, state_dict(file));
  EXPECT_EQ(report.taken.size(), own.size());
  EXPECT_EQ(report.repeated.size(), file.size() - own.size());
  EXPECT_THAT(report.left_over, IsEmpty());
  EXPECT_THAT(report_lines(report), Contains("in the file once more: lr_branch.backbone.*"));

  // Other numbers are no copy.
  file.at("lr_branch." + report.taken.front()).add_(1);
  const StartReport other = start_from(*network, state_dict(file));
  EXPECT_THAT(other.left_over, ElementsAre("lr_branch." + report.taken.front()));

  // Nor are numbers of another type.
  file.at("lr_branch." + report.taken.front()) = own.at(report.taken.front()).to(torch::kFloat64);
  EXPECT_THAT(start_from(*network, state_dict(file)).left_over, ElementsAre("lr_branch." + report.taken.front()));
}

TEST(StartingPoint, ConvertsHalfPrecision) {
  Tensors half = weights_of(quarter(), 1);
  for (auto& [name, tensor] : half)
    if (tensor.is_floating_point()) tensor = tensor.to(torch::kFloat16);
  auto network = make_model(quarter(), Rng(2));
  start_from(*network, state_dict(half));
  for (const auto& [name, tensor] : named_weights(*network)) {
    EXPECT_NE(tensor.scalar_type(), torch::kFloat16);
    EXPECT_TRUE(torch::equal(tensor, half.at(name).to(tensor.scalar_type()))) << name;
  }
}

TEST(StartingPoint, ReportsWhatWasLeft) {
  auto network = make_model(
      [] {
        ModelConfig config = quarter();
        config.uncertainty = config.refiner = true;
        return config;
      }(),
      Rng(2));
  const auto lines = report_lines(start_from(*network, state_dict(weights_of(published(0.25), 1))));
  EXPECT_THAT(lines,
              ElementsAre("rvm.pth (a state dict): taken 372 of 385 weights", "adapted (alpha row): project_mat.*",
                          "left at random: project_uncertainty.*",
                          "left at random, other shape in the file: refiner.box_filter.*, refiner.conv.0.*, refiner.conv.6.*",
                          "left over in the file: project_seg.*",
                          "note: alpha of published matting networks is the person, here it is the visible face: train on"));
}

TEST(StartingPoint, OurOwnModelsKeepTheirMeaning) {
  auto network = make_model(quarter(), Rng(2));
  const auto lines = report_lines(start_from(*network, {"run", WeightsKind::kModel, weights_of(quarter(), 1)}));
  EXPECT_THAT(lines, ElementsAre(HasSubstr("run (a model of this project): taken 363 of 363 weights")));
}

TEST(StartingPoint, RefusesAnotherNetworkAndChangesNothing) {
  const Tensors before = weights_of(quarter(), 2);
  auto network = make_model(quarter(), Rng(2));
  const auto refusal = [&](const Tensors& tensors) {
    const std::string message = message_of([&] { start_from(*network, state_dict(tensors)); });
    for (const auto& [name, tensor] : named_weights(*network)) EXPECT_TRUE(torch::equal(tensor, before.at(name))) << name;
    return message;
  };
  EXPECT_THAT(refusal({{"layer1.weight", torch::zeros({3, 4})}}),
              AllOf(StartsWith("rvm.pth: these weights are of another network (0 of 363 names fit, 0.0 % of its numbers)"),
                    HasSubstr("expected aspp.aspp1.0.weight ["), HasSubstr("found layer1.weight [3, 4]")));
  // All names fit, few shapes do: the full width.
  EXPECT_THAT(refusal(weights_of(ModelConfig{}, 1)),
              AllOf(HasSubstr("another network"), HasSubstr("found aspp.aspp1.0.weight [128, 960, 1, 1]")));
  Tensors broken = weights_of(quarter(), 1);
  broken["aspp.aspp2.1.weight"].view(-1)[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(refusal(broken), HasSubstr("not all of its numbers are finite ('aspp.aspp2.1.weight')"));
}

class StartingPointOracle : public OracleTest {};

TEST_F(StartingPointOracle, PublishedFilesOfOtherNetworks) {
  write("others");
  if (IsSkipped()) return;
  for (const char* file : {"mobilenet.pth", "mobilenet.safetensors"}) {
    const WeightsFile weights = read_weights(scratch_ / file);
    auto network = make_model({}, Rng(2));
    const StartReport report = start_from(*network, weights);
    EXPECT_THAT(report.taken, Each(StartsWith("backbone.features.")));
    EXPECT_THAT(report.taken, Contains("backbone.features.16.0.weight"));
    EXPECT_THAT(report.missing, Each(Not(StartsWith("backbone."))));
    EXPECT_THAT(report.misshapen, IsEmpty());
    EXPECT_THAT(report.left_over,
                ElementsAre("classifier.0.bias", "classifier.0.weight", "classifier.3.bias", "classifier.3.weight"));
    EXPECT_TRUE(torch::equal(named_weights(*network).at("backbone.features.4.block.2.fc1.weight"),
                             weights.tensors.at("features.4.block.2.fc1.weight")));
    EXPECT_THAT(report_lines(report),
                ElementsAre(HasSubstr("taken 308 of 357 weights"), "left at random: aspp.*, decoder.*, project_mat.*",
                            "left over in the file: classifier.*"));
  }
  auto network = make_model(published(1), Rng(2));
  EXPECT_THAT(message_of([&] { start_from(*network, read_weights(scratch_ / "resnet.pth")); }),
              AllOf(HasSubstr("another network"), HasSubstr("expected aspp.aspp1.0.weight [128, 960, 1, 1]"),
                    HasSubstr("found backbone.conv1.weight [64, 3, 7, 7], backbone.layer1.0.conv1.weight [64, 64, 1, 1]")));
}

}  // namespace
}  // namespace facemat
