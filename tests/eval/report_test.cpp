#include "eval/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/file.h"
#include "tests/eval/example.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;
using testing::Not;

class Report : public testing::Test {
 protected:
  ReportEntry entry(const std::string& name, const std::string& kind, int clips = 4) {
    EvaluationResult result = example_result(name, scratch_ / (kind + ".json"), clips, 2);
    result.model.kind = kind;
    write_file(scratch_ / (kind + ".json"), result_to_json(result));
    return read_report_entry(scratch_ / (kind + ".json"));
  }
  Scratch scratch_;
};

TEST_F(Report, HoldsWhatItMust) {
  const std::string html = report_html({entry("student", "checkpoint"), entry("fresh", "untrained")});
  for (const char* text : {"student", "fresh", "alpha 1 = visible face", "best constant matte", "unknown region", "Worst cases",
                           "000003", "ground truth", "Validation SAD", "rank correlation", "ENCE", "calibrated",
                           "tenth of the pixels", "68.3 %", "hand", "sum of absolute differences", "</html>"})
    EXPECT_THAT(html, HasSubstr(text));
  EXPECT_THAT(html, HasSubstr("data:image/png;base64,iVBORw0KGgo"));
  EXPECT_THAT(html, Not(HasSubstr("different data")));
}

TEST_F(Report, FetchesNothing) {
  const std::string html = report_html({entry("student", "checkpoint")});
  for (const char* text : {"http://", "https://", "<script", "<link", "url("}) EXPECT_THAT(html, Not(HasSubstr(text)));
}

TEST_F(Report, WarnsAboutDifferentData) {
  EXPECT_THAT(report_html({entry("a", "checkpoint", 4), entry("b", "onnx", 2)}), HasSubstr("different data"));
}

TEST_F(Report, NamesAreText) {
  EXPECT_THAT(report_html({entry("<script>x</script>", "checkpoint")}), Not(HasSubstr("<script>")));
}

TEST_F(Report, MissingPictureIsNamed) {
  const ReportEntry one = entry("a", "checkpoint");
  fs::remove(scratch_.path() / one.result.cases[0].image);
  EXPECT_THAT(message_of([&] { report_html({one}); }), HasSubstr("000_image.png"));
  EXPECT_THAT(message_of([&] { report_html({}); }), HasSubstr("at least one result"));
}

}  // namespace
}  // namespace facemat
