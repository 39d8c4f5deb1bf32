#include "eval/page/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/json.h"

namespace facemat {
namespace {

using testing::HasSubstr;
using testing::Not;

// RFC 4648, section 10.
TEST(Base64, PublishedVectors) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

TEST(Escaped, LeavesNoMarkup) {
  EXPECT_EQ(escaped("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
}

TEST(JsonForScript, EndsNoBlockAndLosesNothing) {
  const nlohmann::json json = {{"name", "</script><!--<script>&]]>"}, {"path", "a\\b\"c"}};
  const std::string text = json_for_script(json.dump());
  for (const char* mark : {"<", ">", "&"}) EXPECT_THAT(text, Not(HasSubstr(mark)));
  EXPECT_EQ(nlohmann::json::parse(text), json);
}

TEST(HtmlPage, PolicyComesBeforeEverythingItIsAbout) {
  const std::string page = html_page({"<t>", "p{}", "<p>b</p>", "s()"});
  EXPECT_THAT(page, HasSubstr("<title>&lt;t&gt;</title>"));
  EXPECT_LT(page.find("default-src 'none'"), page.find("<link"));
  EXPECT_LT(page.find("<p>b</p>"), page.find("<script>s()</script>"));
  EXPECT_THAT(html_page({"t", "", "", ""}), Not(HasSubstr("<script>")));
}

}  // namespace
}  // namespace facemat
