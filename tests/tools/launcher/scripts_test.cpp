// The scripts for the released models, as far as they go without training: what they are asked for and what they need.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/command.h"
#include "tests/support/media.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Outcome script(const std::string& line) {
  return run("FACEMAT='" FACEMAT_BIN_DIR "/facemat' PYTHONDONTWRITEBYTECODE=1 python3 '" FACEMAT_SOURCE_DIR "'/tools/" + line);
}

class Scripts : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_program("python3")) GTEST_SKIP() << "no python3";
  }
  Scratch folder_;
};

TEST_F(Scripts, ExplainThemselves) {
  for (const char* name : {"release", "study_photographs", "rivals"}) {
    const Outcome help = script(std::string(name) + " --help");
    EXPECT_EQ(help.code, 0) << help.text;
    EXPECT_THAT(help.text, AllOf(HasSubstr(std::string("usage: tools/") + name), HasSubstr("--data DIR"))) << name;
    EXPECT_EQ(script(std::string(name) + " --nonsense").code, 2) << name;
  }
}

TEST_F(Scripts, SayWhatIsMissing) {
  for (const char* name : {"release", "study_photographs", "rivals"}) {
    const Outcome outcome = script(std::string(name) + " --data /nowhere --out " + folder_.path().string());
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(outcome.text, HasSubstr("/nowhere: no such folder (--data names that of the pictures)")) << name;
    const std::string other = script(std::string(name) + " --data /usr --out " + (folder_ / "out").string()).text;
    EXPECT_THAT(other, HasSubstr("/usr: there is no real/manifest.tsv (--data names the folder of the pictures)")) << name;
    EXPECT_FALSE(fs::exists(folder_ / "out")) << "nothing was begun";
  }
  const std::string out = " --out " + folder_.path().string();
  EXPECT_THAT(script("release --stop" + out).text, HasSubstr("nothing goes on in the background"));
  EXPECT_THAT(script("release --save" + out).text, HasSubstr("no run has a validated checkpoint yet"));
  EXPECT_THAT(script("study_photographs --arms best" + out).text, HasSubstr("--arms best: there are drawn, real"));
  EXPECT_THAT(script("study_photographs --seeds one" + out).text, HasSubstr("--seeds one: allowed are numbers"));
  EXPECT_THAT(script("rivals --seeds one" + out).text, HasSubstr("--seeds one: allowed are numbers"));
  EXPECT_THAT(script("rivals --size 100" + out).text, HasSubstr("--size 100: allowed are multiples of 32 up to 2048"));
  EXPECT_THAT(script("rivals --size 4096" + out).text, HasSubstr("--size 4096: allowed are"));
  EXPECT_THAT(script("rivals --threads 0" + out).text, HasSubstr("--threads 0: allowed are 1 and more"));
  EXPECT_THAT(script("rivals --steps 1" + out).text, HasSubstr("--steps 1: allowed are 2 and more"));
}

// Whoever has a recipe takes part; what all recipes build on is none.
TEST_F(Scripts, RivalsKnowEveryRecipe) {
  const std::string known = script("rivals --arms nobody --out " + folder_.path().string()).text;
  for (const auto& entry : fs::directory_iterator(FACEMAT_SOURCE_DIR "/configs/train/rivals"))
    if (const std::string name = entry.path().stem().string(); name != "recipe")
      EXPECT_THAT(known, HasSubstr(" " + name + ",")) << name;
  EXPECT_THAT(known, ::testing::Not(HasSubstr("recipe")));
}

// What the lines of `code` print, which knows the script as `rivals`.
std::string told_by_rivals(const std::string& code) {
  const std::string load =
      "import sys; sys.path.insert(0, '" FACEMAT_SOURCE_DIR
      "/tools'); from importlib import machinery, util; "
      "loader = machinery.SourceFileLoader('rivals', '" FACEMAT_SOURCE_DIR
      "/tools/rivals'); rivals = util.module_from_spec(util.spec_from_loader('rivals', loader)); loader.exec_module(rivals); ";
  return run("PYTHONIOENCODING=utf-8 PYTHONDONTWRITEBYTECODE=1 python3 -c \"" + load + code + "\"").text;
}

// Of 1, 2 and 3: mean 2, deviation 1, 4.303 / sqrt(3) on both sides.
TEST_F(Scripts, RivalsTellTheIntervalOfSeeds) {
  EXPECT_EQ(told_by_rivals("print(rivals.text_of([1, 2, 3]))"), "2 \u00b1 1 (-0.4843 to 4.484)\n");
  EXPECT_EQ(told_by_rivals("print(rivals.text_of([1, 3]), rivals.interval_of([1, 3]))"), "2 \u00b1 1.4 None\n");
  EXPECT_EQ(told_by_rivals("print(rivals.text_of([7]), rivals.text_of([7, 7, 7]), rivals.text_of([]))"), "7 7 \n");
}

// Where a trimap is given it is the test set's, and what it knows takes the matte's place: nobody is left out of that unseen.
TEST_F(Scripts, RivalsNoticeWhoIsGivenATrimap) {
  EXPECT_EQ(told_by_rivals("print(rivals.given_fault('gca', ['frame', 'trimap']) or 'right')"), "right\n");
  EXPECT_EQ(told_by_rivals("print(rivals.given_fault('closed_form', ['frame', 'trimap']) or 'right')"), "right\n");
  EXPECT_EQ(told_by_rivals("print(rivals.given_fault('modnet', ['frame', 'trimap']))"),
            "WITH_TRIMAP in tools/rivals has to name it\n");
  EXPECT_EQ(told_by_rivals("print(rivals.given_fault('gca', ['frame']))"), "WITH_TRIMAP in tools/rivals must not name it\n");
}

TEST_F(Scripts, ReleaseTellsWhereItIs) {
  const Outcome status = script("release --status --out " + folder_.path().string());
  EXPECT_EQ(status.code, 0) << status.text;
  EXPECT_THAT(status.text, AllOf(HasSubstr("1_start: not begun here"), HasSubstr("4_fine: not begun here"),
                                 HasSubstr("in the background: nothing")));
}

}  // namespace
}  // namespace facemat
