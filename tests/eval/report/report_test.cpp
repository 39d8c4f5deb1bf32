#include "eval/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <regex>

#include "eval/report/pictures.h"
#include "eval/report/pieces.h"
#include "src/core/file.h"
#include "src/core/json.h"
#include "src/core/measure.h"
#include "src/core/random.h"
#include "src/image/codec.h"
#include "tests/eval/example.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Report : public testing::Test {
 protected:
  ReportEntry entry(const std::string& name, int clips = 4, float more = 0) {
    const EvaluationResult result = example_result(name, scratch_ / (name + ".json"), clips, 2, more);
    return {result, scratch_.path()};
  }
  Scratch scratch_;
};

std::vector<std::string> sections_of(const std::string& html) {
  std::vector<std::string> ids;
  const std::regex section("<section id='([a-z]+)'");
  for (std::sregex_iterator i(html.begin(), html.end(), section), end; i != end; ++i) ids.push_back((*i)[1]);
  return ids;
}

nlohmann::json frame_values(const std::string& html) {
  const std::string open = "id=\"frame-values\">";
  const size_t begin = html.find(open) + open.size();
  return nlohmann::json::parse(html.substr(begin, html.find("</script>", begin) - begin));
}

cv::Mat noisy(int side, int channels, uint64_t seed) {
  cv::Mat picture(side, side, CV_MAKETYPE(CV_8U, channels));
  Rng rng(seed);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side * channels; x += 4) {
      const uint32_t bits = rng.bits();
      for (int k = 0; k < 4 && x + k < side * channels; ++k) picture.ptr<uint8_t>(y)[x + k] = bits >> (8 * k) & 255;
    }
  return picture;
}

std::map<std::string, double> some_values(Rng& rng, const std::vector<MetricInfo>& metrics) {
  std::map<std::string, double> values;
  for (const MetricInfo& metric : metrics)
    if (!metric.variant) values[metric.name] = rng.uniform(0.1, 40);
  return values;
}

// A result of so many frames in clips of four, with noise for pictures, which nothing packs well. Cases share four sets of
// them.
ReportEntry noisy_entry(const fs::path& folder, const std::string& name, int frames, int cases, int side) {
  ReportEntry entry{example_result(name), folder};
  EvaluationResult& r = entry.result;
  Rng rng = Rng(1).fork(name);
  r.frames.clear();
  for (int i = 0; i < frames; ++i) {
    FrameScore frame{fmt::format("{:06d}", i / 4),   i % 4,       {i % 3 ? "hand" : "hair"}, {},
                     {{"face_size", rng.uniform()}}, {9, 1, 2, 8}};
    for (const char* region : {"whole", "unknown", "face", "boundary", "transparent"})
      frame.regions[region] = some_values(rng, r.metrics);
    r.frames.push_back(frame);
  }
  r.data.samples = frames / 4, r.data.frames = frames;
  const char* kinds[] = {"worst", "median", "best"};
  for (int i = 0; i < cases; ++i) {
    Case c{kinds[i % 3], static_cast<size_t>(i) * 4, {}, {}, {}, {}, {}};
    const auto keep = [&](const char* role, int channels) {
      const std::string file = fmt::format("{}_{}_{}.png", side, i % 4, role);
      if (!fs::exists(folder / file)) write_image(folder / file, noisy(side, channels, static_cast<uint64_t>(i)));
      return file;
    };
    c.image = keep("image", 3), c.truth = keep("truth", 1), c.prediction = keep("pred", 1), c.error = keep("error", 3),
    c.uncertainty = keep("sigma", 3);
    r.cases.push_back(c);
  }
  return entry;
}

// --- what is on the page

TEST_F(Report, SectionsComeInOrderAndOnlyWhereThereIsSomethingToShow) {
  ReportEntry one = entry("student");
  EXPECT_THAT(sections_of(report_html({one})), ElementsAre("scores", "baselines", "slices", "pooled", "speed", "training",
                                                           "uncertainty", "cases", "frames", "definitions", "environment"));
  one.result.ledger = Ledger{"teacher", 10, {{0.1, 0.2, 0.3}}};
  one.result.environment.processor = "a processor";
  EXPECT_THAT(sections_of(report_html({one, entry("other")})),
              ElementsAre("scores", "baselines", "paired", "slices", "pooled", "speed", "training", "uncertainty", "ledger",
                          "cases", "frames", "definitions", "environment"));
  one.result.speed.reset(), one.result.uncertainty.reset(), one.result.ledger.reset();
  one.result.training.clear(), one.result.cases.clear();
  one.result.environment = {}, one.result.version.clear();
  EXPECT_THAT(sections_of(report_html({one})), ElementsAre("scores", "baselines", "slices", "pooled", "frames", "definitions"));
}

