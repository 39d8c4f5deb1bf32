#include "eval/tables/tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "tests/eval/example.h"

namespace facemat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Cell text_cell(const std::string& text) { return {text, {}, 3, {}, false}; }
Cell number_cell(double number, int decimals, bool best = false) { return {{}, number, decimals, {}, best}; }
Cell interval_cell(const Interval& interval, int decimals) { return {{}, interval.mean, decimals, interval, false}; }

// --- figures

TEST(Figure, HasFourDigits) {
  const std::vector<std::pair<double, std::string>> rows = {{0.71234, "0.7123"},  {0.00012, "0.0001"}, {1, "1.000"},
                                                            {-3.14159, "-3.142"}, {27.1828, "27.18"},  {314.159, "314.2"},
                                                            {1234.5, "1234"},     {0, "0.0000"},       {99999.6, "100000"}};
  for (const auto& [value, text] : rows) EXPECT_EQ(number_text(value, decimals_for(value)), text);
}

TEST(Figure, IsNeverMinusNothing) {
  EXPECT_EQ(number_text(-0.00001, 4), "0.0000");
  EXPECT_EQ(number_text(-0.0, 0), "0");
  EXPECT_EQ(number_text(-0.00006, 4), "-0.0001");
  EXPECT_EQ(number_text(-10, 0), "-10");
}

TEST(CellText, ShowsNumbersBeforeText) {
  EXPECT_EQ(cell_text(text_cell("model a")), "model a");
  EXPECT_EQ(cell_text({"unused", 0.5, 2, {}, false}), "0.50");
  EXPECT_EQ(cell_text(interval_cell({0.712, 0.651, 0.789}, 2)), "0.71 [0.65, 0.79]");
  EXPECT_EQ(cell_text(interval_cell({0.712, -kInfinity, kInfinity}, 2)), "0.71");
}

TEST(Holm, ByHand) {
  EXPECT_THAT(holm_adjusted({0.01, 0.04, 0.03, 0.005}), ElementsAre(0.03, 0.06, 0.06, 0.02));
  EXPECT_THAT(holm_adjusted({0.5, 0.9}), ElementsAre(1, 1));
  EXPECT_THAT(holm_adjusted({0.2}), ElementsAre(0.2));
  EXPECT_TRUE(holm_adjusted({}).empty());
}

// --- printed forms

Table small_table() {
  return {"scores_whole",
          "Scores, 100 % whole",
          "Read it.",
          {{"model", {}, {}, true}, {"SAD", "about", "lower", false}, {"IoU", {}, "higher", false}},
          {{text_cell("a_1"), interval_cell({0.5, 0.25, 0.75}, 3), number_cell(0.98765, 2)},
           {text_cell("b"), number_cell(0.125, 3, true), text_cell("–")}}};
}

TEST(Markdown, Exactly) {
  EXPECT_EQ(to_markdown(small_table()),
            "### Scores, 100 % whole\n\n"
            "| model | SAD ↓ | IoU ↑ |\n"
            "|---|---:|---:|\n"
            "| a_1 | 0.500 [0.250, 0.750] | 0.99 |\n"
            "| b | **0.125** | – |\n"
            "\nRead it.\n");
  Table bare = small_table();
  bare.title.clear(), bare.note.clear();
  EXPECT_EQ(to_markdown(bare), markdown_grid(bare));
  EXPECT_EQ(markdown_grid(bare).find("| model"), 0U);
}

TEST(Latex, Exactly) {
  EXPECT_EQ(to_latex(small_table()),
            "\\begin{table}\n"
            "\\centering\n"
            "\\caption{Scores, 100 \\% whole. Read it.}\n"
            "\\label{tab:scores_whole}\n"
            "\\begin{tabular}{lrr}\n"
            "\\toprule\n"
            "model & SAD $\\downarrow$ & IoU $\\uparrow$ \\\\\n"
            "\\midrule\n"
            "a\\_1 & 0.500 [0.250, 0.750] & 0.99 \\\\\n"
            "b & \\textbf{0.125} & -- \\\\\n"
            "\\bottomrule\n"
            "\\end{tabular}\n"
            "\\end{table}\n");
}

