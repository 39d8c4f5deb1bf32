// The report in a real browser.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "eval/report/report.h"
#include "src/core/file.h"
#include "src/core/measure.h"
#include "src/image/codec.h"
#include "tests/eval/report/report_example.h"
#include "tests/support/browser.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using Json = Browser::Json;

// From base64, which Json strings carry.
std::string decoded(const std::string& text) {
  static const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    group = group << 6 | static_cast<uint32_t>(letters.find(c)), bits += 6;
    if (bits >= 8) bytes += static_cast<char>(group >> (bits -= 8) & 255);
  }
  return bytes;
}

class Page : public testing::Test {
 protected:
  // One browser and one page serve all tests: both take seconds to make.
  static void SetUpTestSuite() {
    const auto program = Browser::find();
    if (!program) return;
    scratch_ = new Scratch;
    fs::create_directories(*scratch_ / "home");
    browser_ = new Browser(*program, *scratch_ / "home");
  }
  static void TearDownTestSuite() {
    delete browser_;
    delete scratch_;
    browser_ = nullptr, scratch_ = nullptr;
  }
  void SetUp() override {
    if (!browser_) GTEST_SKIP() << "no Chromium is installed (tools/setup --tests)";
  }

  static const fs::path& report() {
    static const fs::path file = [] {
      const fs::path path = *scratch_ / "report.html";
      write_file(path, report_html(drawn_report(scratch_->path())));
      return path;
    }();
    return file;
  }
  Browser& opened(int width = 1400, bool dark = false) {
    browser_->set_dark(dark);
    browser_->set_width(width);
    browser_->open(report());
    return *browser_;
  }
  fs::path written(const std::string& html) {
    const fs::path file = *scratch_ / "small.html";
    write_file(file, html);
    return file;
  }

  static inline Scratch* scratch_ = nullptr;
  static inline Browser* browser_ = nullptr;
};

// --- does the harness see what it is there to see?

TEST_F(Page, HarnessReportsWhatAPageDoesWrong) {
  browser_->open(
      written("<!doctype html><script>console.error('on purpose'); console.warn('also');"
              "setTimeout(() => { throw new Error('thrown'); })</script>"
              "<img src='http://127.0.0.1:9/picture.png'>"));
  const std::vector<std::string> complaints = browser_->complaints();
  for (const char* text : {"on purpose", "also", "thrown", "request: http://127.0.0.1:9/picture.png"})
    EXPECT_THAT(complaints, Contains(HasSubstr(text)));
}

TEST_F(Page, HarnessIsQuietAboutAPageThatDoesNothingWrong) {
  browser_->open(
      written("<!doctype html><title>fine</title><link rel=icon href='data:,'><script>console.log('hello')</script>"));
  EXPECT_THAT(browser_->complaints(), IsEmpty());
  EXPECT_EQ(browser_->evaluate("document.title"), "fine");
}

// --- the report

TEST_F(Page, SaysNothingAndFetchesNothing) {
  for (const bool dark : {false, true}) {
    Browser& page = opened(1400, dark);
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)");
    EXPECT_THAT(page.complaints(), IsEmpty());
  }
}

TEST_F(Page, PolicyLetsNoPictureIn) {
  Browser& page = opened();
  page.evaluate(
      "new Promise(done => { const i = new Image(); i.onload = () => done(1); i.onerror = () => done(0); i.src = "
      "'http://127.0.0.1:9/p.png'; })");
  EXPECT_THAT(page.complaints(), Contains(HasSubstr("Content Security Policy")));
}

constexpr const char* kScores = "#scores > .tabs > .panel:not([hidden]) table";

std::vector<double> column_of(Browser& page, const std::string& table, int column) {
  return page.evaluate("[...document.querySelectorAll('" + table + " tbody tr')].map(r => Number(r.cells[" +
                       std::to_string(column) + "].dataset.v))");
}

std::string sort_state(Browser& page, const std::string& table, int column) {
  return page.evaluate("document.querySelector('" + table + " thead tr').cells[" + std::to_string(column) +
                       "].getAttribute('aria-sort') || ''");
}

TEST_F(Page, ColumnHeadsSortByClick) {
  Browser& page = opened();
  const std::string table = kScores, head = table + " thead th:nth-child(2) button";
  const std::vector<double> before = column_of(page, table, 1);
  ASSERT_EQ(before.size(), 3u);
  EXPECT_FALSE(std::is_sorted(before.begin(), before.end()));
  page.click(head);
  std::vector<double> sorted = before;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(column_of(page, table, 1), sorted);
  EXPECT_EQ(sort_state(page, table, 1), "ascending");
  page.click(head);
  std::reverse(sorted.begin(), sorted.end());
  EXPECT_EQ(column_of(page, table, 1), sorted);
  EXPECT_EQ(sort_state(page, table, 1), "descending");
  page.click(table + " thead th:nth-child(3) button");
  EXPECT_EQ(sort_state(page, table, 1), "");
  EXPECT_EQ(sort_state(page, table, 2), "ascending");
}

