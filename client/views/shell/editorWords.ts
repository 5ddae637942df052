import { useMemo } from 'react'
import type { EditorWords } from '../../editor/TextEditor.tsx'
import { useWords } from './shell.ts'
import '../item/words.ts'

/** What every text editor says. One object for as long as the language stays: an editor is bound anew when its words change. */
export function useEditorWords(): EditorWords {
  const t = useWords()
  return useMemo(
    () => ({
      formatting: t('editor.formatting'),
      bold: t('editor.bold'),
      italic: t('editor.italic'),
      strike: t('editor.strike'),
      bulletList: t('editor.bulletList'),
      orderedList: t('editor.orderedList'),
      link: t('editor.link'),
      address: t('editor.address'),
      badAddress: t('editor.badAddress'),
      apply: t('editor.apply'),
      remove: t('editor.remove'),
      newer: t('editor.newer'),
      broken: t('editor.broken'),
      left: (count) => t('editor.left', { count }),
      sides: { us: t('side.us'), cn: t('side.cn') },
    }),
    [t],
  )
}