TEST(Csv, Exactly) {
  EXPECT_EQ(to_csv(small_table()),
            "model,SAD,SAD low,SAD high,IoU\r\n"
            "a_1,0.5,0.25,0.75,0.98765\r\n"
            "b,0.125,,,–\r\n");
}

TEST(Csv, QuotesAndKeepsEveryDigit) {
  const Table table = {"t",
                       "",
                       "",
                       {{"a, \"b\"", {}, {}, true}, {"x,y", {}, "lower", false}},
                       {{text_cell("two\nlines"), interval_cell({1.0 / 3, -kInfinity, kInfinity}, 1)},
                        {text_cell("=1\"2"), number_cell(1e-7, 2)},
                        {text_cell("cr\r"), number_cell(-1e300, 0)}}};
  EXPECT_EQ(to_csv(table),
            "\"a, \"\"b\"\"\",\"x,y\",\"x,y low\",\"x,y high\"\r\n"
            "\"two\nlines\",0.3333333333333333,,\r\n"
            "\"=1\"\"2\",1e-07,,\r\n"
            "\"cr\r\",-1e+300,,\r\n");
}

std::string printed_name(const std::string& name, std::string (*print)(const Table&)) {
  const std::string text = print({"t", "", "", {{"model", {}, {}, true}}, {{text_cell(name)}}});
  const size_t end = text.rfind('\n', text.size() - 2), last = print == to_latex ? text.find("\\midrule\n") + 9 : end + 1;
  return text.substr(last, text.find('\n', last) - last);
}

TEST(Markdown, NamesMayHoldAnything) {
  EXPECT_EQ(printed_name("a|b", to_markdown), "| a\\|b |");
  EXPECT_EQ(printed_name("a\\|b", to_markdown), "| a\\\\\\|b |") << "else the pipe would end the cell";
  EXPECT_EQ(printed_name("a\r\nb", to_markdown), "| a  b |");
  EXPECT_EQ(printed_name("<script> **x** `y`", to_markdown), "| \\<script> \\*\\*x\\*\\* \\`y\\` |");
  EXPECT_EQ(printed_name("größe_2", to_markdown), "| größe_2 |");
}

TEST(Latex, NamesMayHoldAnything) {
  EXPECT_EQ(printed_name("_%&#${}", to_latex), "\\_\\%\\&\\#\\$\\{\\} \\\\");
  EXPECT_EQ(printed_name("~^\\", to_latex), "\\textasciitilde{}\\textasciicircum{}\\textbackslash{} \\\\");
  EXPECT_EQ(printed_name("<a|b>", to_latex), "\\textless{}a\\textbar{}b\\textgreater{} \\\\");
  EXPECT_EQ(printed_name("|e| ≤ 2σ ± 1 – ↓↑", to_latex),
            "\\textbar{}e\\textbar{} $\\leq$ 2$\\sigma$ $\\pm$ 1 -- $\\downarrow$$\\uparrow$ \\\\");
  EXPECT_EQ(printed_name("größe\n顔😀", to_latex), "größe 顔😀 \\\\");
  EXPECT_EQ(printed_name("cut\xC3", to_latex), "cut\xC3 \\\\");
  EXPECT_EQ(printed_name("[1]", to_latex), "{}[1] \\\\") << "else it would be an option of the line break";
  EXPECT_EQ(printed_name("*1", to_latex), "{}*1 \\\\");
}

// Cells of a LaTeX row: ampersands that are not escaped, and one.
int64_t latex_cells(const std::string& row) {
  int64_t cells = 1;
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '\\') {
      ++i;
    } else {
      cells += row[i] == '&';
    }
  }
  return cells;
}

int latex_depth(const std::string& text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else {
      depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
    }
    EXPECT_GE(depth, 0);
  }
  return depth;
}

