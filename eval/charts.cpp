#include "eval/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "eval/html.h"

namespace facemat {
namespace {

// Drawing area in SVG units.
constexpr double kWidth = 560, kHeight = 300, kLeft = 64, kRight = 16, kTop = 40, kBottom = 48;
constexpr int kColours = 6;  // of the style sheet's classes c0 .. c5

struct Axis {
  double low, high, begin, end;  // values, and where they lie in SVG units
  double at(double value) const { return begin + (value - low) / (high - low) * (end - begin); }
};

bool drawable(const Point& p) { return std::isfinite(p.x) && std::isfinite(p.y); }

struct Extent {
  double x_low = 0, x_high = -INFINITY, y_low = 0, y_high = -INFINITY;
};

Extent extent_of(const std::vector<Series>& series) {
  Extent e;
  for (const Series& s : series)
    for (const Point& p : s.points) {
      if (!drawable(p)) continue;
      e.x_low = std::min(e.x_low, p.x), e.x_high = std::max(e.x_high, p.x);
      e.y_low = std::min(e.y_low, p.y), e.y_high = std::max(e.y_high, p.y);
    }
  return e;
}

std::string label(double x, double y, const char* anchor, const std::string& text, const char* style = "tick") {
  return fmt::format("<text class='{}' x='{:.1f}' y='{:.1f}' text-anchor='{}'>{}</text>", style, x, y, anchor, escaped(text));
}

std::string number(double value) { return fmt::format("{:g}", std::abs(value) < 1e-12 ? 0 : value); }

std::string frame(const ChartText& text, const Axis& x, const Axis& y) {
  std::string svg = label(kLeft, 18, "start", text.title, "chart-title");
  for (const double tick : nice_ticks(y.low, y.high, 5)) {
    if (tick < y.low || tick > y.high) continue;
    svg += fmt::format("<line class='grid' x1='{:.1f}' x2='{:.1f}' y1='{:.1f}' y2='{:.1f}'/>", x.begin, x.end, y.at(tick),
                       y.at(tick));
    svg += label(x.begin - 8, y.at(tick) + 4, "end", number(tick));
  }
  for (const double tick : nice_ticks(x.low, x.high, 6))
    if (tick >= x.low && tick <= x.high) svg += label(x.at(tick), y.begin + 18, "middle", number(tick));
  svg += label((x.begin + x.end) / 2, kHeight - 8, "middle", text.x_axis, "axis");
  const double middle = (y.begin + y.end) / 2;
  svg += fmt::format("<text class='axis' transform='rotate(-90 14 {0:.1f})' x='14' y='{0:.1f}' text-anchor='middle'>{1}</text>",
                     middle, escaped(text.y_axis));
  return svg;
}

std::string curve(const Series& series, const Axis& x, const Axis& y, int colour, bool dots) {
  std::string points, marks;
  for (const Point& p : series.points) {
    if (!drawable(p)) continue;
    points += fmt::format("{:.1f},{:.1f} ", x.at(p.x), y.at(p.y));
    marks += fmt::format("<circle class='c{}' cx='{:.1f}' cy='{:.1f}' r='3.5'><title>{}: {}, {:.4g}</title></circle>", colour,
                         x.at(p.x), y.at(p.y), escaped(series.name), number(p.x), p.y);
  }
  return fmt::format("<polyline class='line c{}' points='{}'/>", colour, points) + (dots ? marks : "");
}

std::string legend(const std::vector<Series>& series) {
  std::string html = "<div class='legend'>";
  for (size_t i = 0; i < series.size(); ++i)
    html += fmt::format("<span><i class='c{}'></i>{}</span>", i % kColours, escaped(series[i].name));
  return html + "</div>";
}

}  // namespace

std::vector<double> nice_ticks(double low, double high, int count) {
  if (!(high > low) || count < 1) return {low};
  const double rough = (high - low) / count, power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0})
    if (factor * power >= rough) step = factor * power;
  std::vector<double> ticks;
  for (double i = std::floor(low / step); i * step < high + step * 0.999; ++i) ticks.push_back(i * step);
  return ticks;
}

std::string line_chart(const ChartText& text, const std::vector<Series>& all, bool dots) {
  std::vector<Series> series;
  for (const Series& s : all)
    if (std::any_of(s.points.begin(), s.points.end(), drawable)) series.push_back(s);
  if (series.empty())
    return fmt::format("<figure class='chart'><p class='quiet'>{}: nothing to draw</p></figure>", escaped(text.title));
  Extent e = extent_of(series);
  if (e.x_high <= e.x_low) e.x_high = e.x_low + 1;
  if (e.y_high <= e.y_low) e.y_high = e.y_low + 1;
  const Axis x{e.x_low, e.x_high, kLeft, kWidth - kRight};
  const Axis y{nice_ticks(e.y_low, e.y_high, 5).front(), nice_ticks(e.y_low, e.y_high, 5).back(), kHeight - kBottom, kTop};
  std::string svg = fmt::format("<svg viewBox='0 0 {} {}' role='img' aria-label='{}'>", kWidth, kHeight, escaped(text.title));
  svg += frame(text, x, y);
  for (size_t i = 0; i < series.size(); ++i) svg += curve(series[i], x, y, static_cast<int>(i) % kColours, dots);
  return "<figure class='chart'>" + svg + "</svg>" + (series.size() > 1 ? legend(series) : "") + "</figure>";
}

std::string bar_chart(const ChartText& text, const std::vector<Bar>& bars) {
  constexpr double kName = 170, kValue = 70, kRow = 34, kThick = 18, kHead = 34;
  double top = 0;
  for (const Bar& bar : bars) top = std::max(top, bar.value);
  const double height = kHead + kRow * static_cast<double>(bars.size()) + 24;
  std::string svg =
      fmt::format("<svg viewBox='0 0 {} {:.0f}' role='img' aria-label='{}'>", kWidth, height, escaped(text.title));
  svg += label(0, 18, "start", text.title, "chart-title");
  for (size_t i = 0; i < bars.size(); ++i) {
    const double y = kHead + kRow * static_cast<double>(i), width = kWidth - kName - kValue;
    const double length = top > 0 ? std::max(0.0, bars[i].value) / top * width : 0;
    svg += label(kName - 10, y + kThick - 4, "end", bars[i].name, "bar-name");
    svg += fmt::format("<rect class='{}' x='{}' y='{:.1f}' width='{:.1f}' height='{}' rx='3'/>",
                       bars[i].reference ? "bar pale" : "bar", kName, y, std::max(length, 1.0), kThick);
    svg += label(kName + length + 8, y + kThick - 4, "start", fmt::format("{:.3f}", bars[i].value), "bar-value");
  }
  svg += label(kName, height - 6, "start", text.x_axis, "axis");
  return "<figure class='chart'>" + svg + "</svg></figure>";
}

}  // namespace facemat