TEST_F(Report, ContentsListsEverySection) {
  const std::string html = report_html({entry("student")});
  for (const std::string& id : sections_of(html)) EXPECT_THAT(html, HasSubstr("<a href='#" + id + "'>"));
}

TEST_F(Report, HeadlineSaysWhatWasJudged) {
  ReportEntry one = entry("student");
  one.result.warnings = {"a picture is a JPEG"};
  const std::string html = report_html({one});
  const std::string head = html.substr(html.find("<header"), html.find("</header>") - html.find("<header"));
  for (const std::string& text :
       {std::string("student on demo, split test: 4 samples, 8 frames"), std::string("alpha 1 = visible face"),
        std::string("CC0-1.0"), one.result.data.truth_hash, one.result.data.trimap_hash, std::string("<code>abc</code>"),
        std::string("a picture is a JPEG"), std::string("rvm_mobilenetv3"), std::string("no unknown pixel")})
    EXPECT_THAT(head, HasSubstr(text));
}

TEST_F(Report, UnknownLicenceIsSaidToBeUnknown) {
  ReportEntry one = entry("student");
  one.result.data.licence.clear();
  EXPECT_THAT(report_html({one}), HasSubstr("<dt>licence of the data</dt><dd><span class='quiet'>unknown</span></dd>"));
}

TEST_F(Report, InvertedMattesAreWarnedOf) {
  ReportEntry one = entry("student");
  EXPECT_THAT(report_html({one}), Not(HasSubstr("polarity may be wrong")));
  one.result.complement_sad = 0;
  EXPECT_THAT(report_html({one}), HasSubstr("polarity may be wrong"));
}

TEST_F(Report, OneNameTwiceIsToldApart) {
  const std::string html = report_html({entry("student"), entry("student", 4, 0.125F)});
  EXPECT_THAT(html, HasSubstr("student (1)"));
  EXPECT_THAT(html, HasSubstr("student (2)"));
}

TEST_F(Report, RefusesOtherData) {
  EXPECT_THAT(message_of([&] { report_html({entry("a", 4), entry("b", 2)}); }), HasSubstr("b was judged on other data than a"));
}

TEST_F(Report, MissingPictureIsNamed) {
  const ReportEntry one = entry("a");
  fs::remove(scratch_.path() / one.result.cases[0].image);
  EXPECT_THAT(message_of([&] { report_html({one}); }), HasSubstr("000_image.png"));
  EXPECT_THAT(message_of([&] { report_html({}); }), HasSubstr("at least one result"));
}

TEST_F(Report, SameResultsSamePage) {
  const ReportEntry one = entry("a");
  EXPECT_EQ(report_html({one}), report_html({one}));
}

TEST_F(Report, ResultFilesAreRead) {
  const ReportEntry one = entry("a");
  write_file(scratch_ / "a.json", result_to_json(one.result));
  EXPECT_EQ(report_html({read_report_entry(scratch_ / "a.json")}), report_html({one}));
}

// --- safety

