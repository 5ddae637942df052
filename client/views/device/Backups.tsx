import { type ReactElement, useRef, useState } from 'react'
import {
  type BackupImport,
  backupFile,
  type Foreign,
  importBackup,
  letGo,
  takeForeign,
} from '../../store/devicedata.ts'
import { mayWrite } from '../../store/meeting.ts'
import controls from '../../styles/controls.module.css'
import { Part } from '../shell/Part.tsx'
import { saveFile } from '../shell/saveFile.ts'
import { useMeeting, useShell, useWorkspace } from '../shell/shell.ts'
import { ForeignBackup } from './ForeignBackup.tsx'
import { useDeviceWords } from './words.ts'

type Busy =
  | { readonly status: 'resting' }
  | { readonly status: 'saving' }
  | { readonly status: 'saved'; readonly file: string }
  | { readonly status: 'failed' }
  | { readonly status: 'reading'; readonly file: string }
  | { readonly status: 'brought'; readonly file: string; readonly imported: BackupImport }
  | { readonly status: 'taken'; readonly name: string | null }

/** Makes and restores backup files. `taken`: called when the work of another name was added to the agenda. */
export function Backups({ taken }: { taken: () => void }): ReactElement {
  const t = useDeviceWords()
  const workspace = useWorkspace()
  const { storage } = useShell()
  const writes = useMeeting(mayWrite)
  const [busy, setBusy] = useState<Busy>({ status: 'resting' })
  const input = useRef<HTMLInputElement>(null)

  async function save() {
    setBusy({ status: 'saving' })
    try {
      const file = await backupFile(workspace)
      saveFile(file)
      setBusy({ status: 'saved', file: file.name })
    } catch (error) {
      console.error('No backup could be made', error)
      setBusy({ status: 'failed' })
    }
  }
  async function bring(file: File) {
    setBusy({ status: 'reading', file: file.name })
    setBusy({ status: 'brought', file: file.name, imported: await importBackup(workspace, file, storage) })
  }
  function take(foreign: Foreign) {
    const refusal = takeForeign(workspace, foreign, storage)
    setBusy(refusal === null ? { status: 'taken', name: foreign.own ? null : foreign.name } : { status: 'resting' })
    if (refusal === null) void letGo(workspace, foreign).then(taken)
  }

  return (
    <Part title={t('backup.title')}>
      <p>{t('backup.text')}</p>
      <div className={controls.row}>
        <button type="button" className={controls.button} aria-disabled={busy.status === 'saving'} onClick={save}>
          {t('backup.save')}
        </button>
        {writes && (
          <>
            <button type="button" className={controls.button} onClick={() => input.current?.click()}>
              {t('backup.bring')}
            </button>
            <input
              ref={input}
              type="file"
              hidden
              accept=".json,application/json"
              aria-label={t('backup.bring')}
              onChange={(event) => {
                const file = event.target.files?.[0]
                // Lets the same file be chosen again.
                event.target.value = ''
                if (file) void bring(file)
              }}
            />
          </>
        )}
      </div>
      <div role="status">
        {busy.status === 'saving' && <p>{t('backup.saving')}</p>}
        {busy.status === 'saved' && <p>{t('backup.saved', { file: busy.file })}</p>}
        {busy.status === 'failed' && <p className={controls.bad}>{t('backup.failed')}</p>}
        {busy.status === 'reading' && <p>{t('backup.reading', { file: busy.file })}</p>}
        {busy.status === 'taken' && (
          <p>{busy.name === null ? t('backup.takenOwn') : t('backup.taken', { name: busy.name })}</p>
        )}
        {busy.status === 'brought' && (
          <ForeignBackup
            imported={busy.imported}
            file={busy.file}
            take={take}
            leave={() => setBusy({ status: 'resting' })}
          />
        )}
      </div>
    </Part>
  )
}
