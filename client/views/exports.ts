import type { Language } from '../../shared/domain/agenda.ts'
import { type Download, fileName, fileOf } from '../store/download.ts'
import type { MenuEntry } from './MenuButton.tsx'
import { saveFile } from './saveFile.ts'
import { useDesk, useLead, useShell, useWords } from './shell.ts'

const choices = [
  { id: 'json', download: { format: 'json' } },
  { id: 'mdBoth', download: { format: 'md', language: 'both' } },
  { id: 'mdEn', download: { format: 'md', language: 'en' } },
  { id: 'mdZh', download: { format: 'md', language: 'zh' } },
] as const satisfies readonly { id: string; download: Download }[]

/**
 * What can be taken out. While everything here is committed, each is a real address of the server (the browsers inside
 * chat programs save nothing else); otherwise the file is made here, with the changes that only this device has.
 */
export function useExportEntries(): () => MenuEntry[] {
  const t = useWords()
  const desk = useDesk()
  const { api } = useShell()
  const lead = useLead()
  return () => {
    const { connection, membership, snapshot } = desk.store.getState()
    if (!snapshot) return []
    const committed = connection.status === 'live' && connection.unsaved === 0
    const files = choices.map(({ id, download }): MenuEntry => {
      const label = t(`export.${id}`)
      if (committed) {
        const language: Language | 'both' = download.format === 'md' ? download.language : 'both'
        const href = api.exportUrl(membership.meeting, download.format, language, lead)
        return { id, label, href, download: fileName(snapshot.agenda, download.format) }
      }
      const failed = () => desk.tell({ type: 'no-export' })
      return { id, label, run: () => void fileOf(snapshot.agenda, download, lead).then(saveFile, failed) }
    })
    return [...files, { id: 'print', label: t('export.print'), apart: true, run: () => window.print() }]
  }
}
