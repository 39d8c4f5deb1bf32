#pragma once
// Charts as inline SVG.

#include <string>
#include <vector>

namespace facemat {

struct Point {
  double x, y;
};
struct Series {
  std::string name;  // in the legend
  std::vector<Point> points;
};
struct ChartText {
  std::string title, x_axis, y_axis;
};

// Lines with axes, grid and legend; both start at 0 unless values are negative. Points that are not finite are left out. Empty
// series are skipped; without any point the chart says so.
std::string line_chart(const ChartText& text, const std::vector<Series>& series, bool dots = false);

// Horizontal bars from 0; `value` < 0 is drawn as 0.
struct Bar {
  std::string name;
  double value;
  bool reference;  // drawn pale: something to compare with
};
std::string bar_chart(const ChartText& text, const std::vector<Bar>& bars);

// Round tick positions that cover low..high, about `count` of them.
std::vector<double> nice_ticks(double low, double high, int count);

}  // namespace facemat