void expect_sound_latex(const Table& table) {
  const std::string text = to_latex(table);
  EXPECT_EQ(latex_depth(text), 0) << text;
  const size_t head = text.find("\\toprule\n") + 9, foot = text.find("\\bottomrule");
  std::istringstream lines(text.substr(head, foot - head));
  size_t rows = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line == "\\midrule") continue;
    ++rows;
    EXPECT_EQ(latex_cells(line), static_cast<int64_t>(table.columns.size())) << line;
    EXPECT_EQ(line.substr(line.size() - 3), " \\\\");
  }
  EXPECT_EQ(rows, table.rows.size() + 1);
}

// --- tables of results

FrameScore frame_of(const std::string& sample, double sad, double iou) {
  FrameScore frame;
  frame.sample = sample;
  frame.regions["whole"] = {{"sad", sad}, {"iou", iou}};
  return frame;
}

// Two clips of one frame each; the interval of two values is mean +- 12.7062 times half their distance.
EvaluationResult result_of(const std::string& name, double first, double second) {
  EvaluationResult result;
  result.model.name = name;
  result.data.truth_hash = "aa", result.data.frames = 2, result.data.samples = 2;
  result.metrics = {
      {"sad", "SAD", "sum", true, false}, {"iou", "IoU", "overlap", false, false}, {"v", "V", "other", true, true}};
  result.regions = {{"whole", "whole frame", "every pixel", true}, {"unknown", "unknown region", "trimap 128", true}};
  result.frames = {frame_of("0", first, 0.5), frame_of("1", second, 0.5)};
  return result;
}

const Table* find_table(const std::vector<Table>& tables, const std::string& name) {
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const Table& t) { return t.name == name; });
  return found == tables.end() ? nullptr : &*found;
}

std::vector<std::string> names_of(const std::vector<Table>& tables) {
  std::vector<std::string> names;
  for (const Table& table : tables) names.push_back(table.name);
  return names;
}

TEST(ScoreTables, Exactly) {
  const std::vector<Table> tables = score_tables({result_of("a", 1, 1.2), result_of("b", 3, 3)});
  ASSERT_THAT(names_of(tables), ElementsAre("scores_whole"));
  EXPECT_EQ(to_markdown(tables[0]),
            "### Scores, whole frame\n\n"
            "| model | SAD ↓ | IoU ↑ |\n"
            "|---|---:|---:|\n"
            "| a | **1.100 [-0.171, 2.371]** | 0.5000 [0.5000, 0.5000] |\n"
            "| b | 3.000 [3.000, 3.000] | 0.5000 [0.5000, 0.5000] |\n"
            "\nRegion: every pixel. Means over frames, in brackets their 95 % intervals (bootstrap over clips).\n");
}

TEST(ScoreTables, SayWhatAModelWasGiven) {
  EvaluationResult a = result_of("a", 1, 1.2), b = result_of("b", 3, 3);
  a.model.given = {"frame", "past", "trimap"};
  a.speed = Speed{2, 2, 3, 9, 64, 48, 2};
  const std::vector<Table> tables = score_tables({a, b});
  ASSERT_THAT(names_of(tables), ElementsAre("scores_whole"));
  EXPECT_THAT(to_markdown(tables[0]), HasSubstr("| model | given | SAD ↓ | IoU ↑ |\n"
                                                "|---|---|---:|---:|\n"
                                                "| a | frame, past, trimap | **1.100 ["));
  EXPECT_THAT(to_markdown(tables[0]), HasSubstr("| b | – | 3.000 ["));
  EXPECT_THAT(tables[0].note, HasSubstr("frames before it"));
  EXPECT_THAT(to_csv(tables[0]), HasSubstr("model,given,SAD,"));
  EXPECT_THAT(to_latex(tables[0]), HasSubstr("\\begin{tabular}{llrr}"));
  const std::vector<Table> speed = speed_tables({a, b});
  ASSERT_EQ(speed.size(), 1U);
  EXPECT_THAT(markdown_grid(speed[0]), HasSubstr("| a | frame, past, trimap | 2.00 |"));
  EXPECT_EQ(speed[0].rows.size(), 1U) << "of b no time is known";
}

