import { type ReactElement, useRef, useState } from 'react'
import type { Agenda } from '../../shared/domain/agenda.ts'
import { compare, isSame } from '../../shared/domain/compare.ts'
import { type Brought, backupFile, bringBack, takeForeign } from '../store/keeping.ts'
import { mayEdit, mayWrite } from '../store/meeting.ts'
import controls from '../styles/controls.module.css'
import styles from './Backups.module.css'
import { useKeepingWords } from './keeping.ts'
import { Part } from './Part.tsx'
import { saveFile } from './saveFile.ts'
import { useDesk, useMeeting } from './shell.ts'

type Busy =
  | { readonly status: 'resting' }
  | { readonly status: 'saving' }
  | { readonly status: 'saved'; readonly file: string }
  | { readonly status: 'failed' }
  | { readonly status: 'reading'; readonly file: string }
  | { readonly status: 'brought'; readonly file: string; readonly brought: Brought }
  | { readonly status: 'taken'; readonly name: string }

/** A file of all that is here, made and brought back. */
export function Backups(): ReactElement {
  const t = useKeepingWords()
  const desk = useDesk()
  const edits = useMeeting(mayEdit)
  const writes = useMeeting(mayWrite)
  const [busy, setBusy] = useState<Busy>({ status: 'resting' })
  const input = useRef<HTMLInputElement>(null)

  async function save() {
    setBusy({ status: 'saving' })
    try {
      const file = await backupFile(desk)
      saveFile(file)
      setBusy({ status: 'saved', file: file.name })
    } catch (error) {
      console.error('No backup could be made', error)
      setBusy({ status: 'failed' })
    }
  }
  async function bring(file: File) {
    setBusy({ status: 'reading', file: file.name })
    setBusy({ status: 'brought', file: file.name, brought: await bringBack(desk, file) })
  }
  function take(name: string, agenda: Agenda) {
    const refusal = takeForeign(desk, name, agenda)
    setBusy(refusal === null ? { status: 'taken', name } : { status: 'resting' })
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
                // The same file can be chosen again.
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
        {busy.status === 'taken' && <p>{t('backup.taken', { name: busy.name })}</p>}
        {busy.status === 'brought' && (
          <Outcome
            brought={busy.brought}
            file={busy.file}
            edits={edits}
            take={take}
            leave={() => setBusy({ status: 'resting' })}
          />
        )}
      </div>
    </Part>
  )
}

interface OutcomeProps {
  brought: Brought
  file: string
  edits: boolean
  take: (name: string, agenda: Agenda) => void
  leave: () => void
}

function Outcome({ brought, file, edits, take, leave }: OutcomeProps) {
  const t = useKeepingWords()
  const now = useMeeting((state) => state.snapshot?.agenda ?? null)
  switch (brought.status) {
    case 'brought':
      return <p>{brought.edits ? t('backup.brought') : t('backup.nothingNew')}</p>
    case 'unreadable':
      return <p className={controls.bad}>{t('backup.unreadable', { file })}</p>
    case 'refused':
      return <p className={controls.bad}>{t(`backup.${brought.code}`, { file })}</p>
    case 'foreign': {
      const { name, agenda } = brought
      const changes = now && compare(now, agenda)
      if (!changes) return null
      if (isSame(changes)) return <p>{t('backup.foreignNothing', { name })}</p>
      if (!edits) return <p className={controls.bad}>{t('backup.readOnly', { name })}</p>
      const items = changes.items.filter(
        (one) => one.status !== 'changed' || one.changes.length > 0 || one.moved !== null,
      ).length
      const besides = changes.meeting.length + changes.days.length + changes.people.length + changes.glossary.length
      return (
        <div className={styles.foreign}>
          <p>{t('backup.foreign', { name })}</p>
          <p>
            {items > 0 && t('backup.items', { count: items })} {besides > 0 && t('backup.besides')}
          </p>
          <div className={controls.row}>
            <button type="button" className={controls.primary} onClick={() => take(name, agenda)}>
              {t('backup.take')}
            </button>
            <button type="button" className={controls.button} onClick={leave}>
              {t('backup.leave')}
            </button>
          </div>
        </div>
      )
    }
  }
}
