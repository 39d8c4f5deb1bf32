// The program itself: what it prints, what it leaves behind.

#include <gmock/gmock.h>

#include <cstdlib>

#include "export/graph/onnx_writer.h"
#include "export/product/certificate.h"
#include "src/core/file.h"
#include "src/core/json.h"
#include "src/core/seal.h"
#include "tests/export/small_model.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Outcome {
  int code;
  std::string output;  // standard output, then standard error
};

class Program : public testing::Test {
 protected:
  Program() { write_file(weights, encode_model(*model_.network, model_.config, {{"polarity", "visible_face"}})); }

  Outcome run(const std::string& arguments) const {
    const fs::path out = scratch / "out.txt", err = scratch / "err.txt";
    const std::string command =
        std::string(FACEMAT_BIN_DIR) + "/facemat-export " + arguments + " >" + out.string() + " 2>" + err.string();
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out) + read_file(err)};
  }
  Outcome exported(const std::string& arguments) const {
    return run("--quiet --model " + weights.string() + " --out " + onnx.string() + " --config " + config().string() + " " +
               arguments);
  }
  // Two short clips instead of the usual ones.
  fs::path config() const {
    const fs::path file = scratch / "quick.yaml";
    write_file(file, "frames: 2\ncases:\n  - {size: 64x48}\n  - {size: 33x50, batch: 3}\n");
    return file;
  }

  const Scratch scratch;
  const fs::path weights = scratch / "model.safetensors", onnx = scratch / "out" / "model.onnx";

 private:
  TrainedModel model_ = small_model();
};

TEST_F(Program, ExportsAndVerifies) {
  const Outcome made = exported("");
  ASSERT_EQ(made.code, 0) << made.output;
  EXPECT_THAT(made.output, AllOf(HasSubstr("MB, fp32 for ort, frames of any size"), HasSubstr("over 4 frames at 2 sizes"),
                                 HasSubstr("next: facemat verify " + onnx.string())));
  EXPECT_TRUE(seal_holds(read_file(onnx)));

  const Outcome checked = run("verify --quiet " + onnx.string());
  EXPECT_EQ(checked.code, 0) << checked.output;
  EXPECT_THAT(checked.output, AllOf(HasSubstr("ok      seal"), HasSubstr("ok      certificate"), Not(HasSubstr("FAILED"))));

  const Outcome compared =
      run("verify --quiet " + onnx.string() + " --config " + config().string() + " --model " + weights.string());
  EXPECT_EQ(compared.code, 0) << compared.output;
  EXPECT_THAT(compared.output, AllOf(HasSubstr("ok      weights"), HasSubstr("ok      numerics")));
}

TEST_F(Program, ExportsAModelThatIsGivenATrimap) {
  const TrainedModel given = small_model(small_config("iamalpha"));
  write_file(weights, encode_model(*given.network, given.config, {{"polarity", "visible_face"}}));
  const Outcome made = exported("");
  ASSERT_EQ(made.code, 0) << made.output;
  EXPECT_THAT(made.output, AllOf(HasSubstr("over 4 frames at 2 sizes"), HasSubstr("--target face.png --trimap trimap.png ")));
  const Outcome compared =
      run("verify --quiet " + onnx.string() + " --config " + config().string() + " --model " + weights.string());
  EXPECT_EQ(compared.code, 0) << compared.output;
  EXPECT_THAT(compared.output, AllOf(HasSubstr("ok      trial run"), HasSubstr("ok      numerics")));
  EXPECT_THAT(exported("--ratio 0.5").output, HasSubstr("ratio is 0.5: only 1 is possible, the network 'iamalpha' works at"));
}

TEST_F(Program, ExplainsAFileOfAnotherModel) {
  ASSERT_EQ(exported("").code, 0);
  TrainedModel other = small_model();
  const torch::NoGradGuard no_grad;
  for (auto& parameter : other.network->parameters()) parameter.mul_(1.1);
  write_file(weights, encode_model(*other.network, other.config, {}));
  const Outcome compared =
      run("verify --quiet " + onnx.string() + " --config " + config().string() + " --model " + weights.string());
  EXPECT_EQ(compared.code, 1);
  EXPECT_THAT(compared.output, AllOf(HasSubstr("FAILED  weights"), HasSubstr("FAILED  numerics"),
                                     HasSubstr("first over the limit: frame 0"), HasSubstr("cause: other weights")));
}

TEST_F(Program, SpeaksJson) {
  const Outcome made = exported("--json --precision fp16");
  ASSERT_EQ(made.code, 0) << made.output;
  const auto json = nlohmann::json::parse(made.output);
  EXPECT_EQ(json["precision"], "fp16");
  EXPECT_EQ(json["bytes"], fs::file_size(onnx));
  EXPECT_LE(json["parity"]["outputs"]["pha"]["max"].get<double>(), 4e-3);
  const auto checked = nlohmann::json::parse(run("verify --json " + onnx.string()).output);
  EXPECT_TRUE(checked["passed"].get<bool>());
  EXPECT_EQ(checked["checks"][0]["check"], "seal");
}

TEST_F(Program, LeavesNothingBehindWhenItFails) {
  EXPECT_EQ(exported("--set limit=1e-12").code, 1);
  EXPECT_FALSE(fs::exists(onnx));
  EXPECT_FALSE(fs::exists(onnx.parent_path()));
}

TEST_F(Program, SaysInOneLineWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"--set ratio=0.5", "no refiner"},
      {"--set frame=1", "frame"},
      {"--precision fp8", "fp32, fp16, int8"},
      {"--size 64", "HEIGHTxWIDTH"},
      {"--size 8x8", "from 16x16"},
      {"--precision int8 --set calibration.dataset=/nowhere", "/nowhere: no such folder"},
  };
  for (const auto& [arguments, expected] : cases) {
    const Outcome outcome = exported(arguments);
    EXPECT_EQ(outcome.code, 1) << arguments;
    EXPECT_THAT(outcome.output, HasSubstr(expected)) << arguments;
    EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 1) << outcome.output;
    EXPECT_FALSE(fs::exists(onnx)) << arguments;
  }
  EXPECT_THAT(run("--model " + weights.string()).output, HasSubstr("--out FILE is needed"));
  EXPECT_THAT(run("--out x.onnx").output, HasSubstr("--model RUN is needed"));
  EXPECT_THAT(run("--model /nowhere --out x.onnx").output, HasSubstr("no such model"));
  EXPECT_EQ(run("--unknown").code, 2);
  EXPECT_EQ(run("verify /nowhere.onnx").code, 1);
}

TEST_F(Program, HelpShowsExamples) {
  const Outcome help = run("--help"), verify = run("verify --help");
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.output,
              AllOf(HasSubstr("--precision"), HasSubstr("--target"), HasSubstr("--size"), HasSubstr("facemat export --model")));
  EXPECT_THAT(verify.output, AllOf(HasSubstr("--thorough"), HasSubstr("facemat verify student.onnx --model")));
}

TEST_F(Program, WithoutProofThereIsNoCertificate) {
  ASSERT_EQ(exported("--no-verify").code, 0);
  EXPECT_EQ(read_metadata(read_file(onnx), "x").count(kParityKey), 0u);
  const Outcome checked = run("verify --quiet " + onnx.string());
  EXPECT_EQ(checked.code, 1);
  EXPECT_THAT(checked.output, AllOf(HasSubstr("FAILED  certificate"), HasSubstr("ok      trial run")));
}

}  // namespace
}  // namespace facemat