TEST_F(Report, FetchesNothing) {
  const std::string html = report_html({entry("student")});
  for (const char* text : {"http://", "https://", "url(", "@import", "<iframe", "src='/", "fetch(", "XMLHttpRequest"})
    EXPECT_THAT(html, Not(HasSubstr(text)));
  EXPECT_THAT(html,
              HasSubstr("content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"));
  EXPECT_LT(html.find("Content-Security-Policy"), html.find("<style"));
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_F(Report, TextsAreTextWhereverTheyStand) {
  const std::string evil = "</script><!--<script>alert(1)</script><img src=x onerror='alert(1)'>\"&";
  ReportEntry plain = entry("a"), one = plain;
  one.result.model = {evil, evil, evil, evil, 1, 1, evil};
  one.result.data.name = one.result.data.split = one.result.data.licence = evil;
  one.result.polarity = one.result.version = evil;
  one.result.warnings = {evil};
  one.result.environment = {evil, evil, evil, evil, 1, 1};
  one.result.ledger = Ledger{evil, 10, {{0.1, 0.2, 0.3}}};
  for (FrameScore& frame : one.result.frames) frame.sample += evil, frame.classes.push_back(evil);
  for (MetricInfo& metric : one.result.metrics) metric.title += evil, metric.about += evil;
  for (RegionInfo& region : one.result.regions) region.title += evil, region.about += evil;
  ReportEntry other = one;
  other.result.model.name = "b" + evil;
  ReportOptions options;
  options.title = evil;
  const std::string html = report_html({one, other}, options), harmless = report_html({plain, plain});
  EXPECT_EQ(count_of(html, "<script"), count_of(harmless, "<script"));
  EXPECT_EQ(count_of(html, "</script"), count_of(harmless, "</script"));
  EXPECT_EQ(count_of(html, "<!--"), 0u);
  EXPECT_EQ(count_of(html, "<img src=x"), 0u);
  EXPECT_EQ(frame_values(html).at("models").at(0).at("name"), evil);  // and nothing is lost
}

TEST_F(Report, BytesThatAreNoTextDoNotStopIt) {
  ReportEntry one = entry("a");
  one.result.model.name = "a\xff";
  one.result.frames[0].sample = "\xc3";
  EXPECT_THAT(report_html({one}), HasSubstr("</html>"));
}

// --- every frame

TEST_F(Report, EveryFrameIsThereInFourDigits) {
  ReportEntry one = entry("student");
  one.result.frames[1].regions["whole"]["sad"] = 1.23456789;
  one.result.frames[1].regions["unknown"].erase("sad");
  const nlohmann::json json = frame_values(report_html({one}));
  ASSERT_EQ(json.at("frames").size(), 8u);
  EXPECT_EQ(json.at("frames").at(1), nlohmann::json({"000000", 1, "hand"}));
  EXPECT_EQ(json.at("metrics").at(0).at("name"), "sad");
  EXPECT_EQ(json.at("models").at(0).at("values").at("whole").at(1).at(0), 1.235);
  EXPECT_TRUE(json.at("models").at(0).at("values").at("unknown").at(1).at(0).is_null());
}

TEST_F(Report, TooManyValuesAreCutBack) {
  ReportData data;
  data.results.push_back(noisy_entry(scratch_.path(), "a", 24000, 0, 8).result);
  const std::string body = frames_section(data).body;
  EXPECT_THAT(body, HasSubstr("left out"));
  const nlohmann::json json = frame_values(body);
  const size_t values = 24000 * json.at("regions").size() * json.at("metrics").size();
  EXPECT_LE(values, 1'000'000u);
  EXPECT_GT(values, 500'000u);
  EXPECT_EQ(json.at("frames").size(), 24000u);
  data.results[0].frames.resize(1000);
  EXPECT_THAT(frames_section(data).body, Not(HasSubstr("left out")));
}

// --- tables

ReportData data_of(const std::vector<std::string>& names) {
  ReportData data;
  for (const std::string& name : names) {
    data.results.emplace_back();
    data.results.back().model.name = name;
  }
  return data;
}

TEST(ReportTable, ShowsNumbersIntervalsAndTheBest) {
  Table table{"t", "A table", "read it so", {{"model", "", "", true}, {"MSE x1e3", "about it", "lower"}}, {}};
  table.rows = {{{"a", {}, 3, {}, false}, {"", 1.25, 2, Interval{1.25, -0.5, 2}, true}},
                {{"b", {}, 3, {}, false}, {"", {}, 2, {}, false}}};
  const std::string html = table_html(data_of({"b"}), table);
  EXPECT_THAT(html, HasSubstr("<figcaption>A table</figcaption>"));
  EXPECT_THAT(html, HasSubstr("title='about it'>MSE &times;10<sup>3</sup>&nbsp;<span class='arrow' role='img' "
                              "aria-label='lower is better' title='lower is better'>&darr;</span></th>"));
  EXPECT_THAT(html,
              HasSubstr("<td data-v='1.25' class='best'><span class='star' role='img' aria-label='best'>&#9733;</span>1.25"
                        "<small>[&minus;0.50, 2.00]</small></td>"));
  EXPECT_THAT(html, HasSubstr("<td>&ndash;</td>"));
  EXPECT_THAT(html, HasSubstr("<th scope='row'>a</th>"));
  EXPECT_THAT(html, HasSubstr("<th scope='row'><svg class='key'"));  // b is a model of the page
  EXPECT_THAT(html, HasSubstr("<p class='note'>read it so</p>"));
}

TEST(ReportTable, WhatIsNotFiniteIsNoNumber) {
  Table table{"t", "t", "", {{"n", "", ""}}, {{{"", NAN, 2, {}, false}}, {{"", -0.0001, 2, {}, false}}}};
  table.rows.push_back({{"", 1, 0, Interval{1, -INFINITY, INFINITY}, false}});
  const std::string html = table_html(data_of({}), table);
  EXPECT_THAT(html, HasSubstr("<td>&ndash;</td>"));
  EXPECT_THAT(html, HasSubstr(">0.00</td>"));
  EXPECT_THAT(html, HasSubstr("no interval"));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
  EXPECT_THAT(html, Not(HasSubstr("inf]")));
}

TEST(ReportTable, SplitsByItsFirstColumn) {
  const auto word = [](const std::string& text) { return Cell{text, {}, 3, {}, false}; };
  const Table table{"t",
                    "t",
                    "n",
                    {{"region", "", "", true}, {"metric", "", "", true}},
                    {{word("whole"), word("SAD")}, {word("whole"), word("MSE")}, {word("unknown"), word("SAD")}}};
  const std::vector<Table> parts = split_by_first(table);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].title, "whole");
  EXPECT_EQ(parts[0].columns.size(), 1u);
  ASSERT_EQ(parts[0].rows.size(), 2u);
  EXPECT_EQ(parts[0].rows[1][0].text, "MSE");
  EXPECT_EQ(parts[1].title, "unknown");
}

