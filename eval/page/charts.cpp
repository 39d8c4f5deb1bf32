#include "eval/page/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "eval/page/html.h"

namespace facemat {
namespace {

// Drawing area in SVG units, which are about pixels.
constexpr double kWidth = 390, kHeight = 250, kLeft = 54, kRight = 12, kTop = 32, kBottom = 42;

// Colours and dashes come again after kSeriesColours; each time with the next shape of marker.
int style_of(int style) { return style % kSeriesColours; }
int shape_of(int style) { return (style + style / kSeriesColours) % kSeriesColours; }

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
  if (e.x_high <= e.x_low) e.x_high = e.x_low + 1;
  if (e.y_high <= e.y_low) e.y_high = e.y_low + 1;
  return e;
}

// An axis that begins and ends at round values.
Axis round_axis(double low, double high, double begin, double end) {
  const std::vector<double> ticks = nice_ticks(low, high, 5);
  return {ticks.front(), ticks.back(), begin, end};
}

std::string label(double x, double y, const char* anchor, const std::string& text, const char* style = "tick") {
  return fmt::format("<text class='{}' x='{:.1f}' y='{:.1f}' text-anchor='{}'>{}</text>", style, x, y, anchor, escaped(text));
}

std::string marker(int style, double x, double y, double r, const std::string& title = {}) {
  const std::string inside = title.empty() ? "" : "<title>" + escaped(title) + "</title>";
  const auto shape = [&](const std::string& path) {
    return fmt::format("<path class='mark s{}' d='{}'>{}</path>", style_of(style), path, inside);
  };
  const double d = 1.25 * r, c = 0.42 * r;
  switch (shape_of(style)) {
    case 0:
      return fmt::format("<circle class='mark s{}' cx='{:.1f}' cy='{:.1f}' r='{:.1f}'>{}</circle>", style_of(style), x, y, r,
                         inside);
    case 1:
      return shape(fmt::format("M{:.1f} {:.1f}h{:.1f}v{:.1f}h-{:.1f}z", x - r, y - r, 2 * r, 2 * r, 2 * r));
    case 2:
      return shape(fmt::format("M{:.1f} {:.1f}L{:.1f} {:.1f}H{:.1f}z", x, y - d, x + d, y + r, x - d));
    case 3:
      return shape(fmt::format("M{:.1f} {:.1f}l{:.1f} {:.1f}l-{:.1f} {:.1f}l-{:.1f} -{:.1f}z", x, y - d, d, d, d, d, d, d));
    case 4:
      return shape(fmt::format("M{:.1f} {:.1f}L{:.1f} {:.1f}H{:.1f}z", x, y + d, x + d, y - r, x - d));
    default:  // an upright cross
      return shape(
          fmt::format("M{0:.1f} {1:.1f}H{2:.1f}V{3:.1f}H{4:.1f}V{5:.1f}H{2:.1f}V{6:.1f}H{0:.1f}V{5:.1f}H{7:.1f}V{3:.1f}"
                      "H{0:.1f}z",
                      x - c, y - d, x + c, y - c, x + d, y + c, y + d, x - d));
  }
}

std::string open_svg(const std::string& title) {
  return fmt::format("<svg viewBox='0 0 {} {}' role='img' aria-label='{}'>", kWidth, kHeight, escaped(title));
}

std::string value_axis(const ChartText& text, const Axis& y) {
  std::string svg = label(0, 15, "start", text.title, "chart-title");
  for (const double tick : nice_ticks(y.low, y.high, 5)) {
    if (tick < y.low - 1e-9 * (y.high - y.low) || tick > y.high + 1e-9 * (y.high - y.low)) continue;
    svg += fmt::format("<line class='grid' x1='{}' x2='{}' y1='{:.1f}' y2='{:.1f}'/>", kLeft, kWidth - kRight, y.at(tick),
                       y.at(tick));
    svg += label(kLeft - 7, y.at(tick) + 4, "end", short_number(tick));
  }
  const double middle = (y.begin + y.end) / 2;
  return svg + fmt::format(
                   "<text class='axis' transform='rotate(-90 11 {0:.1f})' x='11' y='{0:.1f}' "
                   "text-anchor='middle'>{1}</text>",
                   middle, escaped(text.y_axis));
}

std::string step_axis(const ChartText& text, const Axis& x) {
  std::string svg = label((x.begin + x.end) / 2, kHeight - 7, "middle", text.x_axis, "axis");
  for (const double tick : nice_ticks(x.low, x.high, 5))
    if (tick >= x.low && tick <= x.high * (1 + 1e-9))
      svg += label(x.at(tick), kHeight - kBottom + 17, "middle", short_number(tick));
  return svg;
}

std::string points_of(const Series& series, const Axis& x, const Axis& y) {
  std::string points;
  for (const Point& p : series.points)
    if (drawable(p)) points += fmt::format("{:.1f},{:.1f} ", x.at(p.x), y.at(p.y));
  return points;
}

std::string curve(const Series& series, const Axis& x, const Axis& y, bool markers) {
  if (series.reference) return fmt::format("<polyline class='line reference' points='{}'/>", points_of(series, x, y));
  std::string svg = fmt::format("<polyline class='line s{}' points='{}'/>", style_of(series.style), points_of(series, x, y));
  if (!markers) return svg;
  for (const Point& p : series.points)
    if (drawable(p))
      svg += marker(series.style, x.at(p.x), y.at(p.y), 3.4,
                    fmt::format("{}: {}, {}", series.name, short_number(p.x), short_number(p.y)));
  return svg;
}

std::string shaded(const Series& a, const Series& b, const Axis& x, const Axis& y) {
  Series back = b;
  std::reverse(back.points.begin(), back.points.end());
  return fmt::format("<polygon class='shade s{}' points='{}{}'/>", style_of(a.style), points_of(a, x, y),
                     points_of(back, x, y));
}

std::string line_key(const Series& series) {
  const std::string line = series.reference
                               ? "<line class='line reference' x1='1' x2='27' y1='7' y2='7'/>"
                               : fmt::format("<line class='line s{}' x1='1' x2='27' y1='7' y2='7'/>", style_of(series.style)) +
                                     marker(series.style, 14, 7, 3.4);
  return fmt::format("<span><svg class='key' width='28' height='14' aria-hidden='true'>{}</svg>{}</span>", line,
                     escaped(series.name));
}

std::string figure(const std::string& inside, const std::string& legend) {
  return "<figure class='chart'>" + inside + (legend.empty() ? "" : "<div class='legend'>" + legend + "</div>") + "</figure>";
}

// The text column, the drawing and the number of a chart that is made of HTML.
std::string rows_chart(const ChartText& text, const std::string& rows) {
  return fmt::format(
      "<figure class='chart rows-chart' role='group' aria-label='{0}'><figcaption class='chart-title'>{0} <span "
      "class='quiet'>{1}</span></figcaption><div class='rows'>{2}</div></figure>",
      escaped(text.title), escaped(text.x_axis), rows);
}

double percent(double value, double low, double high) { return high > low ? 100 * (value - low) / (high - low) : 0; }

std::string whisker(const Bounds& range, double low, double high, int style) {
  if (!std::isfinite(range.low) || !std::isfinite(range.high)) return {};
  const double begin = std::clamp(percent(range.low, low, high), 0.0, 100.0);
  const double end = std::clamp(percent(range.high, low, high), 0.0, 100.0);
  const std::string open = std::string(range.low < low ? " open-low" : "") + (range.high > high ? " open-high" : "");
  return fmt::format("<i class='whisker s{}{}' style='left:{:.2f}%;width:{:.2f}%'></i>", style_of(style), open, begin,
                     end - begin);
}

void widen(double value, double& low, double& high) {
  if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
}

std::string dots_of(const std::vector<DotSeries>& series, size_t category, double low, double high) {
  std::string html;
  for (const DotSeries& s : series) {
    const std::optional<Dot>& dot = s.dots[category];
    if (!dot || !std::isfinite(dot->value)) continue;
    html += "<span class='dot-line'>";
    if (dot->range) html += whisker(*dot->range, low, high, s.style);
    html += fmt::format("<svg class='dot' style='left:{:.2f}%' width='14' height='14' role='img' aria-label='{}: {}'>{}</svg>",
                        percent(dot->value, low, high), escaped(s.name), short_number(dot->value),
                        marker(s.style, 7, 7, 3.8, s.name + ": " + short_number(dot->value)));
    html += "</span>";
  }
  return html;
}

std::string html_ticks(double low, double high) {
  std::string html = "<span></span><span class='track ticks' aria-hidden='true'>";
  for (const double tick : nice_ticks(low, high, 5))
    if (tick >= low - 1e-12 && tick <= high * (1 + 1e-9))
      html += fmt::format("<i style='left:{:.2f}%'>{}</i>", percent(tick, low, high), short_number(tick));
  return html + "</span>";
}

// A slice of two clips may have an interval from minus ten to ten: the axis then follows the values.
Bounds dot_axis(const std::vector<DotSeries>& series) {
  constexpr double kMostBeyond = 1.6;
  double low = 0, high = 0, range_low = 0, range_high = 0;
  for (const DotSeries& s : series)
    for (const std::optional<Dot>& dot : s.dots) {
      if (!dot) continue;
      widen(dot->value, low, high);
      if (dot->range) widen(dot->range->low, range_low, range_high), widen(dot->range->high, range_low, range_high);
    }
  if (low < 0) low = std::min(low, std::max(range_low, kMostBeyond * low));
  high = std::max(high, std::min(range_high, kMostBeyond * high));
  return {low, high > low ? high : low + 1};
}

}  // namespace

