import type { Language } from '../domain/agenda.ts'

/** A position in a file, counted from 1, as people count. */
export type Whereabouts =
  | { readonly type: 'line' | 'paragraph' | 'event'; readonly number: number }
  | { readonly type: 'row'; readonly table: number; readonly row: number }
  | { readonly type: 'field'; readonly path: string }
  | { readonly type: 'file' }

export function whereabouts(where: Whereabouts, language: Language): string {
  const zh = language === 'zh'
  switch (where.type) {
    case 'line':
      return zh ? `第 ${where.number} 行` : `Line ${where.number}`
    case 'paragraph':
      return zh ? `第 ${where.number} 段` : `Paragraph ${where.number}`
    case 'event':
      return zh ? `第 ${where.number} 个日程` : `Event ${where.number}`
    case 'row':
      return zh ? `表格 ${where.table}，第 ${where.row} 行` : `Table ${where.table}, row ${where.row}`
    case 'field':
      return zh ? `字段 ${where.path}` : `Field ${where.path}`
    case 'file':
      return zh ? '整个文件' : 'The file'
  }
}
