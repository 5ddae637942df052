import { AlignmentType, Footer, Header, type IParagraphOptions, PageNumber, TabStopType, TextRun } from 'docx'
import type { Language } from '../../domain/agenda.ts'
import { type Copy, titleIn, wordsIn } from '../copy.ts'
import { measure, tags } from './style.ts'
import { oneLine, paragraph, words } from './text.ts'

export interface Margin {
  /** `titled`: false on the first page, which has the large title below. */
  header(titled: boolean): Header
  footer(): Footer
}

/** The header and footer of every page. A title longer than a page is cut here, and whole in the text. */
export function openMargin(copy: Copy): Margin {
  // Only in the lead's language: two would shorten each other.
  const main = (found: readonly { language: Language; text: string }[], room: number) =>
    found.slice(0, 1).flatMap(({ language, text }) => words(brief(text, room), language))
  const edge: IParagraphOptions = { tabStops: [{ type: TabStopType.RIGHT, position: measure }] }
  const edition = copy.edition === null ? [] : main(wordsIn(copy, copy.edition), longestEdition)

  function header(titled: boolean): Header {
    const title = titled ? main(titleIn(copy, copy.title), longestTitle) : []
    return new Header({ children: [paragraph('Header', [...title, ...words('\t', 'en'), ...edition], edge)] })
  }

  function footer(): Footer {
    const numbers = copy.languages.flatMap((language, index) => {
      const [before, between, after] = pageWords[language]
      const run = { language: tags[language], ...(language === 'zh' && { font: { hint: 'eastAsia' } }) }
      return [
        ...(index > 0 ? words(' · ', 'en') : []),
        new TextRun({
          ...run,
          children: [before, PageNumber.CURRENT, between, PageNumber.TOTAL_PAGES, after].filter((part) => part !== ''),
        }),
      ]
    })
    return new Footer({ children: [paragraph('Footer', numbers, { alignment: AlignmentType.CENTER })] })
  }

  return { header, footer }
}

const pageWords: Record<Language, readonly [string, string, string]> = {
  en: ['Page ', ' of ', ''],
  zh: ['第 ', ' 页，共 ', ' 页'],
}

/** In half-widths of a Chinese character: together about a line. */
const longestTitle = 40
const longestEdition = 72

function brief(text: string, room: number): string {
  const letters = [...oneLine(text)]
  let taken = 0
  const fits = letters.findIndex((letter) => {
    taken += letter > '\u2e7f' ? 2 : 1
    return taken > room
  })
  return fits < 0 ? letters.join('') : `${letters.slice(0, fits).join('')}…`
}