TEST_F(Page, ColumnHeadsSortByKeyboard) {
  Browser& page = opened();
  const std::string table = kScores;
  page.evaluate("document.querySelector('" + table + " thead th:nth-child(1) button').focus()");
  page.press("Tab");
  page.press("Enter");
  EXPECT_EQ(sort_state(page, table, 1), "ascending");
  const std::vector<double> values = column_of(page, table, 1);
  EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
}

std::string shown_region(Browser& page) {
  return page.evaluate(
      "[...document.querySelectorAll('#scores > .tabs > .panel')].filter(p => p.offsetHeight > 0).map(p => "
      "p.querySelector('h3').textContent).join('|')");
}

TEST_F(Page, RegionsSwitchByClickAndByKeyboard) {
  Browser& page = opened();
  EXPECT_EQ(shown_region(page), "whole frame");
  page.click("#scores [role=tab]:nth-child(2)");
  EXPECT_EQ(shown_region(page), "unknown region");
  page.press("ArrowRight");
  EXPECT_EQ(shown_region(page), "face box");
  page.press("ArrowLeft");
  EXPECT_EQ(shown_region(page), "unknown region");
  EXPECT_EQ(page.evaluate("document.activeElement.getAttribute('aria-selected')"), "true");
}

std::string clip_of(Browser& page) { return page.evaluate("getComputedStyle(document.querySelector('.wipe .over')).clipPath"); }

TEST_F(Page, SliderWipes) {
  Browser& page = opened();
  const std::string slider = ".case input[type=range]";
  EXPECT_EQ(clip_of(page), "inset(0px 50% 0px 0px)");
  page.evaluate("document.querySelector('" + slider + "').focus({preventScroll: true})");
  page.press("ArrowRight");
  EXPECT_EQ(clip_of(page), "inset(0px 49% 0px 0px)");
  page.press("ArrowLeft"), page.press("ArrowLeft");
  EXPECT_EQ(clip_of(page), "inset(0px 51% 0px 0px)");
  page.click(".wipe");  // its middle
  EXPECT_EQ(clip_of(page), "inset(0px 50% 0px 0px)");
}

TEST_F(Page, WipedPicturesAreChosen) {
  Browser& page = opened();
  const auto shows = [&](const char* layer, const char* role) {
    return page.evaluate(std::string("(() => { const c = document.querySelector('.case'); return c.querySelector('.wipe .") +
                         layer + "').src === c.querySelector('[data-role=" + role + "]').src; })()") == true;
  };
  EXPECT_TRUE(shows("over", "prediction") && shows("under", "truth"));
  page.evaluate(
      "(() => { const s = document.querySelector('.case select'); s.value = 1; s.dispatchEvent(new Event('change')); "
      "})()");
  EXPECT_TRUE(shows("over", "error") && shows("under", "image"));
}

TEST_F(Page, FramesFilterAndSort) {
  Browser& page = opened();
  page.click("details.frames summary");
  const std::string rows = "[...document.querySelectorAll('details.frames[open] tbody tr')]";
  const int all = page.evaluate(rows + ".length");
  EXPECT_EQ(all, 18);  // 12 stills and 2 clips of 3 frames
  const auto filter = [&](const std::string& words) {
    page.evaluate("(() => { const i = document.querySelector('details.frames[open] input'); i.value = '" + words +
                  "'; i.dispatchEvent(new Event('input')); })()");
    return page.evaluate(rows + ".length").get<int>();
  };
  const std::vector<double> sad = page.evaluate(rows + ".map(r => Number(r.cells[3].textContent))");
  const double middle = median(sad);
  EXPECT_EQ(filter(fmt::format("sad>{}", middle)), std::count_if(sad.begin(), sad.end(), [&](double v) { return v > middle; }));
  EXPECT_EQ(filter("000003"), 1);
  EXPECT_EQ(filter("nothing-is-named-so"), 0);
  EXPECT_EQ(filter(""), all);
  page.click("details.frames[open] thead th:nth-child(4) button");
  const std::vector<double> sorted = page.evaluate(rows + ".map(r => Number(r.cells[3].textContent))");
  EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end()));
  EXPECT_NE(sorted, sad);
}

// dtSSD has no value for stills and first frames.
TEST_F(Page, MissingValuesSortLastInBothDirections) {
  Browser& page = opened();
  page.click("details.frames summary");
  const int column = page.evaluate(
      "[...document.querySelectorAll('details.frames[open] thead th')].findIndex(h => h.textContent.startsWith('dtSSD'))");
  ASSERT_GT(column, 3);
  const std::string head = fmt::format("details.frames[open] thead th:nth-child({}) button", column + 1);
  for (const char* state : {"ascending", "descending"}) {
    page.click(head);
    const std::vector<std::string> texts = page.evaluate(fmt::format(
        "[...document.querySelectorAll('details.frames[open] tbody tr')].map(r => r.cells[{}].textContent)", column));
    std::vector<double> values;
    for (const std::string& text : texts)
      if (text != "\u2013") values.push_back(std::stod(text));
    ASSERT_EQ(values.size(), 4u) << state;  // two clips of three frames
    EXPECT_EQ(texts[4], "\u2013") << state;
    if (state == std::string("descending")) std::reverse(values.begin(), values.end());
    EXPECT_TRUE(std::is_sorted(values.begin(), values.end())) << state;
  }
}

