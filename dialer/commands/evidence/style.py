"""How a page of evidence looks, on a screen and on paper."""

STYLE = """
:root { --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --tint: #f6f8fa; --good: #116329; --bad: #a40e26;
  --warn: #7d4e00; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 2rem 4rem; max-width: 62rem; background: #fff; color: var(--ink);
  font: 15px/1.5 "Liberation Sans", "Helvetica Neue", Arial, sans-serif; }
body.wide { max-width: 92rem; }
header { border-bottom: 3px solid var(--ink); padding-bottom: 1rem; margin-bottom: 1.5rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .35rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
p { margin: .4rem 0; max-width: 50rem; }
.about { color: var(--soft); margin: 0; }
.short { background: var(--tint); border-left: 4px solid var(--ink); padding: .7rem 1rem; margin: 1rem 0; }
.short p { max-width: none; }
.short.bad { border-color: var(--bad); }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; font-size: .92em; }
caption { text-align: left; color: var(--soft); padding: 0 0 .3rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line);
  overflow-wrap: break-word; }
thead th { border-bottom: 2px solid var(--ink); vertical-align: bottom; }
table.pairs th { width: 15rem; font-weight: 600; color: var(--soft); }
tr.fault td { background: #fff1f2; }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.narrow { white-space: nowrap; }
td div + div { margin-top: .15rem; }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.mark { color: var(--warn); font-weight: 600; }
.none { color: var(--soft); }
code, pre { font: .85em/1.5 "Liberation Mono", Consolas, monospace; overflow-wrap: anywhere; }
pre { background: var(--tint); border: 1px solid var(--line); padding: .7rem; white-space: pre-wrap; margin: .4rem 0; }
table.calls { font-size: .8em; }
table.calls th, table.calls td { padding: .25rem .45rem; }
@page { size: A4; margin: 16mm 14mm; @bottom-right { content: counter(page) " / " counter(pages); font-size: 8pt; } }
@page wide { size: A4 landscape; }
@media print {
  body { padding: 0; max-width: none; font-size: 9.5pt; }
  body.wide { max-width: none; page: wide; }
  h1 { font-size: 17pt; }
  h2, h3 { break-after: avoid; }
  h2 { margin-top: 1.3rem; }
  th, td { padding: .18rem .4rem; }
  tr, .short { break-inside: avoid; }
  thead { display: table-header-group; }
  table.calls { font-size: 7.5pt; }
  .short, tr.fault td, pre { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