TEST(ScoreTables, BestNeedsAWorseOneAndTheSameData) {
  const auto best = [](const std::vector<EvaluationResult>& results) {
    const Table table = score_tables(results)[0];
    std::string marks;
    for (const auto& row : table.rows) marks += row[1].best ? '*' : '.';
    return marks;
  };
  EXPECT_EQ(best({result_of("a", 1, 1)}), ".");
  EXPECT_EQ(best({result_of("a", 1, 1), result_of("b", 1, 1)}), "..");
  EXPECT_EQ(best({result_of("a", 1, 1), result_of("b", 2, 2), result_of("c", 1.0001, 1.0001)}), "*.*") << "reads the same";
  EXPECT_EQ(best({result_of("a", 2, 2), result_of("b", 1, 1)}), ".*");
  EvaluationResult other = result_of("b", 1, 1);
  other.data.truth_hash = "bb";
  EXPECT_EQ(best({result_of("a", 2, 2), other}), "..");
  EXPECT_THAT(score_tables({result_of("a", 2, 2), other})[0].note, HasSubstr("different data"));
  EvaluationResult higher = result_of("b", 9, 9);
  higher.frames[0].regions["whole"]["iou"] = 0.6;
  const Table table = score_tables({result_of("a", 1, 1), higher})[0];
  EXPECT_TRUE(table.rows[0][1].best && !table.rows[0][2].best);
  EXPECT_TRUE(!table.rows[1][1].best && table.rows[1][2].best);
}

TEST(ScoreTables, VariantsAndRegionsHaveTablesOfTheirOwn) {
  EvaluationResult a = result_of("a", 1, 2), b = result_of("b", 2, 3);
  a.frames[0].regions["whole"]["v"] = 5;
  b.frames[1].regions["unknown"]["sad"] = 7;
  const std::vector<Table> tables = score_tables({a, b});
  EXPECT_THAT(names_of(tables), ElementsAre("scores_whole", "scores_unknown", "variants_whole"));
  EXPECT_EQ(tables[0].columns.size(), 3U);
  EXPECT_EQ(tables[1].columns.size(), 2U);
  EXPECT_EQ(cell_text(tables[1].rows[0][1]), "–");
  EXPECT_EQ(cell_text(tables[1].rows[1][1]), "7.000") << "one clip, no interval";
  EXPECT_FALSE(tables[1].rows[1][1].best) << "alone";
  EXPECT_EQ(tables[2].columns[1].title, "V");
}

TEST(ScoreTables, NoteSaysHowEmptyFramesCount) {
  EvaluationResult a = result_of("a", 1, 2), b = result_of("b", 2, 3);
  EXPECT_THAT(score_tables({a, b})[0].note, Not(HasSubstr("Without a pixel")));
  a.empty["whole"] = 1, b.empty["whole"] = 1;
  EXPECT_THAT(score_tables({a, b})[0].note, HasSubstr("Without a pixel there: 1 of 2 frames; they count as perfect."));
  b.empty["whole"] = 2, a.regions[0].empty_counts = false;
  EXPECT_THAT(score_tables({a, b})[0].note, HasSubstr("1 of 2 frames, 2 of 2 frames (by model); they have no value."));
}

TEST(ScoreTables, NumberModelsOfOneName) {
  const Table table = score_tables({result_of("a", 1, 2), result_of("b", 1, 2), result_of("a", 1, 2)})[0];
  EXPECT_EQ(table.rows[0][0].text, "a (1)");
  EXPECT_EQ(table.rows[1][0].text, "b");
  EXPECT_EQ(table.rows[2][0].text, "a (3)");
}

