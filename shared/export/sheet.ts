import type { Language } from '../domain/agenda.ts'

/** The style sheet of an exported page: a calm working paper, on screens of any width and in print. */
export function sheetFor({
  title,
  edition,
  language,
}: {
  readonly title: string
  readonly edition: string
  readonly language: Language
}): string {
  const foot = [cut(title, 60), cut(edition, 60)].filter((part) => part !== '').join(' · ')
  // User text is filled in last, so that nothing in it is taken for a placeholder.
  return sheet.replaceAll('FONT', language === 'en' ? latin : han).replace('FOOT', () => quoted(foot))
}

function cut(text: string, length: number): string {
  const units = [...text]
  return units.length > length
    ? `${units
        .slice(0, length - 1)
        .join('')
        .trim()}…`
    : text
}

/** A CSS string: everything except plain letters and digits is escaped by code point, so that nothing can end it. */
function quoted(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9 .,\p{Script=Han}]/gu, (sign) => `\\${sign.codePointAt(0)?.toString(16)} `)
  return `"${safe}"`
}

const latin = 'ui-sans-serif, system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif'
const han = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif'

const sheet = `:root {
  color-scheme: light dark;
  --paper: #fbfaf6;
  --ink: #1d1c19;
  --soft: #4b4842;
  --line: #dcd8cd;
  --accent: #1f3f73;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #181715; --ink: #eceae4; --soft: #bdb9b0; --line: #3a3732; --accent: #a6c1f2; }
}
*, *::before, *::after { box-sizing: border-box; }
html {
  background: var(--paper);
  color: var(--ink);
  font: 0.9375rem/1.5 ${latin};
  -webkit-text-size-adjust: 100%;
  text-size-adjust: 100%;
}
body { margin: 0; overflow-wrap: anywhere; }
:lang(en) { font-family: ${latin}; line-height: 1.5; }
:lang(zh) { font-family: ${han}; line-height: 1.7; line-break: strict; text-autospace: normal; }
em:lang(zh) { font-style: normal; text-emphasis: filled dot; text-emphasis-position: under right; }
/* Times hang in the margin, so everything else aligns. */
main { --margin: 7.25rem; max-width: 50rem; margin: 0 auto; padding: 40px 24px 64px; }
.both main { max-width: 72rem; }
h1, h2, h3, h4, p, ul, ol, dl, dd { margin: 0; padding: 0; font-size: inherit; }
.pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); column-gap: 28px; }
.pair > .second { grid-column: 2; }
.pair > .wide { grid-column: 1 / -1; }
header, h2, table, .terms, .proposals .entry { margin-inline-start: var(--margin); }
header { padding-bottom: 20px; }
h1 { font-size: 1.625rem; font-weight: 600; line-height: 1.3; }
h1 > [lang] { line-height: 1.3; }
.standing { margin-bottom: 6px; color: var(--soft); font-size: 0.8125rem; }
.edition { margin-top: 6px; color: var(--soft); }
.facts { margin-top: 16px; }
.facts dl, .roles dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 16px; }
.facts dl > div, .roles dl > div { display: contents; }
dt { color: var(--soft); }
section { margin-top: 28px; }
h2 { padding-bottom: 6px; font-size: 1.125rem; font-weight: 600; }
.entry { display: grid; grid-template-columns: var(--margin) minmax(0, 1fr); padding: 14px 0; border-top: 1px solid var(--line); }
h2 + .entry { border-top: 1px solid var(--ink); }
.proposals .entry { display: block; }
.time { color: var(--soft); font-variant-numeric: tabular-nums lining-nums; white-space: nowrap; }
.day h2, .people h2, .glossary h2, .proposals h2 { font-variant-numeric: lining-nums; }
h3 { font-size: 1rem; font-weight: 600; }
.time, h3 > [lang] { line-height: 1.6; }
.about { color: var(--soft); font-size: 0.8125rem; }
.pause { padding: 8px 0; }
.pause h3 { font-weight: 400; }
.roles { margin-top: 6px; font-size: 0.8125rem; }
.text { margin-top: 10px; }
h4 { margin-bottom: 1px; color: var(--soft); font-size: 0.8125rem; font-weight: 600; }
.text p, .text li { white-space: pre-wrap; }
.text p + p, .text p + :is(ul, ol), .text :is(ul, ol) + p { margin-top: 4px; }
.text ul, .text ol { padding-inline-start: 1.4em; }
.text ol { font-variant-numeric: tabular-nums; }
.text li + li { margin-top: 2px; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 0.18em; }
table { width: calc(100% - var(--margin)); border-top: 1px solid var(--ink); border-collapse: collapse; table-layout: fixed; }
th, td { padding: 7px 12px 7px 0; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top; font-weight: 400; }
thead th { color: var(--soft); font-size: 0.8125rem; }
th:nth-child(1) { width: 33%; }
th:nth-child(2) { width: 35%; }
th:nth-child(3) { width: 13%; }
th > [lang], td > [lang] { display: block; }
.terms > div { padding: 8px 0; border-top: 1px solid var(--line); }
.terms > div:first-child { border-top-color: var(--ink); }
.terms dt { color: var(--ink); font-weight: 600; }
.terms .text { margin-top: 2px; }
.slash { color: var(--soft); font-weight: 400; }
@media screen and (max-width: 720px) {
  main { --margin: 0rem; padding: 24px 16px 48px; }
  h1 { font-size: 1.375rem; }
  .pair { grid-template-columns: minmax(0, 1fr); row-gap: 2px; }
  .pair > .second { grid-column: 1; }
  .pair.facts, .pair.roles, .pair.text { row-gap: 8px; }
  .entry { display: block; }
  .both h1 > [lang] + [lang] { font-size: 1.125rem; }
  thead { display: none; }
  tr { display: grid; grid-template-columns: auto auto 1fr; column-gap: 12px; padding: 8px 0; border-bottom: 1px solid var(--line); }
  th, td { padding: 0; border: 0; }
  tbody th:nth-child(1), td:nth-child(2) { grid-column: 1 / -1; width: auto; }
  tbody th:nth-child(1) { font-weight: 600; }
  td:nth-child(n + 3) { color: var(--soft); font-size: 0.8125rem; }
}
@page {
  margin: 18mm 17mm 20mm;
  @bottom-left { content: FOOT; color: #4b4842; font: 7.5pt FONT; vertical-align: top; padding-top: 5mm; width: 88%; }
  @bottom-right { content: counter(page) " / " counter(pages); color: #4b4842; font: 7.5pt FONT; vertical-align: top; padding-top: 5mm; }
}
@media print {
  :root { color-scheme: light; --paper: #fff; --ink: #000; --soft: #3d3a35; --line: #c9c5bb; --accent: #000; }
  html { font-size: 10pt; }
  html.both { font-size: 9.5pt; }
  .time { font-size: 0.9375rem; }
  main, .both main { --margin: 6.75rem; max-width: none; padding: 0; }
  h1, h2, h3, h4, .lead:not(:last-child) { break-after: avoid; }
  h1, h2, h3, h4, .lead, .entry, tr, .terms > div { break-inside: avoid; }
  thead { display: table-header-group; }
  p, li { orphans: 2; widows: 2; }
  :lang(en) { line-height: 1.4; }
  :lang(zh) { line-height: 1.6; }
  section { margin-top: 20px; }
  .entry { padding: 9px 0; }
  .pause { padding: 6px 0; }
  a { text-decoration: none; }
  .readings a::after { content: " (" attr(href) ")"; color: var(--soft); font-size: 0.8125rem; }
}
`
