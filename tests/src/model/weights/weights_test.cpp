#include "src/model/weights/weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/model/networks/models.h"
#include "tests/src/model/networks/configs.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string with_header(const std::string& header, const std::string& data) {
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size()), bytes[1] = static_cast<char>(header.size() >> 8);
  return bytes + header + data;
}

TEST(Safetensors, WritesTheFormatsBytes) {
  const TensorFile file{{{"a", torch::tensor({1.f, -2.f})}}, {}};
  const std::string header = R"({"a":{"data_offsets":[0,8],"dtype":"F32","shape":[2]}})";
  const std::string bytes = encode_safetensors(file);
  EXPECT_EQ(bytes.size() % 8, 0u);
  EXPECT_EQ(bytes.substr(8, header.size()), header);
  EXPECT_EQ(bytes.substr(bytes.size() - 8), std::string("\0\0\x80\x3f\0\0\0\xc0", 8));
}

TEST(Safetensors, RoundTripsEveryType) {
  TensorFile file{{{"f", torch::randn({2, 3})}, {"empty", torch::zeros({0, 4})}, {"scalar", torch::tensor(7, torch::kInt64)}},
                  {{"key", "value \"quoted\""}}};
  for (const auto dtype : {torch::kFloat64, torch::kFloat16, torch::kBFloat16, torch::kInt32, torch::kUInt8, torch::kBool})
    file.tensors[torch::toString(dtype)] = torch::ones({3}, dtype);
  const TensorFile back = decode_safetensors(encode_safetensors(file), "test");
  EXPECT_EQ(back.metadata, file.metadata);
  ASSERT_EQ(back.tensors.size(), file.tensors.size());
  for (const auto& [name, tensor] : file.tensors) {
    EXPECT_EQ(back.tensors.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(torch::equal(back.tensors.at(name), tensor)) << name;
  }
}

TEST(Safetensors, RefusesDamagedFiles) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "too short"},
      {std::string(8, '\xff'), "header length"},
      {with_header("nonsense", ""), "not a safetensors file"},
      {with_header(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "1234"), "outside the file"},
      {with_header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})", "12345678"), "does not match"},
      {with_header(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "1234"), "negative"},
      {with_header(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}})", "1234"), "larger than"},
      {with_header(R"({"a":{"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}})", ""), "larger than"},
      {with_header(R"({"a":{"dtype":"X9","shape":[1],"data_offsets":[0,4]}})", "1234"), "unknown dtype"},
      {with_header(R"({"a\u001b[2J":{"dtype":"X9","shape":[1],"data_offsets":[0,4]}})", "1234"), "tensor 'a\\x1b[2J': unknown"},
      {with_header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "12345678"), "gap"},
      {with_header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "12345678"), "belong to no tensor"},
      {with_header(R"({"a":{"dtype":"F32","shape":[1]}})", "1234"), "not a safetensors file"},
  };
  for (const auto& damaged : cases)
    EXPECT_THAT(message_of([&] { decode_safetensors(damaged.first, "x.safetensors"); }),
                testing::AllOf(testing::StartsWith("x.safetensors"), HasSubstr(damaged.second), Not(HasSubstr("\x1b"))));
}

TEST(Weights, ModelRoundTripsThroughAFile) {
  const Scratch scratch;
  const fs::path file = scratch / "model.safetensors";
  const auto network = make_model(quarter(), Rng(4));
  write_file(file, encode_model(*network, quarter(), {{"polarity", "visible_face"}}));
  const TrainedModel model = load_model(file);
  EXPECT_EQ(model.config.width, 0.25);
  EXPECT_EQ(model.metadata.at("polarity"), "visible_face");
  EXPECT_FALSE(model.network->is_training());
  const auto a = named_weights(*network), b = named_weights(*model.network);
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) EXPECT_TRUE(torch::equal(tensor, b.at(name))) << name;
}

TEST(Weights, AModelThatCannotBeIsNamed) {
  const Scratch scratch;
  const fs::path file = scratch / "model.safetensors";
  ModelConfig other = quarter();
  other.network = "unet";
  write_file(file, encode_model(*make_model(quarter(), Rng(4)), other, {}));
  EXPECT_THAT(message_of([&] { load_model(file); }),
              testing::StartsWith(file.string() + ": model.network is 'unet' (known: rvm_mobilenetv3"));
  other = quarter(), other.detached_uncertainty = true;
  write_file(file, encode_model(*make_model(quarter(), Rng(4)), other, {}));
  EXPECT_EQ(message_of([&] { load_model(file); }),
            file.string() + ": model.detached_uncertainty needs model.uncertainty: true");
}

TEST(Weights, LeftoversAreListed) {
  auto network = make_model(quarter(), Rng(4));
  auto weights = named_weights(*network);
  weights["stranger.weight"] = torch::zeros({1});
  EXPECT_THAT(message_of([&] { load_weights(*network, weights, "w"); }), HasSubstr("stranger.weight"));
  weights.erase("stranger.weight");
  weights.erase("project_mat.conv.bias");
  EXPECT_THAT(message_of([&] { load_weights(*network, weights, "w"); }), HasSubstr("lack project_mat.conv.bias"));
  weights["project_mat.conv.bias"] = torch::zeros({4});
  EXPECT_THAT(message_of([&] { load_weights(*network, weights, "w"); }), HasSubstr("another shape: project_mat.conv.bias"));
}

TEST(Weights, SaysWhatIsMissing) {
  const Scratch scratch;
  EXPECT_THAT(message_of([&] { load_model(scratch / "nothing"); }), HasSubstr("no such model"));
  EXPECT_THAT(message_of([&] { load_model(scratch.path()); }), HasSubstr("holds no model"));
}

}  // namespace
}  // namespace facemat