TEST_F(Page, NothingIsWiderThanThePage) {
  for (const int width : {360, 800, 1400})
    for (const bool dark : {false, true}) {
      Browser& page = opened(width, dark);
      page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)");
      page.settle();
      EXPECT_EQ(page.evaluate("document.documentElement.clientWidth"), width);
      EXPECT_LE(page.evaluate("document.documentElement.scrollWidth"), width) << (dark ? "dark" : "light");
      EXPECT_THAT(page.complaints(), IsEmpty());
    }
}

TEST_F(Page, DarkIsDark) {
  const auto paper = [](Browser& page) {
    return page.evaluate("getComputedStyle(document.querySelector('section')).backgroundColor").get<std::string>();
  };
  const std::string light = paper(opened(1400, false)), dark = paper(opened(1400, true));
  EXPECT_EQ(light, "rgb(255, 255, 255)");
  EXPECT_EQ(dark, "rgb(24, 30, 37)");
}

class WithoutScripts {
 public:
  explicit WithoutScripts(Browser& browser) : browser_(browser) { set(true); }
  ~WithoutScripts() { set(false); }
  WithoutScripts(const WithoutScripts&) = delete;
  WithoutScripts& operator=(const WithoutScripts&) = delete;

 private:
  void set(bool disabled) { browser_.call("Emulation.setScriptExecutionDisabled", {{"value", disabled}}); }
  Browser& browser_;
};

TEST_F(Page, WithoutScriptsTablesAndPicturesAreThere) {
  const WithoutScripts without(*browser_);
  browser_->open(report());
  EXPECT_EQ(browser_->evaluate("document.querySelectorAll('.tab-list').length"), 0);
  EXPECT_TRUE(
      browser_->evaluate("[...document.querySelectorAll('#scores table')].length > 3 && "
                         "[...document.querySelectorAll('#scores table, .case img')].every(e => e.offsetHeight > 0)"));
  EXPECT_TRUE(browser_->evaluate("document.querySelector('noscript').innerText.includes('script')"));
}

// Wide and narrow, light and dark, printed, and as colour-blind readers see it. FACEMAT_SCREENSHOTS=DIR keeps the pictures, to
// be looked at; FACEMAT_PAGE=FILE.html takes them of another report.
class Screenshots : public Page {
 protected:
  // Takes the page as it is; the picture must be as wide as the window, and show something.
  void shoot(const std::string& name, int width) {
    const std::string png = decoded(browser_->screenshot());
    const cv::Mat picture = decode_image(png, name);
    EXPECT_EQ(picture.cols, width) << name;
    cv::Mat mean, deviation;
    cv::meanStdDev(picture, mean, deviation);
    EXPECT_GT(deviation.at<double>(0), 5) << name;
    if (const char* folder = std::getenv("FACEMAT_SCREENSHOTS")) write_file(fs::path(folder) / (name + ".png"), png);
  }

  void shoot_every_way(const fs::path& page) {
    const std::string name = page.stem();
    for (const int width : {1400, 360})
      for (const bool dark : {false, true}) {
        browser_->set_dark(dark), browser_->set_width(width);
        browser_->open(page);
        browser_->evaluate("document.querySelectorAll('details:not(.frames ~ .frames)').forEach(d => d.open = true)");
        browser_->settle();
        shoot(fmt::format("{}-{}-{}", name, width, dark ? "dark" : "light"), width);
      }
    browser_->set_dark(false), browser_->set_width(1400);
    browser_->open(page);
    browser_->call("Emulation.setEmulatedMedia", {{"media", "print"}});
    shoot(name + "-print", 1400);
    browser_->call("Emulation.setEmulatedMedia", {{"media", ""}});
    for (const char* vision : {"deuteranopia", "protanopia", "tritanopia", "achromatopsia"}) {
      browser_->call("Emulation.setEmulatedVisionDeficiency", {{"type", vision}});
      browser_->settle();
      shoot(name + "-" + vision, 1400);
    }
    browser_->call("Emulation.setEmulatedVisionDeficiency", {{"type", "none"}});
  }
};

TEST_F(Screenshots, OfAReport) {
  const char* other = std::getenv("FACEMAT_PAGE");
  shoot_every_way(other ? fs::absolute(other) : report());
}

TEST_F(Screenshots, OfASingleModel) {
  const fs::path page = *scratch_ / "single.html";
  fs::create_directories(*scratch_ / "one");
  write_file(page, report_html(drawn_report(*scratch_ / "one", {320, 10, 1})));
  shoot_every_way(page);
}

}  // namespace
}  // namespace facemat
