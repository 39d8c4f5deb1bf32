// Files that were damaged or made to do harm: an error line, never a crash, never a pass.

#include <gmock/gmock.h>
#include <onnx/onnx_pb.h>

#include <fstream>

#include "export/graph/proto.h"
#include "export/product/product.h"
#include "export/product/structure.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/random.h"
#include "src/core/seal.h"
#include "tests/export/small_model.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string& sound() {
  static const std::string onnx = [] {
    ExportConfig config;
    config.cases = {{"33x50", 1, 2, 0, false}};
    return make_product(small_model(), config, true, "x.onnx").onnx;
  }();
  return onnx;
}

std::string first_failure(const std::string& onnx) {
  for (const Finding& finding : check_file(onnx, "x.onnx"))
    if (!finding.passed) return finding.check + ": " + finding.detail;
  return "";
}

// Bits all over the file, more in its last bytes (contract, certificate, seal) and its first.
std::string damaged(int i) {
  Rng rng = Rng(7).fork("damage", static_cast<uint64_t>(i));
  std::string onnx = sound();
  const auto size = static_cast<int64_t>(onnx.size());
  const int64_t last = size - 1;
  const int64_t at = i % 4 == 0 ? rng.integer(size - 2000, last) : i % 4 == 1 ? rng.integer(0, 400) : rng.integer(0, last);
  if (i % 2 == 0) return onnx.substr(0, static_cast<size_t>(at));
  onnx[static_cast<size_t>(at)] = static_cast<char>(onnx[static_cast<size_t>(at)] ^ (1 << rng.integer(0, 7)));
  return onnx;
}

TEST(Damaged, TwoHundredFilesAreRefused) {
  EXPECT_EQ(first_failure(sound()), "");
  for (int i = 0; i < 200; ++i) {
    const std::string onnx = damaged(i);
    const std::string failure = first_failure(onnx);
    EXPECT_NE(failure, "") << "file " << i << " of " << onnx.size() << " bytes passed";
    EXPECT_EQ(failure.find('\n'), std::string::npos) << failure;
  }
}

// Without a seal nobody can tell that a weight has changed; still nothing may crash.
TEST(Damaged, FilesWithoutSealDoNotCrash) {
  const std::string body = exported(small_model(), {});
  Rng rng(9);
  for (int i = 0; i < 60; ++i) {
    std::string onnx = body;
    // The first kilobytes hold operators and names.
    for (int k = 0; k < 3; ++k)
      onnx[static_cast<size_t>(rng.integer(0, std::min<int64_t>(40000, static_cast<int64_t>(onnx.size()) - 1)))] ^=
          static_cast<char>(1 << rng.integer(0, 7));
    check_file(onnx, "x.onnx");
  }
}

std::string pointing_to(const std::string& location, bool in_branch = false) {
  onnx::ModelProto model = parse_onnx(without_seal(sound()), "x");
  onnx::TensorProto* tensor = model.mutable_graph()->mutable_initializer(0);
  if (in_branch) {
    auto* attribute = model.mutable_graph()->add_node()->add_attribute();
    attribute->set_name("then_branch");
    attribute->set_type(onnx::AttributeProto::GRAPH);
    tensor = attribute->mutable_g()->add_initializer();
    tensor->set_name("hidden");
  }
  tensor->clear_raw_data();
  tensor->set_data_location(onnx::TensorProto::EXTERNAL);
  auto* entry = tensor->add_external_data();
  entry->set_key("location");
  entry->set_value(location);
  return sealed(model.SerializeAsString());  // sealed by whoever made it: a seal is no signature
}

TEST(ExternalData, IsRefusedBeforeAnybodyOpensIt) {
  for (const char* path : {"../weights.bin", "/etc/passwd", "a/../../b"})
    EXPECT_THAT(first_failure(pointing_to(path)),
                AllOf(HasSubstr("external data: "), HasSubstr(path), HasSubstr("outside the model's folder")));
  EXPECT_THAT(first_failure(pointing_to("weights.bin")), AllOf(HasSubstr("'weights.bin'"), testing::Not(HasSubstr("outside"))));
  EXPECT_THAT(first_failure(pointing_to("../weights.bin", true)), HasSubstr("tensor 'hidden'"));
}

struct Outcome {
  int code;
  std::string output;
};

Outcome run_verify(const fs::path& file, const fs::path& log) {
  const std::string command =
      std::string(FACEMAT_BIN_DIR) + "/facemat-export verify --quiet " + file.string() + " >" + log.string() + " 2>&1";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(log)};
}

TEST(Damaged, TheProgramSaysSoAndFails) {
  const Scratch scratch;
  const fs::path file = scratch / "model.onnx", log = scratch / "log.txt";
  write_file(file, sound());
  EXPECT_EQ(run_verify(file, log).code, 0);
  std::vector<std::string> files = {"", "x", pointing_to("../weights.bin"), sound() + "x"};
  for (int i = 0; i < 2; ++i) files.push_back(damaged(i));
  for (const std::string& bytes : files) {
    write_file(file, bytes);
    const Outcome outcome = run_verify(file, log);
    EXPECT_EQ(outcome.code, 1) << outcome.output;
    EXPECT_THAT(outcome.output, AllOf(HasSubstr("FAILED"), HasSubstr("model.onnx: ")));
  }
}

}  // namespace
}  // namespace facemat