std::vector<double> nice_ticks(double low, double high, int count) {
  if (!(high > low) || count < 1) return {low};
  const double rough = (high - low) / count, power = std::pow(10, std::floor(std::log10(rough)));
  if (!std::isfinite(rough) || !std::isnormal(power)) return {low, high};  // beyond what doubles can be cut into
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0})
    if (factor * power >= rough * (1 - 1e-9)) step = factor * power;
  std::vector<double> ticks;
  for (double i = std::floor(low / step + 1e-9); i * step < high + step * 0.999; ++i) ticks.push_back(i * step);
  return ticks;
}

std::string short_number(double value) {
  if (std::abs(value) < 1e-12) return "0";
  return std::abs(value) >= 1000 && std::abs(value) < 1e6 ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
}

std::string marker_key(int style) {
  return "<svg class='key' width='14' height='14' aria-hidden='true'>" + marker(style, 7, 7, 3.8) + "</svg>";
}

std::string line_chart(const ChartText& text, const std::vector<Series>& all, const LineOptions& options) {
  std::vector<Series> series;
  for (const Series& s : all)
    if (std::any_of(s.points.begin(), s.points.end(), drawable)) series.push_back(s);
  if (series.empty()) return figure("<p class='quiet'>" + escaped(text.title) + ": nothing to draw</p>", "");
  const Extent e = extent_of(series);
  const Axis x{e.x_low, e.x_high, kLeft, kWidth - kRight}, y = round_axis(e.y_low, e.y_high, kHeight - kBottom, kTop);
  std::string svg = open_svg(text.title) + value_axis(text, y) + step_axis(text, x), legend;
  if (options.shade && series.size() > 1) svg += shaded(series[0], series[1], x, y);
  for (const Series& s : series) svg += curve(s, x, y, options.markers), legend += line_key(s);
  return figure(svg + "</svg>", series.size() > 1 ? legend : "");
}