// SAD 2 lower in every one of five clips, IoU higher in two, lower in one: p 2/32, and sums of 0.1, 0.1, -0.1 reach 0.1 always.
TEST(PairedTables, Exactly) {
  EvaluationResult a = result_of("a", 0, 0), b = a;
  a.frames.clear(), b.frames.clear();
  for (int i = 0; i < 5; ++i) {
    a.frames.push_back(frame_of(std::to_string(i), 10 + i, i < 2 ? 0.6 : i < 3 ? 0.4 : 0.5));
    b.frames.push_back(frame_of(std::to_string(i), 12 + i, 0.5));
    a.frames.back().regions["whole"]["v"] = b.frames.back().regions["whole"]["v"] = 1;
  }
  b.model.name = "b|c";
  const std::vector<Table> tables = paired_tables({a, b});
  ASSERT_THAT(names_of(tables), ElementsAre("paired_2"));
  EXPECT_EQ(tables[0].title, "a against b|c");
  EXPECT_THAT(tables[0].note, HasSubstr("a minus b|c"));
  EXPECT_THAT(tables[0].note, HasSubstr("not corrected for multiple comparisons"));
  const std::string grid = markdown_grid(tables[0]);
  EXPECT_THAT(grid, HasSubstr("| region | metric | difference | p | p (Holm) | a better in | b\\|c better in | clips |\n"
                              "|---|---|---:|---:|---:|---:|---:|---:|\n"
                              "| whole frame | SAD ↓ | -2.00 [-2.00, -2.00] | 0.062 | 0.125 | 5 | 0 | 5 |\n"
                              "| whole frame | IoU ↑ | 0.0200 ["));
  EXPECT_THAT(grid, HasSubstr("] | 1.000 | 1.000 | 2 | 1 | 5 |\n"));
  EXPECT_EQ(tables[0].rows.size(), 2U) << "no variant";
}

TEST(PairedTables, AreOfTheFirstAgainstOthersOfItsData) {
  EvaluationResult other = result_of("c", 1, 2);
  other.data.trimap_hash = "t";
  const std::vector<Table> tables = paired_tables({result_of("a", 1, 2), result_of("b", 1, 2), other, result_of("d", 1, 2)});
  EXPECT_THAT(names_of(tables), ElementsAre("paired_2", "paired_4"));
  EXPECT_EQ(tables[1].title, "a against d");
  EXPECT_TRUE(paired_tables({result_of("a", 1, 2)}).empty());
  EXPECT_TRUE(paired_tables({}).empty());
}

// Six frames of size 1 .. 6: thirds of two. Occluders: none in 0 to 2, hand in 3 and 4, hand and hair in 5.
EvaluationResult sliced(const std::string& name, double scale) {
  EvaluationResult result = result_of(name, 0, 0);
  result.frames.clear();
  for (int i = 0; i < 6; ++i) {
    FrameScore frame = frame_of(std::to_string(i), scale * (i + 1), 0.5);
    frame.traits["face_size"] = i + 1;
    if (i > 0) frame.traits["covered"] = std::max(0, i - 3);  // 0 0 0 1 2
    if (i >= 3) frame.classes = {"hand"};
    if (i == 5) frame.classes.emplace_back("Hair");
    frame.traits["softness"] = i % 2;  // two values
    result.frames.push_back(frame);
  }
  return result;
}

std::vector<std::string> row_texts(const std::vector<Cell>& row) {
  std::vector<std::string> texts;
  for (const Cell& cell : row) {
    const std::string text = cell_text(cell);
    texts.push_back(text.substr(0, text.find(" [")) + (cell.best ? "*" : ""));
  }
  return texts;
}

