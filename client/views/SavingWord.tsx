import { type ReactElement, useMemo } from 'react'
import { deviceTime } from '../i18n/format.ts'
import { dataOf } from '../store/download.ts'
import { type RefusedReason, savingOf } from '../store/saving.ts'
import controls from '../styles/controls.module.css'
import styles from './SavingWord.module.css'
import { saveFile } from './saveFile.ts'
import { useDesk, useLead, useMeeting, useWords } from './shell.ts'

/** One place, one sentence on where the changes are. */
export function SavingWord(): ReactElement {
  const t = useWords()
  const connection = useMeeting((state) => state.connection)
  const device = useMeeting((state) => state.device)
  const saving = useMemo(() => savingOf(connection, device), [connection, device])
  switch (saving.status) {
    case 'saved':
      return (
        <Word tone="calm">
          {saving.at === null ? t('saving.saved') : t('saving.savedAt', { time: deviceTime(saving.at) })}
        </Word>
      )
    case 'saving':
      return <Word tone="calm">{t('saving.saving', { count: saving.changes })}</Word>
    case 'catching-up':
      return <CatchingUp />
    case 'offline': {
      const since = deviceTime(saving.since)
      return (
        <Word tone="warn">
          {saving.changes === 0
            ? t('saving.offline', { since })
            : t('saving.offlineWith', { since, count: saving.changes })}
        </Word>
      )
    }
    case 'not-stored':
      return <Word tone="bad">{t('saving.notStored')}</Word>
    case 'older':
      return (
        <Word tone="bad">
          {t('saving.older')} ·{' '}
          <button type="button" className={controls.link} onClick={() => window.location.reload()}>
            {t('saving.update')}
          </button>
        </Word>
      )
    case 'refused':
      return <Refused reason={saving.reason} changes={saving.changes} />
  }
}

/** Before the first word of the server there is nothing to be back from. */
function CatchingUp() {
  const t = useWords()
  const known = useMeeting((state) => state.snapshot !== null)
  return <Word tone="calm">{known ? t('saving.catchingUp') : t('saving.opening')}</Word>
}

function Refused({ reason, changes }: { reason: RefusedReason; changes: number }) {
  const t = useWords()
  const desk = useDesk()
  const lead = useLead()
  async function save() {
    const agenda = desk.store.getState().snapshot?.agenda
    if (agenda) saveFile(await dataOf(agenda, lead))
  }
  return (
    <Word tone="bad">
      {t(refusedWords[reason])}
      {reason === 'signed-out' && <> · {t('saving.signIn')}</>}
      {(reason === 'too-large' || reason === 'too-much' || reason === 'trouble') && (
        <>
          {' · '}
          <button type="button" className={controls.link} onClick={() => window.location.reload()}>
            {t('saving.reload')}
          </button>
        </>
      )}
      {changes > 0 && (
        <>
          {' · '}
          <button type="button" className={controls.link} onClick={save}>
            {t('saving.refusedSave', { count: changes })}
          </button>
        </>
      )}
    </Word>
  )
}

const refusedWords = {
  forbidden: 'saving.refused',
  'signed-out': 'saving.signedOut',
  gone: 'saving.gone',
  'too-large': 'saving.tooLarge',
  'too-much': 'saving.tooMuch',
  trouble: 'saving.trouble',
} as const satisfies Record<RefusedReason, string>

function Word({ tone, children }: { tone: 'calm' | 'warn' | 'bad'; children: React.ReactNode }) {
  return (
    <p className={styles.word} data-tone={tone} role={tone === 'calm' ? undefined : 'status'}>
      {children}
    </p>
  )
}
