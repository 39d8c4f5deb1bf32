#include "src/model/weights/torch_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "src/model/weights/safetensors.h"
#include "tests/src/model/networks/oracle/oracle.h"
#include "tests/src/model/weights/torch_archives.h"

namespace facemat {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Tensors = std::map<std::string, torch::Tensor>;

void expect_equal(const Tensors& expected, const Tensors& tensors, const std::string& where) {
  EXPECT_EQ(tensors.size(), expected.size()) << where;
  for (const auto& [name, tensor] : expected) {
    ASSERT_TRUE(tensors.count(name)) << where << ": " << name;
    EXPECT_EQ(tensors.at(name).scalar_type(), tensor.scalar_type()) << where << ": " << name;
    EXPECT_TRUE(torch::equal(tensors.at(name), tensor)) << where << ": " << name;
  }
}

// An archive of this pickle, with the floats 0..5 as storage "0".
std::string archive_of(const std::string& pickle) {
  const auto data = torch::arange(6, torch::kFloat32);
  return torch_archive({{"data.pkl", pickle}, {"data/0", {static_cast<const char*>(data.data_ptr()), 24}}});
}

std::string file_with(const PickledTensor& tensor) {
  return archive_of(pickled(pickled_dictionary({{"a", pickled_tensor(tensor)}})));
}

std::string message(const std::string& bytes) {
  return message_of([&] { decode_torch_file(bytes, "f.pth"); });
}

TEST(TorchFile, ReadsWhatLibTorchWrites) {
  const Tensors tensors = {
      {"a.weight", torch::randn({2, 3})}, {"b", torch::tensor(7, torch::kInt64)}, {"c", torch::zeros({0, 4})}};
  const TorchFile file = decode_torch_file(saved_state_dict(tensors), "f.pth");
  EXPECT_FALSE(file.scripted);
  expect_equal(tensors, file.tensors, "f.pth");
}

TEST(TorchFile, ReadsViewsOfAStorage) {
  const auto all = torch::arange(6, torch::kFloat32);
  EXPECT_TRUE(torch::equal(decode_torch_file(file_with({}), "f").tensors.at("a"), all.view({2, 3})));
  PickledTensor column;
  column.sizes = {2}, column.strides = {3}, column.offset = 2;
  EXPECT_TRUE(torch::equal(decode_torch_file(file_with(column), "f").tensors.at("a"), torch::tensor({2.f, 5.f})));
}

TEST(TorchFile, NoTensorLeavesItsStorage) {
  const auto refused = [](auto change) {
    PickledTensor tensor;
    change(tensor);
    return message(file_with(tensor));
  };
  constexpr int64_t kHuge = int64_t{1} << 62;
  const auto larger = AllOf(StartsWith("f.pth: a tensor of shape ["), HasSubstr("is larger than its storage"));
  EXPECT_THAT(refused([](auto& t) { t.sizes = {3, 3}; }), larger);
  EXPECT_THAT(refused([](auto& t) { t.strides = {4, 1}; }), larger);
  EXPECT_THAT(refused([](auto& t) { t.offset = 1; }), larger);
  EXPECT_THAT(refused([](auto& t) { t.offset = kHuge; }), larger);
  EXPECT_THAT(refused([](auto& t) { t.sizes = {kHuge, kHuge}; }), larger);
  EXPECT_THAT(refused([](auto& t) { t.strides = {kHuge, kHuge}; }), larger);
  EXPECT_THAT(refused([](auto& t) { t.sizes = {kHuge}, t.strides = {0}; }), larger);
  EXPECT_THAT(refused([](auto& t) { t.sizes = {kHuge, kHuge, 0}, t.strides = {1, 1, 1}; }), larger);
  EXPECT_THAT(refused([](auto& t) { t.sizes = {6}; }), larger);  // two strides
  EXPECT_THAT(refused([](auto& t) { t.offset = -1; }), HasSubstr("without its shape"));
  EXPECT_THAT(refused([](auto& t) { t.sizes = {-2, 3}; }), HasSubstr("no list of sizes"));
  EXPECT_THAT(refused([](auto& t) { t.strides = {-3, 1}; }), HasSubstr("no list of sizes"));
  EXPECT_THAT(refused([](auto& t) { t.sizes.assign(17, 1), t.strides.assign(17, 1); }), HasSubstr("no list of sizes"));
  EXPECT_THAT(refused([](auto& t) { t.count = 7; }), HasSubstr("has 24 bytes, too few or too many for 7 elements"));
  EXPECT_THAT(refused([](auto& t) { t.count = kHuge; }), HasSubstr("too few or too many"));
  EXPECT_THAT(refused([](auto& t) { t.count = -1; }), HasSubstr("none of torch.save's"));
  EXPECT_THAT(refused([](auto& t) { t.type = "DoubleStorage"; }), HasSubstr("too few or too many"));
  EXPECT_THAT(refused([](auto& t) { t.type = "ComplexFloatStorage"; }),
              HasSubstr("'torch ComplexFloatStorage' are not supported"));
  EXPECT_THAT(refused([](auto& t) { t.key = "9"; }), HasSubstr("no record 'archive/data/9'"));
  EXPECT_THAT(refused([](auto& t) { t.key = "\n"; }), HasSubstr("none of torch.save's"));
}

TEST(TorchFile, RefusesWhatIsNoStateDict) {
  EXPECT_THAT(message(archive_of(pickled("K\1"))), HasSubstr("holds no dictionary"));
  EXPECT_THAT(message(archive_of(pickled("}"))), HasSubstr("holds a dictionary without tensors under names"));
  EXPECT_THAT(message(archive_of(pickled("cos\nsystem\n" + pickled_text("touch x") + "\x85R"))),
              HasSubstr("holds an object of 'os system'"));
  EXPECT_THAT(message(archive_of(pickled("}(K\1" + pickled_tensor({}) + "u"))), HasSubstr("without tensors under names"));
  EXPECT_THAT(message(archive_of(pickled(pickled_dictionary({{"a\nb", pickled_tensor({})}})))), HasSubstr("cannot be printed"));
  EXPECT_THAT(message(torch_archive({{"other", "x"}})), HasSubstr("that PyTorch did not write"));
  EXPECT_THAT(message(torch_archive({{"data.pkl", pickled("}")}, {"byteorder", "big"}})), HasSubstr("big-endian"));
  PickledTensor other;
  other.type = "IntStorage";
  EXPECT_THAT(message(archive_of(pickled(pickled_dictionary({{"a", pickled_tensor({})}, {"b", pickled_tensor(other)}})))),
              HasSubstr("described in two ways"));
}

TEST(TorchFile, WalksOfModulesEnd) {
  const std::string module = "c__torch__\nNet\n)\x81";
  const auto in_itself = [&](const std::string& name) {
    return archive_of(pickled(module + "q\1}" + pickled_text(name) + "h\1sb"));
  };
  EXPECT_THAT(message(in_itself("")), HasSubstr("nested more than 64 deep"));
  EXPECT_THAT(message(in_itself("self")), HasSubstr("a name of more than 256 characters"));
  // Thirty modules, each with the one before it twice: a thousand million paths.
  std::string modules = module + "}bq" + '\1';
  for (char i = 1; i <= 30; ++i) {
    const std::string before = std::string("h") + i;
    modules += module + "}(" + pickled_text("a") + before + pickled_text("b") + before + "ubq" + static_cast<char>(i + 1);
  }
  EXPECT_THAT(message(archive_of(pickled(modules))), HasSubstr("more than 1000000 attributes"));
}

TEST(TorchFile, RefusesEveryTruncation) {
  const std::string bytes = saved_state_dict({{"a.weight", torch::randn({2, 3})}});
  for (size_t size = 4; size < bytes.size(); ++size) EXPECT_THAT(message(bytes.substr(0, size)), StartsWith("f.pth: ")) << size;
}

// With up to three bits among the first `extent` bytes turned, a file is refused in one line, or the bits were of no
// importance. Returns how many of `times` such files were refused.
int refused_of(const std::string& bytes, size_t extent, int times) {
  std::mt19937 random(1);
  int refused = 0;
  for (int i = 0; i < times; ++i) {
    std::string damaged = bytes;
    for (int k = 0; k <= i % 3; ++k) damaged[random() % extent] ^= static_cast<char>(1 << random() % 8);
    const std::string text = message(damaged);
    EXPECT_THAT(text, Not(HasSubstr("\n")));
    refused += text != "no error";
  }
  return refused;
}

TEST(TorchFile, SurvivesFlippedBits) {
  const std::string bytes = saved_state_dict({{"a.weight", torch::randn({20, 30})}, {"a.bias", torch::randn({20})}});
  EXPECT_GT(refused_of(bytes, bytes.size(), 2000), 1000);
}

// Behind the archive's checksums, where damage that was made on purpose would be.
TEST(TorchFile, SurvivesFlippedBitsOfThePickle) {
  const std::string pickle = pickled(pickled_dictionary({{"a", pickled_tensor({})}, {"b", pickled_tensor({})}}));
  std::mt19937 random(2);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = pickle;
    for (int k = 0; k <= i % 3; ++k) damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
    const std::string text = message(archive_of(damaged));
    EXPECT_THAT(text, Not(HasSubstr("\n")));
    refused += text != "no error";
  }
  EXPECT_GT(refused, 1000);
}

