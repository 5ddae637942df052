import * as Y from 'yjs'
import type { Language } from '../domain/agenda.ts'
import type { Root } from './schema.ts'

/** What an undo or redo has changed. Smaller than `changedFields`, which every page would have to load. */
export interface Retraced {
  readonly root: Root
  /** Empty for the meeting. */
  readonly id: string
  readonly field: string
  readonly language: Language | null
}

/** The fields that `step` changes in `doc`, which holds an agenda; null if it returns false. */
export function retrace(doc: Y.Doc, step: () => boolean): Retraced[] | null {
  const found: Retraced[] = []
  const see = ({ changed }: Y.Transaction) => {
    for (const [type, keys] of changed) {
      const path: string[] = []
      let at: unknown = type
      while (at instanceof Y.AbstractType && at._item !== null) {
        if (at._item.parentSub !== null) path.unshift(at._item.parentSub)
        at = at._item.parent
      }
      const root = [...doc.share.keys()].find((name) => doc.share.get(name) === at) as Root | undefined
      for (const key of keys) {
        const [id = '', register = ''] = root === 'meta' ? ['', key ?? ''] : [...path, key ?? '']
        const [field = '', language] = register.split('.')
        if (root) found.push({ root, id, field, language: language === 'en' || language === 'zh' ? language : null })
      }
    }
  }
  doc.on('afterTransaction', see)
  const done = step()
  doc.off('afterTransaction', see)
  return done ? found : null
}
