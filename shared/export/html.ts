import type { Agenda, Bilingual, Block, Inline, Language, Mark, Prose } from '../domain/agenda.ts'
import { isLink } from '../domain/refuse.ts'
import {
  type Copy,
  type CopyDay,
  type CopyOptions,
  copyOf,
  type Entry,
  type Labelled,
  titleIn,
  wordsIn,
} from './copy.ts'
import { printable, printableLine } from './printable.ts'
import { sheetFor } from './sheet.ts'
import { fieldWords } from './words.ts'

/**
 * The agenda as one self-contained page: no scripts, no images, no addresses except those of readings. It reads well in
 * a browser, narrow or wide, light or dark, and prints as a working paper. What people wrote is data: all of it is
 * escaped, and the page's own policy forbids whatever it does not use.
 */
export function toHtml(agenda: Agenda, options: CopyOptions): string {
  const copy = copyOf(agenda, options)
  const page = openPage(copy)
  const title = printableLine(
    titleIn(copy, copy.title)
      .map(({ text }) => text)
      .join(' / '),
  )
  const main = copy.languages[0]!
  const parts = [page.head(), ...copy.days.map(page.day), page.proposals(), page.people(), page.glossary()]
  return `<!doctype html>
<html lang="${tags[main]}"${copy.languages.length > 1 ? ' class="both"' : ''}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
<style>
${sheetFor({ title, edition: copy.edition?.[main] ?? '', language: main })}</style>
</head>
<body>
<main>
${parts.filter((part) => part !== '').join('\n')}
</main>
</body>
</html>
`
}

/** Simplified characters: a page that only says `zh` may get the glyphs of another region. */
const tags: Record<Language, string> = { en: 'en', zh: 'zh-Hans' }