std::string column_chart(const ChartText& text, const std::vector<std::string>& groups,
                         const std::vector<ColumnSeries>& series) {
  double low = 0, top = 0;
  for (const ColumnSeries& s : series)
    for (const double value : s.values) widen(value, low, top);
  const Axis y = round_axis(0, top > 0 ? top : 1, kHeight - kBottom, kTop);
  std::string svg = open_svg(text.title) + value_axis(text, y), legend;
  svg += label((kLeft + kWidth - kRight) / 2, kHeight - 7, "middle", text.x_axis, "axis");
  const double room = (kWidth - kLeft - kRight) / static_cast<double>(groups.size());
  const double wide = 0.8 * room / static_cast<double>(series.size());
  for (size_t g = 0; g < groups.size(); ++g) {
    const double left = kLeft + room * (static_cast<double>(g) + 0.1);
    svg += label(left + 0.4 * room, kHeight - kBottom + 17, "middle", groups[g]);
    for (size_t s = 0; s < series.size(); ++s) {
      const double value = std::isfinite(series[s].values[g]) ? std::max(0.0, series[s].values[g]) : 0;
      svg +=
          fmt::format("<rect class='column s{}' x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{:.1f}'><title>{}</title></rect>",
                      style_of(series[s].style), left + wide * static_cast<double>(s), y.at(value), wide - 1.5,
                      std::max(0.0, y.begin - y.at(value)),
                      escaped(fmt::format("{}, {}: {}", series[s].name, groups[g], short_number(value))));
    }
  }
  for (const ColumnSeries& s : series)
    legend += fmt::format(
        "<span><svg class='key' width='14' height='14' aria-hidden='true'><rect class='column s{}' x='2' y='2' "
        "width='10' height='10'/></svg>{}</span>",
        style_of(s.style), escaped(s.name));
  return figure(svg + "</svg>", legend);
}

std::string bar_chart(const ChartText& text, const std::vector<Bar>& bars) {
  double low = 0, high = 0;
  for (const Bar& bar : bars) {
    widen(bar.value, low, high);
    if (bar.range) widen(bar.range->high, low, high);
  }
  std::string rows;
  for (const Bar& bar : bars) {
    const double length = std::isfinite(bar.value) ? percent(std::max(0.0, bar.value), 0, high) : 0;
    rows += fmt::format(
        "<span class='row-name'>{}{}</span><span class='track'><i class='bar{} s{}' style='width:{:.2f}%'></i>{}"
        "</span><b>{}</b>",
        bar.reference ? "" : marker_key(bar.style), escaped(bar.name), bar.reference ? " reference" : "", style_of(bar.style),
        length, bar.range ? whisker(*bar.range, 0, high, bar.style) : "",
        std::isfinite(bar.value) ? fmt::format("{:#.4g}", bar.value) : "&ndash;");
  }
  return rows_chart(text, rows);
}

std::string dot_chart(const ChartText& text, const std::vector<std::string>& categories, const std::vector<DotSeries>& series) {
  const auto [low, high] = dot_axis(series);
  std::string rows;
  for (size_t c = 0; c < categories.size(); ++c)
    rows += fmt::format("<span class='row-name'>{}</span><span class='track'>{}</span>", escaped(categories[c]),
                        dots_of(series, c, low, high));
  return rows_chart(text, "<div class='two'>" + rows + html_ticks(low, high) + "</div>");
}

}  // namespace facemat
