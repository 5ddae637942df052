import { Paragraph, Table, TableCell, TableLayoutType, TableRow, WidthType } from 'docx'
import { measure } from './style.ts'

/** Beyond this many characters a row or heading may break across pages; it could be taller than one. */
export const longestWhole = 700

export interface Row {
  readonly cells: readonly (readonly Paragraph[])[]
  /** Characters in it, to decide whether it is kept on one page. */
  readonly length: number
  /** Whether it is kept with the next row. */
  readonly keep?: boolean
  readonly fill?: string
}

/**
 * A table with a heading row that repeats on every page. Widths are given three times (table, columns, cells) and
 * fixed: WPS, LibreOffice and Google Docs each rely on a different one.
 */
export function ruled(widths: readonly number[], heading: Row, rows: readonly Row[]): Table {
  return table('AgendaTable', widths, [row(widths, heading, true), ...rows.map((one) => row(widths, one, false))])
}

/** Equal columns for the two languages, without borders; the only gap is between them. */
export function columns(rows: readonly Row[]): Table {
  const widths = [measure / 2, measure / 2]
  const gaps = [{ right: gap }, { left: gap }]
  return table(
    'LanguageColumns',
    widths,
    rows.map((one) => row(widths, one, false, gaps)),
  )
}

const gap = 200

function table(style: string, widths: readonly number[], rows: readonly TableRow[]): Table {
  return new Table({
    style,
    rows,
    columnWidths: widths,
    width: { size: widths.reduce((sum, width) => sum + width, 0), type: WidthType.DXA },
    layout: TableLayoutType.FIXED,
    tableLook: { firstRow: style === 'AgendaTable', noHBand: true, noVBand: true },
  })
}

function row(
  widths: readonly number[],
  { cells, length, keep = false, fill }: Row,
  heading: boolean,
  margins: readonly object[] = [],
) {
  return new TableRow({
    // Omitted for other rows: many readers take the mere presence of the property for a heading.
    ...(heading && { tableHeader: true }),
    ...((heading || length <= longestWhole) && { cantSplit: true }),
    ...(keep && { keepNext: true }),
    children: cells.map(
      (children, index) =>
        new TableCell({
          width: { size: widths[index]!, type: WidthType.DXA },
          children: children.length > 0 ? children : [new Paragraph({ style: 'Cell' })],
          ...(margins[index] && { margins: margins[index] }),
          ...(fill !== undefined && { shading: { type: 'clear', color: 'auto', fill } }),
        }),
    ),
  })
}
