// The page's style. Colours s0 .. s5 are derived from Okabe and Ito's palette for colour-blind readers, made darker on white
// and lighter on black until each stands out by 3:1 and more (tests/eval/report/report_test.cpp computes it).

#include "eval/report/sections.h"

namespace facemat {

const char* const kReportStyle = R"css(
:root { --ink:#1b2129; --soft:#566171; --faint:#e3e7ec; --line:#cfd6de; --paper:#ffffff; --page:#f5f6f8; --accent:#005a8f;
  --best:#e8f1f8; --warn:#8a4300; --warn-paper:#fff4e8; --s0:#0072b2; --s1:#c44f00; --s2:#00795a; --s3:#a8457f; --s4:#866300; --s5:#48515c; }
@media (prefers-color-scheme: dark) { :root { --ink:#e4e8ed; --soft:#a2adba; --faint:#2a323c; --line:#3a4450; --paper:#181e25; --page:#10151a; --accent:#7cc4f0;
  --best:#1b3040; --warn:#ffc48a; --warn-paper:#33240f; --s0:#56b4e9; --s1:#f28a3c; --s2:#2cc295; --s3:#e58fc0; --s4:#e6c02e; --s5:#c3cad4; } }

* { box-sizing:border-box }
html { scroll-behavior:smooth; scroll-padding-top:16px; -webkit-text-size-adjust:100% }
body { margin:0; background:var(--page); color:var(--ink); font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif; }
h1,h2,h3,h4,p,ul,dl,dd,figure { margin:0; padding:0 }
h1 { font-size:26px; line-height:1.2; font-weight:650; letter-spacing:-.015em; overflow-wrap:anywhere }
h2 { font-size:18px; line-height:1.3; font-weight:650; letter-spacing:-.005em }
h3 { font-size:14px; font-weight:650; margin:18px 0 8px }
h4 { font-size:13px; font-weight:600 }
a { color:var(--accent) }
code { font-family:ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace; font-size:.88em; overflow-wrap:anywhere }
sup { font-size:.75em; line-height:0 }
.quiet,.kind { color:var(--soft); font-weight:400 } .kind { font-size:12px } .name { overflow-wrap:anywhere }
:focus-visible { outline:2px solid var(--accent); outline-offset:2px; border-radius:3px }

/* page: contents at the left of the text, above it on narrow screens */
body { display:grid; grid-template-columns:190px minmax(0,1180px); justify-content:center; gap:0 28px; padding:0 20px }
nav.contents { position:sticky; top:0; align-self:start; max-height:100vh; overflow:auto; padding:36px 0 24px }
nav.contents ul { list-style:none; border-left:1px solid var(--line) }
nav.contents a { display:block; padding:3px 12px; margin-left:-1px; border-left:2px solid transparent; color:var(--soft); text-decoration:none; font-size:13px; white-space:nowrap }
nav.contents a:hover { color:var(--ink) }
nav.contents a[aria-current] { color:var(--ink); border-color:var(--accent); font-weight:600 }
main { padding:32px 0 64px; min-width:0 }
header { margin-bottom:28px }
.lead { color:var(--soft); font-size:15px; margin-top:4px; overflow-wrap:anywhere }
section { background:var(--paper); border:1px solid var(--faint); border-radius:8px; padding:20px 22px 22px; margin-bottom:16px; min-width:0 }
.about { color:var(--soft); max-width:78ch; margin:4px 0 14px; font-size:13px }
.note { color:var(--soft); font-size:12.5px; margin-top:8px; max-width:84ch }
.warn { background:var(--warn-paper); border-left:4px solid var(--warn); border-radius:4px; padding:10px 14px; margin-top:14px; overflow-wrap:anywhere }
.warn h2 { font-size:13px; color:var(--warn) } .warn ul { padding-left:18px; font-size:13px }

/* headline */
.model-cards { display:grid; grid-template-columns:repeat(auto-fit,minmax(min(270px,100%),1fr)); gap:12px; margin:18px 0 }
.model-card { background:var(--paper); border:1px solid var(--faint); border-radius:8px; padding:14px 16px; min-width:0 }
.model-card h2 { font-size:15px }
.figures { display:flex; flex-wrap:wrap; gap:4px 26px; margin:8px 0 10px }
.figure span { display:block; font-size:12px; color:var(--soft) }
.figure b { font-size:25px; line-height:1.2; font-weight:600; letter-spacing:-.02em; font-variant-numeric:tabular-nums }
.figure small { display:block; font-size:11.5px; color:var(--soft); font-variant-numeric:tabular-nums }
.facts { display:grid; grid-template-columns:repeat(auto-fill,minmax(min(150px,100%),1fr)); gap:8px 22px; font-size:13px }
.facts .wide { grid-column:span 2 } .facts dt { color:var(--soft); font-size:12px } .facts dd { overflow-wrap:anywhere }
.model-card .facts { display:block; font-size:12px }
.model-card .facts div { display:flex; gap:8px } .model-card .facts dt { flex:0 0 76px } .model-card .facts dd { min-width:0 }

/* tables */
.table { margin-top:14px; min-width:0 } .table:first-child { margin-top:0 }
.table figcaption { font-weight:650; font-size:13.5px; margin-bottom:4px; overflow-wrap:anywhere }
.scroll { overflow-x:auto; max-width:100% }
/* a shadow at an edge beyond which there is more: it stays, what hides it moves with the content */
.scroll { background:linear-gradient(90deg,var(--paper) 40%,transparent) 0 0/36px 100% no-repeat local,linear-gradient(270deg,var(--paper) 40%,transparent) 100% 0/36px 100% no-repeat local,
  linear-gradient(90deg,var(--line),transparent) 0 0/14px 100% no-repeat scroll,linear-gradient(270deg,var(--line),transparent) 100% 0/14px 100% no-repeat scroll }
table { border-collapse:collapse; font-size:13px; font-variant-numeric:tabular-nums; min-width:min(100%,420px) }
.beside table { width:100% }
th,td { padding:5px 10px; text-align:right; vertical-align:top; border-bottom:1px solid var(--faint); white-space:nowrap }
thead th { vertical-align:bottom; font-weight:600; font-size:12px; color:var(--soft); border-bottom:1px solid var(--line) }
tbody th { font-weight:500 } th:first-child,th.text,td.text { text-align:left } th:first-child { padding-left:2px }
tbody tr:last-child > * { border-bottom:0 } tbody tr:hover > * { background:var(--page) }
td.text,th.long { white-space:normal; max-width:44ch; overflow-wrap:anywhere } th.long { min-width:22ch } td.text { min-width:14ch }
thead th.wrap { white-space:normal; min-width:11ch } tbody th:first-child { position:sticky; left:0; background:var(--paper) }
#paired td small { display:inline-block; margin-left:8px; min-width:118px }
td small { display:block; font-size:11px; line-height:1.25; color:var(--soft) }
td.best { font-weight:700 } tbody td.best,tbody tr:hover td.best { background:var(--best) } td.best small { font-weight:400 }
.star { color:var(--accent); font-size:.8em; margin-right:3px }
.arrow { font-weight:400 }
button.sort { all:unset; cursor:pointer; color:inherit; font:inherit; border-radius:2px }
button.sort:hover { color:var(--ink) } button.sort:focus-visible { outline:2px solid var(--accent); outline-offset:3px }
[aria-sort] { color:var(--ink) } [aria-sort] .sort { text-decoration:underline; text-decoration-color:var(--accent); text-decoration-thickness:2px; text-underline-offset:4px }
[aria-sort=ascending] .sort::after { content:" \25B2"; font-size:.7em } [aria-sort=descending] .sort::after { content:" \25BC"; font-size:.7em }

/* tabs */
.tab-list { display:flex; flex-wrap:wrap; gap:2px; margin-bottom:12px; border-bottom:1px solid var(--line) }
.tab-list button { all:unset; cursor:pointer; font-size:13px; padding:5px 11px; color:var(--soft); margin-bottom:-1px; border-bottom:2px solid transparent }
.tab-list button:hover { color:var(--ink) }
.tab-list [aria-selected=true] { color:var(--ink); font-weight:600; border-color:var(--accent) }
.tab-list button:focus-visible { outline:2px solid var(--accent); outline-offset:-2px }
.tabs.live > .panel > h3 { display:none }

/* charts */
.charts { display:grid; grid-template-columns:repeat(auto-fill,minmax(min(330px,100%),1fr)); gap:18px 26px; margin-top:14px }
.chart { min-width:0 } .chart > svg { width:100%; max-width:460px; height:auto; display:block }
.beside { display:grid; grid-template-columns:repeat(auto-fit,minmax(min(400px,100%),1fr)); gap:14px 32px; align-items:start }
.beside > *,.charts > .table { margin-top:0; min-width:0 } .beside .chart > svg { max-width:420px } .beside + .beside { margin-top:18px } .legend + .beside { margin-top:10px }
.charts table { min-width:0; width:100% } .charts th,.charts td { padding:4px 7px }
svg text { fill:var(--soft); font-size:11.5px; font-family:inherit; font-variant-numeric:tabular-nums }
svg .chart-title,figcaption.chart-title { fill:var(--ink); font-size:13px; font-weight:650 }
.grid { stroke:var(--faint); stroke-width:1 }
.line { fill:none; stroke-width:1.8; stroke-linejoin:round }
.line.s1 { stroke-dasharray:7 3 } .line.s2 { stroke-dasharray:2 2.5 } .line.s3 { stroke-dasharray:9 3 2 3 } .line.s4 { stroke-dasharray:13 4 } .line.s5 { stroke-dasharray:5 2 1 2 1 2 }
.line.reference { stroke:var(--soft); stroke-dasharray:4 4; stroke-width:1.2 }
.mark { stroke:var(--paper); stroke-width:.8 } .shade { opacity:.13 }
.s0 { --series:var(--s0) } .s1 { --series:var(--s1) } .s2 { --series:var(--s2) } .s3 { --series:var(--s3) } .s4 { --series:var(--s4) } .s5 { --series:var(--s5) }
.mark,.shade,.column { fill:var(--series) } .line { stroke:var(--series) }
.column.s1,.column.s3,.column.s5 { fill-opacity:.35; stroke:var(--series); stroke-width:1.2 }
.key { vertical-align:-2px; margin-right:5px; flex:none }
.legend { display:flex; flex-wrap:wrap; gap:2px 18px; font-size:12.5px; color:var(--soft); margin-top:6px } .legend span { overflow-wrap:anywhere }
.rows { display:grid; grid-template-columns:minmax(72px,max-content) minmax(80px,1fr) max-content; gap:7px 14px; align-items:center; margin-top:10px; font-size:13px }
.rows-chart { max-width:760px }
.rows .two { display:grid; grid-column:1/-1; grid-template-columns:minmax(60px,max-content) minmax(80px,1fr); gap:0 12px; align-items:stretch; padding-right:14px }
.row-name { max-width:26ch; overflow-wrap:anywhere; align-self:center } .rows b { font-weight:600; font-variant-numeric:tabular-nums }
.track { position:relative; min-height:16px; display:block }
.two .track { border-bottom:1px solid var(--faint); border-left:1px solid var(--line); padding:2px 0 }
.bar { display:block; height:14px; background:var(--series); border-radius:1px; min-width:2px }
.bar.reference { background:transparent; border:1.5px dashed var(--soft) }
.whisker { position:absolute; top:50%; height:0; border-top:1.6px solid var(--ink); margin-top:-.8px }
.whisker::before,.whisker::after { content:""; position:absolute; top:-4px; height:6.5px; border-left:1.6px solid var(--ink) } .whisker::before { left:0 } .whisker::after { right:0 } .track .open-low::before,.track .open-high::after { display:none }
.dot-line { position:relative; display:block; height:13px } .dot-line .whisker { border-color:var(--series) } .dot-line .whisker::before,.dot-line .whisker::after { border-color:var(--series) }
.dot { position:absolute; top:-1px; margin-left:-7px; display:block }
.track.ticks { border-bottom:0; border-left-color:transparent; height:20px } .ticks i { position:absolute; transform:translateX(-50%); font-style:normal; font-size:11.5px; color:var(--soft); font-variant-numeric:tabular-nums }

/* cases */
.cases { display:flex; flex-wrap:wrap; gap:14px; align-items:flex-start }
.case { --cut:50%; border:1px solid var(--faint); border-radius:6px; padding:12px 14px; width:calc(196px + 309px*var(--models)); max-width:100% }
.case-head { display:flex; flex-wrap:wrap; gap:2px 12px; font-size:13px; align-items:baseline } .case-head .quiet { font-size:12px }
.case-body { display:grid; grid-template-columns:minmax(80px,150px) repeat(var(--models),minmax(0,1fr)); gap:14px; margin-top:10px; align-items:start }
.case-body > .shared { grid-auto-flow:row } .case-body > * { min-width:0 }
.model h4 { display:flex; flex-wrap:wrap; gap:0 8px; margin-bottom:5px; align-items:baseline; overflow-wrap:anywhere } .model h4 .quiet { font-size:12px }
.pictures { display:grid; grid-auto-flow:column; grid-auto-columns:minmax(0,1fr); gap:6px }
.model .pictures { grid-auto-flow:row; grid-template-columns:repeat(3,minmax(0,1fr)) }
.pictures img { width:100%; display:block; border-radius:3px; background:#000 } figcaption { font-size:11.5px; color:var(--soft); margin-top:1px }
.wipe-controls { display:flex; flex-wrap:wrap; gap:8px 14px; align-items:center; margin-top:8px } .wipe-controls input { flex:1 1 120px; max-width:420px; accent-color:var(--accent) }
.wipe { position:relative; border-radius:3px; overflow:hidden; background:#000; margin-bottom:6px; cursor:ew-resize; touch-action:pan-y; user-select:none }
.wipe[hidden] { display:none } .wipe img { width:100%; display:block; pointer-events:none }
.wipe .over { position:absolute; inset:0; height:100%; clip-path:inset(0 calc(100% - var(--cut)) 0 0) }
.wipe .cut { position:absolute; top:0; bottom:0; left:var(--cut); width:2px; margin-left:-1px; background:#fff; box-shadow:0 0 0 1px #0009 }
.wipe span { position:absolute; bottom:5px; font-size:11px; line-height:1; padding:3px 5px; border-radius:3px; background:#000a; color:#fff; left:5px } .wipe span + span { left:auto; right:5px }
select,input[type=search],button.more { font:inherit; font-size:13px; color:inherit; background:var(--paper); border:1px solid var(--line); border-radius:5px; padding:3px 8px; max-width:100% }
button.more { cursor:pointer; margin-top:10px } button.more[hidden] { display:none }

/* every frame, definitions */
details { border-top:1px solid var(--faint); padding:8px 0 } section > details:first-of-type { border-top:0 } summary { cursor:pointer; font-weight:600; font-size:13.5px }
.tabs + details { margin-top:16px; padding-bottom:0 } h2 + .table,h2 + .chart { margin-top:12px }
.charts + details { margin-top:16px; padding-bottom:0 }
.frames-controls { display:flex; flex-wrap:wrap; gap:8px; align-items:center; margin:10px 0 } .frames-controls input { flex:0 1 280px; min-width:0 }
.frames .scroll { max-height:560px; overflow:auto } .frames thead th { position:sticky; top:0; background:var(--paper) }
.definitions { display:grid; grid-template-columns:max-content minmax(0,1fr); gap:4px 18px; font-size:13px } .definitions dt { font-weight:600 } .definitions dd { color:var(--soft); max-width:84ch }

@media (max-width:860px) {
  body { display:block; padding:0 }
  nav.contents { position:sticky; top:0; z-index:2; background:var(--page); padding:0 12px; border-bottom:1px solid var(--line); overflow-x:auto; max-height:none }
  nav.contents ul { display:flex; border:0 } nav.contents a { padding:9px 8px; margin:0; border-left:0; border-bottom:2px solid transparent }
  html { scroll-padding-top:52px } main { padding:20px 12px 40px } section { padding:16px 14px; border-radius:6px }
  .case { width:100% } .case-body { grid-template-columns:repeat(auto-fit,minmax(min(200px,100%),1fr)) }
  h1 { font-size:22px } .definitions { display:block } .definitions dd { margin-bottom:6px }
}
@media (max-width:560px) {
  th,td { padding:5px 8px } .facts .wide { grid-column:1/-1 } .case-body { grid-template-columns:minmax(0,1fr) } .case-body > .shared { grid-auto-flow:column }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior:auto } }
@media print {
  :root { --page:#fff } body { display:block; padding:0; font-size:11px } nav.contents,.tab-list,.wipe-controls,.wipe,.frames-controls { display:none }
  section { border:0; border-top:1px solid #999; border-radius:0; padding:10px 0 } .panel[hidden] { display:block } .tabs.live > .panel > h3 { display:block }
  th,td { padding:2px 4px; font-size:9px } td small { font-size:7.5px } tbody th:first-child { position:static }
  .chart,.case,figure,tr { break-inside:avoid } .scroll,.frames .scroll { overflow:visible; max-height:none } * { print-color-adjust:exact; -webkit-print-color-adjust:exact }
}
)css";

}  // namespace facemat
