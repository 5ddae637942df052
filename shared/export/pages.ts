/**
 * The page layout, in Typst 0.14: A4, tagged for PDF/UA-1. All texts come from `/agenda.json`, which `typst.ts` writes.
 * A bilingual copy has two equal columns, the lead's language first, with corresponding parts aligned.
 */
export const pages: string = `
#let data = json("/agenda.json")
#let languages = data.languages
#let main = languages.first()
#let both = languages.len() > 1

#let ink = rgb("#1d3557")
#let quiet = rgb("#55606e")
#let hair = 0.5pt + rgb("#b9c1ca")
#let band = rgb("#f1f3f6")
#let clock-width = 23mm
#let between = 6mm

// In Chinese, punctuation and quotation marks use a Chinese font; Latin letters and digits use the Latin one. The last font
// has a box for every character, because Typst rejects a document with a missing glyph.
#let others = ("Noto Sans Math", "Noto Sans Symbols 2", "Noto Sans Arabic", "Noto Emoji", "Parley Last Resort")
#let fonts = (
  en: ("Noto Sans", "Noto Sans SC", ..others),
  zh: ((name: "Noto Sans", covers: "latin-in-cjk"), "Noto Sans SC", "Noto Sans", ..others),
)
#let regions = (en: none, zh: "CN")
#let in-language(language, body) = {
  set text(lang: language, region: regions.at(language), font: fonts.at(language))
  body
}

// A string, or its pieces, between which a line may break: Typst ignores a space of zero width.
#let drawn(pieces) = if type(pieces) == str { pieces } else { pieces.join(h(0.001pt)) }
#let said(words) = if words == none { none } else { in-language(words.language, drawn(words.text)) }
#let marks = (en: (colon: ": ", semicolon: "; "), zh: (colon: "：", semicolon: "；"))

// One cell per language: across the page, or beside the column of times.
#let across(..cells) = if both {
  grid(columns: (clock-width, 1fr, 1fr), column-gutter: (0mm, between), grid.cell(colspan: 2, cells.at(0)), cells.at(1))
} else {
  cells.at(0)
}
#let beside(first, ..cells) = grid(
  columns: (clock-width, ..(1fr,) * languages.len()),
  column-gutter: (0mm, between),
  first, ..cells,
)
#let per-language(make) = range(languages.len()).map(at => make(at, languages.at(at)))

#set document(
  title: data.fullTitle,
  author: data.authors,
  date: datetime(
    year: data.date.at(0), month: data.date.at(1), day: data.date.at(2),
    hour: data.time.at(0), minute: data.time.at(1), second: data.time.at(2),
  ),
)
#set text(lang: main, region: regions.at(main), font: fonts.at(main), size: 9.5pt, fallback: false, hyphenate: false)
#set par(leading: 0.62em, spacing: 0.75em, linebreaks: "simple")
#set block(spacing: 0.75em)
#set list(indent: 0pt, body-indent: 0.5em, spacing: 0.62em)
#set enum(indent: 0pt, body-indent: 0.5em, spacing: 0.62em)
// A style depends on every variable it mentions. Using data directly would lay out all pages again after any change.
#let (running, edition, standing) = (data.running, data.edition, data.standing)
#set page(
  paper: "a4",
  margin: (x: 20mm, top: 25mm, bottom: 22mm),
  header-ascent: 8mm,
  footer-descent: 8mm,
  header: context {
    set text(size: 7pt, fill: quiet)
    let first = here().page() == 1
    if not first or edition != none {
      let one-line(words) = box(height: 1.45em, clip: true, text(top-edge: "ascender", bottom-edge: "descender", words.map(said).join(" / ")))
      grid(
        columns: (2fr, 3fr), column-gutter: 4mm, align: (left, right),
        if not first { one-line(running) }, if edition != none { one-line(edition) },
      )
      if not first { v(-1mm); line(length: 100%, stroke: hair) }
    }
  },
  footer: context {
    set text(size: 7.5pt, fill: quiet)
    grid(
      columns: (1fr, auto),
      standing.map(said).join(" / "),
      counter(page).display() + " / " + str(counter(page).final().first()),
    )
  },
)

// The bookmark is plain text; the visible heading has columns.
#let headed(level, bookmark, shown, sticky: true) = {
  show heading: it => block(sticky: sticky, above: 0pt, below: 0pt, width: 100%, shown)
  heading(level: level, bookmark)
}
#let section(words, bookmark) = {
  v(9mm, weak: true)
  block(sticky: true, above: 0pt, below: 3.2mm, {
    headed(1, bookmark, {
      set text(size: if both { 11.5pt } else { 13pt }, weight: "bold", fill: ink)
      across(..words.map(said))
    })
    v(2mm, weak: true)
    line(length: 100%, stroke: 1pt + ink)
  })
}
#let label(words) = text(size: 8pt, weight: "bold", fill: ink, said(words))
#let named(label-words, names) = {
  let mark = marks.at(label-words.language)
  par(hanging-indent: 1em, {
    in-language(label-words.language, {
      text(fill: quiet, drawn(label-words.text) + mark.colon)
      names.map(said).join(mark.semicolon)
    })
  })
}

// PDF/UA allows one line decoration per text. A deletion comes first, because only it changes the meaning.
#let run(one, language) = {
  let body = drawn(one.text)
  if one.sign { body = text(weight: "bold", fill: ink, body) }
  if one.bold { body = strong(body) }
  if one.strike {
    body = strike(body)
  } else if one.link != none {
    body = underline(text(fill: ink, body))
  } else if one.italic and language == "zh" {
    // Chinese has no italics; dots under the text mark emphasis.
    body = underline(stroke: (thickness: 1pt, dash: "dotted"), offset: 2.5pt, body)
  }
  if one.italic { body = emph(body) }
  if one.link != none { body = link(one.link, body) }
  body
}
#let passage(one, language) = {
  if one.type == "paragraph" {
    par(one.runs.map(one => run(one, language)).join())
  } else {
    let items = one.items.map(item => item.map(one => passage(one, language)).join())
    if one.type == "bullet-list" { list(..items) } else { enum(..items) }
  }
}

// The line belongs to the entry above it, so no page begins with a line.
#let entry(one, line-below) = {
  let inner = {
    block(sticky: one.texts.len() > 0 or one.roles.len() > 0, width: 100%, above: 0pt, below: 0pt, {
      headed(2, one.bookmark, {
        set text(size: if one.pause { 9.5pt } else { 11pt }, weight: if one.pause { "regular" } else { "bold" })
        beside(
          if one.time != none { text(size: 9.5pt, weight: "bold", fill: ink, one.time) },
          ..one.title.map(said),
        )
      })
      v(2mm, weak: true)
      beside(none, ..one.facts.map(words => par(text(size: 8pt, fill: quiet, said(words)))))
    })
    if one.roles.len() > 0 {
      v(2.6mm, weak: true)
      beside(none, ..per-language((at, language) => one.roles.map(role => named(role.label.at(at), role.value.at(at))).join()))
    }
    for field in one.texts {
      v(3.2mm, weak: true)
      beside(none, ..per-language((at, language) => if field.prose.at(at).len() > 0 {
        in-language(language, {
          set par(justify: language == "zh")
          block(sticky: true, above: 0pt, below: 1.9mm, par(label(field.label.at(at))))
          field.prose.at(at).map(one => passage(one, language)).join()
        })
      }))
    }
    if one.readings != none {
      v(3.2mm, weak: true)
      block(sticky: true, above: 0pt, below: 1.9mm, beside(none, ..one.readings.label.map(words => par(label(words)))))
      for (at, row) in one.readings.rows.enumerate() {
        v(if at == 0 { 1.9mm } else { 3.2mm }, weak: true)
        beside(none, ..per-language((at, language) => {
          let title = said(row.title.at(at))
          par(if row.link == none { title } else { link(row.link, text(fill: ink, title)) })
          if row.address != none and at == 0 {
            v(1.7mm, weak: true)
            par(text(size: 7.5pt, fill: quiet, drawn(row.address)))
          }
        }))
      }
    }
  }
  if one.pause {
    block(width: 100%, fill: band, outset: (x: 2mm), inset: (y: 1.8mm), above: 3.6mm, below: 3.6mm, inner)
  } else {
    block(breakable: not one.whole, width: 100%, above: 3.6mm, below: 3.6mm, inset: (y: 0.8mm), inner + if line-below {
      v(4.4mm, weak: true)
      block(above: 0pt, below: 0pt, line(length: 100%, stroke: hair))
    })
  }
}
#let entries(all) = for (at, one) in all.enumerate() {
  entry(one, not one.pause and at + 1 < all.len() and not all.at(at + 1).pause)
}
#let lines(words) = stack(spacing: 0.55em, ..words.map(said))

#block(above: 0pt, below: 0pt, {
  set par(leading: 0.45em)
  show title: set text(size: if both { 16pt } else { 20pt }, weight: "bold", fill: ink)
  show title: it => if both and data.title.len() > 1 { across(..data.title.map(said)) } else { said(data.title.first()) }
  title()
})
#v(4mm, weak: true)
#line(length: 100%, stroke: 2pt + ink)
#v(3mm, weak: true)
#across(..data.standing.map(words => par(text(weight: "bold", said(words)))))
#v(2.5mm, weak: true)
#for fact in data.facts {
  v(1.6mm, weak: true)
  across(..per-language((at, language) => named(fact.label.at(at), fact.value.at(at))))
}

#for day in data.days {
  section(day.heading.words, day.heading.bookmark)
  entries(day.entries)
}
#if data.proposals != none {
  section(data.proposals.heading.words, data.proposals.heading.bookmark)
  entries(data.proposals.entries)
}
#let listing(columns, header, rows) = {
  set text(size: 9pt)
  set par(justify: false)
  table(
    columns: columns,
    stroke: (x, y) => (bottom: if y == 0 { 0.8pt + ink } else { hair }),
    inset: (x: 2mm, y: 1.9mm),
    fill: (x, y) => if y == 0 { band },
    table.header(repeat: true, ..header.map(words => text(weight: "bold", fill: ink, size: 8pt, lines(words)))),
    ..rows.flatten(),
  )
}
#if data.people != none {
  section(data.people.heading.words, data.people.heading.bookmark)
  listing(
    (4fr, 5fr, 1.7fr, 2.4fr),
    data.people.columns,
    data.people.rows.map(row => row.cells.map(cell => table.cell(breakable: not row.short, lines(cell)))),
  )
}
#if data.glossary != none {
  section(data.glossary.heading.words, data.glossary.heading.bookmark)
  listing(
    (1fr, 1fr),
    data.glossary.columns,
    data.glossary.rows.map(row => row.cells.map(cell => table.cell(breakable: not row.short, {
      par(strong(said(cell.term)))
      if cell.definition != none { par(said(cell.definition)) }
    }))),
  )
}
`
