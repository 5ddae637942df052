/** What a section of the bench found. `wrong` makes the bench fail; missing an aim does not. */
export interface Report {
  readonly tables: readonly Table[]
  readonly notes: readonly string[]
  readonly wrong: readonly string[]
}

export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** The first column is words, the others are figures. */
export function render({ title, columns, rows }: Table): string {
  const widths = columns.map((column, at) => Math.max(column.length, ...rows.map((row) => (row[at] ?? '').length)))
  const line = (cells: readonly string[]) =>
    widths
      .map((width, at) => (at === 0 ? (cells[at] ?? '').padEnd(width) : (cells[at] ?? '').padStart(width)))
      .join('  ')
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  return [title, '', line(columns), rule, ...rows.map(line)].map((row) => row.trimEnd()).join('\n')
}
