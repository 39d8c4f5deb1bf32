#pragma once
// Charts without scripts. Curves and columns are inline SVG; bars and dots are HTML, whose text keeps its size on narrow
// screens. A series is told from others by its marker and dashes as well as by its colour (classes s0 .. s5 of
// eval/report/style.cpp).

#include <optional>
#include <string>
#include <vector>

namespace facemat {

inline constexpr int kSeriesColours = 6, kSeriesStyles = kSeriesColours * kSeriesColours;  // with another marker for each

struct Point {
  double x, y;
};
struct Series {
  std::string name;  // in the legend
  std::vector<Point> points;
  int style = 0;           // a model keeps its style in all charts of a page; >= 0; told apart below kSeriesStyles
  bool reference = false;  // something to compare with: thin grey dashes without markers
};
struct ChartText {
  std::string title, x_axis, y_axis;
};
struct LineOptions {
  bool markers = true;
  bool shade = false;  // the area between the first two series, which must have the same x
};

// Lines with axes, grid and legend; both start at 0 unless values are negative. Points that are not finite are left out. Empty
// series are skipped; without any point the chart says so.
std::string line_chart(const ChartText& text, const std::vector<Series>& series, const LineOptions& options = {});

// Upright columns side by side, one of each series for each group; `values` as many as groups, values < 0 are drawn as 0.
struct ColumnSeries {
  std::string name;
  std::vector<double> values;
  int style = 0;
};
std::string column_chart(const ChartText& text, const std::vector<std::string>& groups,
                         const std::vector<ColumnSeries>& series);

struct Bounds {
  double low = 0, high = 0;
};

// Horizontal bars from 0, with a whisker for `range`; `value` < 0 is drawn as 0.
struct Bar {
  std::string name;
  double value = 0;
  bool reference = false;  // drawn as an outline: something to compare with
  int style = 0;
  std::optional<Bounds> range;
};
std::string bar_chart(const ChartText& text, const std::vector<Bar>& bars);

// A line for each category, on it a marker for each series, with a whisker for its range. The axis covers 0 and all values, but
// not the far ends of wide ranges: those are drawn open. There is no legend: the caller places marker_key beside the names.
struct Dot {
  double value = 0;
  std::optional<Bounds> range;
};
struct DotSeries {
  std::string name;
  std::vector<std::optional<Dot>> dots;  // as many as categories
  int style = 0;
};
std::string dot_chart(const ChartText& text, const std::vector<std::string>& categories, const std::vector<DotSeries>& series);

// The marker of a style, as a small inline picture beside a name.
std::string marker_key(int style);

// Round tick positions that cover low..high, about `count` of them; at least one.
std::vector<double> nice_ticks(double low, double high, int count);

// `value` as a short label: four significant digits, no exponent below a million.
std::string short_number(double value);

}  // namespace facemat