class TorchFileOracle : public OracleTest {
 protected:
  TorchFile read(const std::string& name) {
    const fs::path file = scratch_ / name;
    return decode_torch_file(read_file(file), name);
  }
  std::string refusal(const std::string& name) {
    return message_of([&] { read(name); });
  }
};

TEST_F(TorchFileOracle, EveryWayToSaveGivesTheSameTensors) {
  write("formats");
  if (IsSkipped()) return;
  const auto truth = decode_safetensors(read_file(scratch_ / "truth.safetensors"), "truth").tensors;
  ASSERT_EQ(truth.size(), 380u);
  for (const char* name : {"rvm.pth", "legacy.pth", "parameters.pth", "checkpoint.pth", "traced.torchscript"}) {
    const TorchFile file = read(name);
    EXPECT_EQ(file.scripted, std::string(name) == "traced.torchscript") << name;
    expect_equal(truth, file.tensors, name);
  }
  Tensors halves;
  for (const auto& [name, tensor] : truth) halves[name] = tensor.is_floating_point() ? tensor.to(torch::kFloat16) : tensor;
  expect_equal(halves, read("half.torchscript").tensors, "half.torchscript");

  const std::string legacy = read_file(scratch_ / "legacy.pth");
  for (const size_t size : {16, 20, 100, 5000, 100'000, 10'000'000})
    EXPECT_THAT(message(legacy.substr(0, size)), StartsWith("f.pth: ")) << size;
  EXPECT_THAT(message(legacy.substr(0, legacy.size() - 1)), HasSubstr("cut short"));
  EXPECT_GT(refused_of(legacy, 40'000, 100), 20);  // the pickles
  const std::string archive = read_file(scratch_ / "rvm.pth");
  EXPECT_GT(refused_of(archive, archive.size(), 100), 80);
}

TEST_F(TorchFileOracle, OtherFilesAreReadOrRefusedWithTheReason) {
  write("others");
  if (IsSkipped()) return;
  const auto views = read("views.pth").tensors;
  const auto tied = torch::arange(12, torch::kFloat32).view({3, 4});
  expect_equal({{"whole", tied},
                {"column", tied.select(1, 1)},
                {"turned", tied.t()},
                {"double", tied.to(torch::kFloat64)},
                {"half", tied.to(torch::kFloat16)},
                {"brain", tied.to(torch::kBFloat16)},
                {"int32", tied.to(torch::kInt32)},
                {"bool", tied > 5},
                {"empty", tied.narrow(0, 0, 0)},
                {"scalar", torch::tensor(5, torch::kInt64)}},
               views, "views.pth");
  const auto scripted = read("scripted.torchscript");
  EXPECT_TRUE(scripted.scripted);
  EXPECT_EQ(scripted.tensors.size(), 8u);
  EXPECT_EQ(scripted.tensors.at("layers.0.weight").sizes().vec(), (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(scripted.tensors.at("step").item<int64_t>(), 5);
  EXPECT_EQ(read("command.pth").tensors.size(), 1u);
  EXPECT_FALSE(fs::exists(scratch_ / "witness"));  // Python's pickle would have run a command

  EXPECT_THAT(refusal("frozen.torchscript"), HasSubstr("without parameters"));
  EXPECT_THAT(refusal("namespace.pth"), HasSubstr("holds an object of 'argparse Namespace'"));
  EXPECT_THAT(refusal("object.pth"), HasSubstr("holds an object of 'torch.nn.modules.linear Linear'"));
  EXPECT_THAT(refusal("legacy_object.pth"), StartsWith("legacy_object.pth: "));
  EXPECT_THAT(refusal("integers.pth"), HasSubstr("without tensors under names"));
  EXPECT_THAT(refusal("protocol4.pth"), HasSubstr("protocol 4"));
  EXPECT_THAT(refusal("complex.pth"), HasSubstr("are not supported"));
  EXPECT_THAT(refusal("packed.pth"), HasSubstr("is compressed"));
}

}  // namespace
}  // namespace facemat