TEST(SliceTables, CutByOccluderAndByThirds) {
  const std::vector<Table> tables = slice_tables({sliced("a", 1), sliced("b", 2)});
  ASSERT_THAT(names_of(tables), ElementsAre("slices_whole_sad"));
  const Table& table = tables[0];
  EXPECT_EQ(table.title, "SAD ↓ by slice, whole frame");
  ASSERT_EQ(table.rows.size(), 9U);
  EXPECT_THAT(row_texts(table.rows[0]), ElementsAre("occluder", "none", "3", "2.000*", "4.000"));
  EXPECT_THAT(row_texts(table.rows[1]), ElementsAre("occluder", "Hair", "1", "6.000*", "12.00"));
  EXPECT_THAT(row_texts(table.rows[2]), ElementsAre("occluder", "hand", "3", "5.000*", "10.00"));
  const std::string size = trait_table()[0].title, covered = trait_table()[2].title;
  EXPECT_THAT(row_texts(table.rows[3]), ElementsAre(size, "≤ 2", "2", "1.500*", "3.000"));
  EXPECT_THAT(row_texts(table.rows[4]), ElementsAre(size, "> 2, ≤ 4", "2", "3.500*", "7.000"));
  EXPECT_THAT(row_texts(table.rows[5]), ElementsAre(size, "> 4", "2", "5.500*", "11.00"));
  EXPECT_THAT(row_texts(table.rows[6]), ElementsAre(covered, "≤ 0", "3", "3.000*", "6.000")) << "ties stay together";
  EXPECT_THAT(row_texts(table.rows[7]), ElementsAre(covered, "> 0, ≤ 1", "1", "5.000*", "10.00"));
  EXPECT_THAT(row_texts(table.rows[8]), ElementsAre(covered, "> 1", "1", "6.000*", "12.00"));
}

TEST(SliceTables, AreEmptyWithoutCuts) {
  EXPECT_TRUE(slice_tables({result_of("a", 1, 2)}).empty()) << "one class and no trait";
  EXPECT_TRUE(slice_tables({}).empty());
}

TEST(SliceTables, CountUnknownRegionsApart) {
  EvaluationResult result = sliced("a", 1);
  result.metrics.push_back({"mad", "MAD", "mean", true, false});
  result.frames[4].regions["unknown"]["mad"] = 3;
  const std::vector<Table> tables = slice_tables({result});
  ASSERT_THAT(names_of(tables), ElementsAre("slices_whole_sad", "slices_unknown_mad"));
  ASSERT_EQ(tables[1].rows.size(), 3U) << "slices without a value are left out";
  EXPECT_THAT(row_texts(tables[1].rows[0]), ElementsAre("occluder", "hand", "1", "3.000"));
}

// 3 true, 1 false positives, 1 false negative, 5 true negatives.
TEST(PooledTables, ByHand) {
  EvaluationResult a = result_of("a", 1, 2), b = result_of("b", 1, 2);
  a.frames[0].confusion = {2, 1, 0, 2}, a.frames[1].confusion = {1, 0, 1, 3};
  const std::vector<Table> tables = pooled_tables({a, b});
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_EQ(markdown_grid(tables[0]),
            "| model | mIoU ↑ | IoU ↑ | accuracy ↑ | precision ↑ | recall ↑ |\n"
            "|---|---:|---:|---:|---:|---:|\n"
            "| a | 0.6571 | 0.6000 | 0.8000 | 0.7500 | 0.7500 |\n");
  EXPECT_TRUE(pooled_tables({b}).empty());
}

TEST(SpeedTables, LeaveOutWhatIsUnknown) {
  EvaluationResult a = result_of("a", 1, 2), b = result_of("b", 1, 2), c = result_of("c", 1, 2);
  EXPECT_TRUE(speed_tables({a, b}).empty());
  a.speed = Speed{10, 9, 20, 50, 512, 288, 2};
  b.speed = Speed{5, 5, 6, 50, 512, 288, 2};
  a.model.parameters = 3750000;
  EXPECT_EQ(markdown_grid(speed_tables({a, b, c})[0]),
            "| model | mean ms ↓ | median ms ↓ | 99 % ms ↓ | frames | parameters, M |\n"
            "|---|---:|---:|---:|---|---:|\n"
            "| a | 10.00 | 9.00 | 20.00 | 512x288, 2 threads | 3.750 |\n"
            "| b | 5.00 | 5.00 | 6.00 | 512x288, 2 threads | – |\n");
}

