/* What Word, WPS and spreadsheets put on the clipboard, as HTML that the schema understands. */

/** Lists of Word and WPS become lists with their levels; rows of a table become lines whose cells stay apart. */
export function readablePaste(html: string): string {
  if (!/mso-list:|<table/i.test(html)) return html
  const { body } = new DOMParser().parseFromString(html, 'text/html')
  listsOf(body)
  // The innermost first, so that a table in a cell is lines by the time that its cell is read.
  for (const table of [...body.querySelectorAll('table')].reverse()) table.replaceWith(...linesOf(table))
  return body.innerHTML
}

/** Word writes a list as paragraphs that name their level, each with its marker in the text. */
function listsOf(body: HTMLElement): void {
  let before: Element | null = null
  let open: HTMLElement[] = []
  for (const paragraph of body.querySelectorAll<HTMLElement>('[style*="mso-list:"]')) {
    const level = Number(/mso-list:[^;]*\blevel(\d)/.exec(paragraph.getAttribute('style') ?? '')?.[1] ?? 0)
    if (level === 0) continue
    const marker = paragraph.querySelector('[style*="mso-list:Ignore" i]')
    const kind = ordered(marker?.textContent ?? '') ? 'ol' : 'ul'
    marker?.remove()
    if (paragraph.previousElementSibling !== before || before === null) open = []
    open.length = Math.min(open.length, level)
    const same = open[level - 1]
    // Bullets after figures at one level are another list, though not if the list went deeper in between.
    if (same && same.localName !== kind) open.length = level - 1
    const at = paragraph.ownerDocument
    if (open.length === 0) {
      const list = at.createElement(kind)
      paragraph.before(list)
      open = [list]
      before = list
    }
    // A list that begins deeper than its first level starts there: a level without a paragraph has no item.
    while (open.length < level) {
      const parent = open.at(-1)?.lastElementChild
      if (!parent) break
      const list = at.createElement(kind)
      parent.append(list)
      open.push(list)
    }
    const item = at.createElement('li')
    const words = at.createElement('p')
    words.append(...paragraph.childNodes)
    item.append(words)
    open.at(-1)?.append(item)
    paragraph.remove()
  }
}

/** '1.', 'a)', '(iv)', '一、' and '①' count; '·', 'o' and the letters of symbol fonts do not. */
function ordered(marker: string): boolean {
  return /^[(（]?[\p{L}\p{N}.]{1,8}[.)）、．]$|^[①-⑳]$/u.test(marker.replace(/\s/g, ''))
}

/** A line for each row. A table of one column only holds text in place, and is left as that text. */
function linesOf(table: HTMLTableElement): Node[] {
  const rows = [...table.rows]
  const single = rows.every((row) => row.cells.length <= 1)
  return rows.flatMap((row): Node[] => {
    const cells = [...row.cells].filter((cell) => cell.textContent?.trim() !== '')
    if (single) return cells.flatMap((cell) => (blocksIn(cell).length > 0 ? [...cell.childNodes] : [line([cell])]))
    return cells.length === 0 ? [] : [line(cells)]
  })
}

const blocksIn = (cell: Element) => cell.querySelectorAll('p, div, li, h1, h2, h3, h4, h5, h6')

function line(cells: readonly HTMLTableCellElement[]): HTMLElement {
  const made = document.createElement('p')
  for (const [index, cell] of cells.entries()) {
    if (index > 0) made.append(' | ')
    // Blocks would break the line.
    for (const block of blocksIn(cell)) block.replaceWith(...block.childNodes, ' ')
    for (const end of cell.querySelectorAll('br')) end.replaceWith(' ')
    made.append(...cell.childNodes)
  }
  return made
}
