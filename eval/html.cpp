#include "eval/html.h"

#include <algorithm>
#include <cstdint>

namespace facemat {
namespace {

constexpr const char* kStyle = R"css(
:root { --ink:#1c2430; --soft:#5b6675; --line:#dfe4ea; --paper:#ffffff; --page:#f4f6f8; --accent:#0f6d8c; --best:#e3f3ec; --best-ink:#0b6b46;
  --c0:#0f6d8c; --c1:#d9722e; --c2:#6a4fb3; --c3:#2f9263; --c4:#b8456b; --c5:#7a7f1f; }
@media (prefers-color-scheme: dark) { :root { --ink:#e5eaf0; --soft:#9aa6b5; --line:#2f3844; --paper:#1a212b; --page:#11161d; --accent:#56b6d6;
  --best:#153a2b; --best-ink:#7ad9ae; --c0:#56b6d6; --c1:#f0995a; --c2:#a994ec; --c3:#62c796; --c4:#e47f9f; --c5:#c3c95a; } }
* { box-sizing:border-box } body { margin:0; background:var(--page); color:var(--ink); font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif; }
main { max-width:1180px; margin:0 auto; padding:32px 24px 64px } header { margin-bottom:24px }
h1 { font-size:28px; line-height:1.2; margin:0 0 6px; letter-spacing:-.01em } h2 { font-size:18px; margin:0 0 4px } h3 { font-size:15px; margin:18px 0 8px }
section { background:var(--paper); border:1px solid var(--line); border-radius:12px; padding:20px 24px; margin:0 0 20px }
p { margin:4px 0 12px } .quiet { color:var(--soft) } .lead { color:var(--soft); margin:0 } .warn { border-left:4px solid #d9722e; padding-left:12px }
.chips { display:flex; flex-wrap:wrap; gap:8px; margin-top:14px } .chips span { background:var(--paper); border:1px solid var(--line); border-radius:99px; padding:3px 12px; font-size:13px }
.chips b { color:var(--soft); font-weight:500; margin-right:6px }
.scroll { overflow-x:auto } table { border-collapse:collapse; width:100%; font-size:14px; font-variant-numeric:tabular-nums }
th,td { padding:7px 10px; text-align:right; border-bottom:1px solid var(--line); white-space:nowrap } th { white-space:normal; vertical-align:bottom; color:var(--soft); font-weight:600; font-size:13px }
th:first-child,td:first-child { text-align:left } tbody tr:last-child td { border-bottom:0 } td.best { background:var(--best); color:var(--best-ink); font-weight:600 }
tr.region td { color:var(--soft); font-size:12px; font-weight:600; text-transform:uppercase; letter-spacing:.05em; padding-top:16px } tr.reference td { color:var(--soft) }
.name { font-weight:600 } .kind { color:var(--soft); font-weight:400; font-size:12px; margin-left:8px }
.charts { display:grid; grid-template-columns:repeat(auto-fit,minmax(330px,1fr)); gap:16px 24px } .chart { margin:8px 0 } .chart svg { width:100%; max-width:620px; height:auto; display:block }
svg text { fill:var(--soft); font-size:12px; font-family:inherit } svg .chart-title { fill:var(--ink); font-size:14px; font-weight:600 } svg .axis { font-size:12px }
svg .bar-name,svg .bar-value { fill:var(--ink); font-size:13px } .grid { stroke:var(--line); stroke-width:1 } .line { fill:none; stroke-width:2; stroke-linejoin:round }
.bar { fill:var(--accent) } .bar.pale { fill:var(--soft); opacity:.45 }
.line.c0{stroke:var(--c0)} .line.c1{stroke:var(--c1)} .line.c2{stroke:var(--c2)} .line.c3{stroke:var(--c3)} .line.c4{stroke:var(--c4)} .line.c5{stroke:var(--c5)}
circle.c0{fill:var(--c0)} circle.c1{fill:var(--c1)} circle.c2{fill:var(--c2)} circle.c3{fill:var(--c3)} circle.c4{fill:var(--c4)} circle.c5{fill:var(--c5)}
.legend { display:flex; flex-wrap:wrap; gap:4px 16px; font-size:13px; color:var(--soft); padding-left:64px } .legend i { display:inline-block; width:14px; height:3px; border-radius:2px; margin:0 6px 4px 0 }
i.c0{background:var(--c0)} i.c1{background:var(--c1)} i.c2{background:var(--c2)} i.c3{background:var(--c3)} i.c4{background:var(--c4)} i.c5{background:var(--c5)}
.case { margin:0 0 18px } .case-head { display:flex; justify-content:space-between; gap:16px; font-size:13px; margin-bottom:6px } .case-head span { color:var(--soft) }
.pictures { display:grid; grid-auto-flow:column; grid-auto-columns:minmax(0,1fr); gap:8px } .pictures figure { margin:0 } .pictures img { width:100%; display:block; border-radius:6px; background:#000 }
figcaption { font-size:12px; color:var(--soft); margin-top:3px }
.cases { display:grid; grid-template-columns:repeat(auto-fit,minmax(520px,1fr)); gap:6px 28px }
details { border-top:1px solid var(--line); padding:10px 0 } details:first-of-type { border-top:0 } summary { cursor:pointer; font-weight:600 } dl { display:grid; grid-template-columns:max-content 1fr; gap:4px 18px; margin:8px 0 0; font-size:14px }
dt { font-weight:600 } dd { margin:0; color:var(--soft) } code { font-family:ui-monospace,"DejaVu Sans Mono",monospace; font-size:12px } footer { color:var(--soft); font-size:13px }
@media print { body { background:#fff } section { break-inside:avoid; border-color:#ccc } }
)css";

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  return out;
}

std::string base64(std::string_view bytes) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (k < count ? static_cast<uint8_t>(bytes[i + k]) : 0);
    for (size_t k = 0; k < 4; ++k) out += k <= count ? kLetters[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::string html_page(const std::string& title, const std::string& body) {
  return "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
         "content='width=device-width,initial-scale=1'>\n<title>" +
         escaped(title) + "</title>\n<style>" + kStyle + "</style></head>\n<body><main>\n" + body + "</main></body></html>\n";
}

}  // namespace facemat