TEST(SpeedTables, MarkTheFastestOnlyInOneSetting) {
  EvaluationResult a = result_of("a", 1, 2), b = result_of("b", 1, 2);
  a.speed = Speed{10, 9, 20, 50, 512, 288, 1};
  b.speed = Speed{5, 5, 6, 50, 512, 288, 1};
  a.environment.processor = b.environment.processor = "cpu";
  a.environment.peak_memory = 3 << 20, a.model.multiply_adds = 2.5e9;
  const Table table = speed_tables({a, b})[0];
  EXPECT_THAT(row_texts(table.rows[0]),
              ElementsAre("a", "10.00", "9.00", "20.00", "512x288, 1 thread", "2.500", "3.000", "cpu"));
  EXPECT_TRUE(table.rows[1][1].best);
  b.environment.processor = "other";
  EXPECT_FALSE(speed_tables({a, b})[0].rows[1][1].best);
}

TEST(UncertaintyTables, ByHand) {
  EvaluationResult a = result_of("a", 1, 2), b = result_of("b", 1, 2);
  EXPECT_TRUE(uncertainty_tables({a, b}).empty());
  a.uncertainty = UncertaintyInfo{};
  a.uncertainty->spearman = 0.7, a.uncertainty->sparsification.ause = 0.25;
  a.uncertainty->calibration = {0.01, 0.2, 0.5, 0.9, -1.5, {}};
  EXPECT_EQ(
      markdown_grid(uncertainty_tables({a, b})[0]),
      "| model | Spearman ↑ | AUSE ↓ | \\|error\\| ≤ σ, % (68.3) | \\|error\\| ≤ 2σ, % (95.4) | calibration error ↓ | ENCE ↓ "
      "| NLL ↓ |\n"
      "|---|---:|---:|---:|---:|---:|---:|---:|\n"
      "| a | 0.700 | 0.250 | 50.0 | 90.0 | 0.0100 | 0.200 | -1.500 |\n");
}

// --- of real results

std::vector<EvaluationResult> real_results() {
  std::vector<EvaluationResult> results = {example_result("student_#1", {}, 6), example_result("te|ach{er", {}, 6, 2, 0.1F)};
  return results;
}

TEST(AllTables, AreSoundForRealResults) {
  const std::vector<Table> tables = all_tables(real_results());
  for (const char* name : {"scores_whole", "scores_unknown", "scores_face", "paired_2", "slices_whole_sad",
                           "slices_unknown_mad", "pooled", "speed", "uncertainty"})
    EXPECT_TRUE(find_table(tables, name)) << name;
  EXPECT_THAT(find_table(tables, "scores_unknown")->note, HasSubstr("2 of 12 frames; they count as perfect"));
  std::vector<std::string> names = names_of(tables);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end()) << "names are file names";
  for (const Table& table : tables) {
    EXPECT_EQ(table.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos) << table.name;
    EXPECT_FALSE(table.rows.empty()) << table.name;
    for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size()) << table.name;
    expect_sound_latex(table);
  }
}

TEST(AllTables, AreTheTablesInTheirOrder) {
  const std::vector<EvaluationResult> results = real_results();
  std::vector<std::string> apart;
  for (const auto& some : {score_tables(results), paired_tables(results), slice_tables(results), pooled_tables(results),
                           speed_tables(results), uncertainty_tables(results)})
    for (const Table& table : some) apart.push_back(to_csv(table));
  std::vector<std::string> all;
  for (const Table& table : all_tables(results)) all.push_back(to_csv(table));
  EXPECT_EQ(all, apart) << "what was drawn for one table does not change the next";
  EXPECT_TRUE(all_tables({}).empty());
}

TEST(AllTables, MeansAreThoseOfTheResult) {
  const std::vector<EvaluationResult> results = real_results();
  const std::vector<Table> tables = all_tables(results);
  const Table& table = *find_table(tables, "scores_whole");
  const Scores means = mean_scores(results[1], "whole");
  EXPECT_EQ(table.columns[1].title, "SAD");
  EXPECT_NEAR(*table.rows[1][1].number, means.at("sad"), 1e-12);
  EXPECT_TRUE(table.rows[0][1].best);
}

}  // namespace
}  // namespace facemat