TEST(ReportTable, TabsAreNamedByWhatDiffers) {
  const auto table = [](const std::string& title) { return Table{"t", title, "", {{"model", "", "", true}}, {}}; };
  const std::string html = tabs_of_tables(data_of({}), "region", {table("Scores, whole frame"), table("Scores, wide mask")});
  EXPECT_THAT(html, HasSubstr("<h3>whole frame</h3>"));
  EXPECT_THAT(html, HasSubstr("<h3>wide mask</h3>"));
}

TEST(Grouped, Thousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
}

// --- colours

double linear(int value) {
  const double c = value / 255.0;
  return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

// Contrast of WCAG 2.1.
double contrast(const std::string& a, const std::string& b) {
  const auto luminance = [](const std::string& hex) {
    const auto part = [&](int i) { return linear(std::stoi(hex.substr(1 + 2 * i, 2), nullptr, 16)); };
    return 0.2126 * part(0) + 0.7152 * part(1) + 0.0722 * part(2);
  };
  const double x = luminance(a), y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

// Both sets of colours in the order of the style sheet: light, dark.
std::vector<std::map<std::string, std::string>> colours() {
  std::vector<std::map<std::string, std::string>> sets;
  const std::string style = kReportStyle;
  const std::regex block(R"(:root \{([^}]*)\})"), colour(R"(--([a-z0-9-]+):(#[0-9a-f]{6}))");
  for (std::sregex_iterator b(style.begin(), style.end(), block), end; b != end; ++b) {
    const std::string inside = (*b)[1];
    std::map<std::string, std::string> set;
    for (std::sregex_iterator c(inside.begin(), inside.end(), colour); c != end; ++c) set[(*c)[1]] = (*c)[2];
    if (set.size() > 10) sets.push_back(set);
  }
  return sets;
}

TEST(ReportStyle, ColoursStandOut) {
  const auto sets = colours();
  ASSERT_EQ(sets.size(), 2u);
  for (const auto& set : sets) {
    for (const char* text : {"ink", "soft", "accent"})
      for (const char* paper : {"paper", "page", "best"})
        EXPECT_GE(contrast(set.at(text), set.at(paper)), 4.5) << text << " on " << paper;
    EXPECT_GE(contrast(set.at("warn"), set.at("warn-paper")), 4.5);
    EXPECT_GE(contrast(set.at("ink"), set.at("warn-paper")), 4.5);
    for (const char* series : {"s0", "s1", "s2", "s3", "s4", "s5"})
      EXPECT_GE(contrast(set.at(series), set.at("paper")), 3) << series;
  }
  EXPECT_NEAR(contrast("#000000", "#ffffff"), 21, 1e-9);  // the scale itself
}

// --- pictures

ReportData data_of(const std::vector<ReportEntry>& entries) {
  ReportData data;
  for (const ReportEntry& entry : entries) data.results.push_back(entry.result), data.folders.push_back(entry.folder);
  return data;
}

TEST_F(Report, GalleryKeepsFramesTogetherAndPicturesOnce) {
  const std::vector<ReportEntry> entries = {entry("a"), entry("b", 4, 0.125F)};
  const Gallery gallery = make_gallery(data_of(entries));
  EXPECT_EQ(gallery.left_out, 0u);
  EXPECT_EQ(gallery.side, kPictureSides[0]);
  std::vector<size_t> frames;
  for (const CaseCard& card : gallery.cards) {
    frames.push_back(card.frame);
    EXPECT_EQ(card.models.size(), 2u);  // both have the same errors at the same places
    EXPECT_THAT(card.image, HasSubstr("data:image/jpeg;base64,"));
  }
  std::sort(frames.begin(), frames.end());
  EXPECT_EQ(std::adjacent_find(frames.begin(), frames.end()), frames.end());
  const std::string html = report_html(entries);
  EXPECT_EQ(count_of(html, gallery.cards[0].image), 1u);
}

TEST_F(Report, PicturesShrinkThenCasesGo) {
  ReportData data = data_of({noisy_entry(scratch_.path(), "a", 40, 9, 400)});
  const Gallery whole = make_gallery(data);
  EXPECT_EQ(whole.side, 384);
  EXPECT_EQ(whole.cards.size(), 9u);
  data.options.picture_bytes = whole.bytes * 3 / 4;
  const Gallery smaller = make_gallery(data);
  EXPECT_EQ(smaller.side, 288);
  EXPECT_EQ(smaller.cards.size(), 9u);
  EXPECT_LE(smaller.bytes, data.options.picture_bytes);
  data.options.picture_bytes = smaller.bytes / 4;
  const Gallery fewer = make_gallery(data);
  EXPECT_EQ(fewer.side, 208);
  EXPECT_EQ(fewer.cards.size() + fewer.left_out, 9u);
  EXPECT_GT(fewer.left_out, 0u);
  EXPECT_LE(fewer.bytes, data.options.picture_bytes);
  for (const char* kind : {"worst", "median", "best"})  // each kind keeps some
    EXPECT_TRUE(std::any_of(fewer.cards.begin(), fewer.cards.end(), [&](const CaseCard& c) { return c.kind == kind; })) << kind;
  EXPECT_THAT(cases_section(data).body, HasSubstr(fmt::format("{} more frames are left out", fewer.left_out)));
}

// A thousand frames, three models, pictures of noise: the page stays below 20 MB.
TEST_F(Report, AThousandFramesOfThreeModelsFit) {
  std::vector<ReportEntry> entries;
  for (const char* name : {"a", "b", "c"}) entries.push_back(noisy_entry(scratch_.path(), name, 1000, 30, 512));
  const Stopwatch watch;
  const std::string html = report_html(entries);
  const double seconds = watch.seconds();
  RecordProperty("megabytes", std::to_string(static_cast<double>(html.size()) / 1e6));
  RecordProperty("seconds", std::to_string(seconds));
  std::printf("%.1f MB in %.1f s\n", static_cast<double>(html.size()) / 1e6, seconds);
  EXPECT_LT(html.size(), 20'000'000u);
  EXPECT_EQ(frame_values(html).at("models").at(2).at("values").at("whole").size(), 1000u);
  EXPECT_THAT(html, HasSubstr("To keep this page small"));
}

}  // namespace
}  // namespace facemat