function openPage(copy: Copy) {
  const { languages } = copy
  const both = languages.length > 1

  /** A block in each language of the copy, side by side if there are two; empty when neither has text. */
  function blocks(write: (language: Language) => string, kind: string): string {
    const written = languages.map((language) => ({ language, html: write(language) }))
    if (written.every(({ html }) => html === '')) return ''
    const cells = written.map(({ language, html }) => `<div lang="${tags[language]}">${html}</div>`)
    return `<div class="${both ? 'pair ' : ''}${kind}">\n${cells.join('\n')}\n</div>`
  }

  /** A heading in each language. Identical texts appear once; a text in one language only stays in its column. */
  function heading(tag: 'h1' | 'h2' | 'h3', pair: Bilingual, prefix = ''): string {
    const words = titleIn(copy, pair)
    const spans = words.map(({ language, text }) => {
      const only = both && words.length === 1
      const kind = !only
        ? ''
        : pair.en === pair.zh
          ? ' class="wide"'
          : language === languages[1]
            ? ' class="second"'
            : ''
      return `<span lang="${tags[language]}"${kind}>${escaped(printableLine(text))}</span>`
    })
    return `<${tag}${both ? ' class="pair"' : ''}>${prefix}${spans.join('\n')}</${tag}>`
  }

  /** A name within a line of `language`, isolated so that it keeps its own text direction. */
  function name(pair: Bilingual, language: Language): string {
    const [word] = titleIn({ languages: [language] }, pair)
    if (!word) return ''
    const foreign = word.language === language ? '' : ` lang="${tags[word.language]}"`
    return `<bdi${foreign}>${escaped(printableLine(word.text))}</bdi>`
  }

  function listed(lines: readonly Labelled<readonly Bilingual[]>[], language: Language): string {
    if (lines.length === 0) return ''
    const rows = lines.map(({ label, value }) => {
      const names = value.map((one) => name(one, language)).join(language === 'zh' ? '；' : '; ')
      return `<div><dt>${label[language]}</dt><dd>${names}</dd></div>`
    })
    return `<dl>${rows.join('')}</dl>`
  }

  function head(): string {
    const standing = blocks((language) => `<p>${copy.standing.map((one) => one[language]).join(' · ')}</p>`, 'standing')
    const { edition } = copy
    return [
      '<header>',
      standing,
      heading('h1', copy.title),
      edition ? blocks((language) => `<p>${escaped(printableLine(edition[language]))}</p>`, 'edition') : '',
      blocks((language) => listed(copy.facts, language), 'facts'),
      '</header>',
    ]
      .filter((part) => part !== '')
      .join('\n')
  }

  function day(one: CopyDay): string {
    return section('day', one.heading, one.entries.map(entry).join('\n'))
  }

  function section(kind: string, title: Bilingual, content: string): string {
    return `<section class="${kind}">\n${heading('h2', title)}\n${content}\n</section>`
  }

  function entry({ item, time, title, facts, roles, texts, readings }: Entry): string {
    const parts = [
      time ? `<p class="time"><time>${time.start}</time>–<time>${time.end}</time></p>` : '',
      '<div class="body">',
      // Keeps what belongs to the heading on the heading's page.
      '<div class="lead">',
      heading('h3', title),
      blocks((language) => `<p>${facts.map((fact) => escaped(fact[language])).join(' · ')}</p>`, 'about'),
      blocks((language) => listed(roles, language), 'roles'),
      '</div>',
      ...texts.map(({ label, value }) =>
        blocks(
          (language) => (value[language].length === 0 ? '' : `<h4>${label[language]}</h4>\n${prose(value[language])}`),
          'text',
        ),
      ),
      readings.length === 0 ? '' : blocks((language) => references(readings, language), 'text readings'),
      '</div>',
    ]
    const pause = item.kind === 'break' || item.kind === 'meal' ? ' pause' : ''
    return `<article class="entry${pause}">\n${parts.filter((part) => part !== '').join('\n')}\n</article>`
  }

  function references(readings: Entry['readings'], language: Language): string {
    const rows = readings.map(({ title, url }) => `<li>${linked(name(title, language), url)}</li>`)
    return `<h4>${fieldWords.readings[language]}</h4>\n<ul>${rows.join('')}</ul>`
  }

  function proposals(): string {
    if (copy.proposals.length === 0) return ''
    return section('proposals', fieldWords.proposals, copy.proposals.map(entry).join('\n'))
  }

  /** A cell with the text in each language of the copy, one below the other. */
  function cell(pair: Bilingual, tag: 'td' | 'th scope="row"' | 'th scope="col"', untitled = false): string {
    const words = untitled ? titleIn(copy, pair) : wordsIn(copy, pair)
    const spans = words.map(
      ({ language, text }) => `<span lang="${tags[language]}">${escaped(printableLine(text))}</span>`,
    )
    return `<${tag}>${spans.join('\n')}</${tag.split(' ')[0]}>`
  }

  function people(): string {
    if (copy.people.length === 0) return ''
    const columns = (['name', 'affiliation', 'side', 'sector'] as const).map((one) =>
      cell(fieldWords[one], 'th scope="col"'),
    )
    const rows = copy.people.map(
      ({ name, affiliation, side, sector }) =>
        `<tr>${cell(name, 'th scope="row"', true)}${cell(affiliation, 'td')}${cell(side, 'td')}${cell(sector, 'td')}</tr>`,
    )
    const table = `<table>\n<thead><tr>${columns.join('')}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>`
    return section('people', fieldWords.people, table)
  }

  /** Terms are shown in both languages in every copy: that is what a glossary is for. */
  function glossary(): string {
    if (copy.glossary.length === 0) return ''
    const order: readonly Language[] = both ? languages : languages[0] === 'en' ? ['en', 'zh'] : ['zh', 'en']
    const rows = copy.glossary.map((term) => {
      const words = order
        .filter((language) => term[language].trim() !== '')
        .map((language) => `<span lang="${tags[language]}">${escaped(printableLine(term[language]))}</span>`)
      const defined = blocks((language) => {
        const text = term.definition[language].trim()
        return text === '' ? '' : `<p>${escaped(text)}</p>`
      }, 'text')
      return `<div><dt>${words.join(' <span class="slash">/</span> ')}</dt>${defined === '' ? '' : `<dd>${defined}</dd>`}</div>`
    })
    return section('glossary', fieldWords.glossary, `<dl class="terms">\n${rows.join('\n')}\n</dl>`)
  }

  return { head, day, proposals, people, glossary }
}

function prose(blocks: Prose): string {
  return blocks.map(proseBlock).join('\n')
}

function proseBlock(block: Block): string {
  switch (block.type) {
    case 'paragraph':
      return `<p>${inline(block.content) || '<br>'}</p>`
    case 'bullet-list':
    case 'ordered-list': {
      const tag = block.type === 'bullet-list' ? 'ul' : 'ol'
      return `<${tag}>${block.items.map((item) => `<li>${prose(item)}</li>`).join('\n')}</${tag}>`
    }
  }
}

/** Rival wordings follow each other, each in square brackets. */
function inline(content: readonly Inline[]): string {
  return content
    .map((node) =>
      node.type === 'text'
        ? (node.marks ?? []).reduce(marked, escaped(node.text))
        : node.alternatives.map((one) => `<span class="bracket">[${inline(one.content)}]</span>`).join(' '),
    )
    .join('')
}

function marked(html: string, mark: Mark): string {
  if (typeof mark === 'object') return linked(html, mark.link)
  const tag = { bold: 'strong', italic: 'em', strike: 's' }[mark]
  return `<${tag}>${html}</${tag}>`
}

function linked(html: string, url: string): string {
  return isLink(url) ? `<a href="${escaped(url)}" target="_blank" rel="noopener noreferrer">${html}</a>` : html
}

function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (sign) => entities[sign] ?? '')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
