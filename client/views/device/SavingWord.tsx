import { type ReactElement, useEffect, useMemo, useRef, useState } from 'react'
import { momentWords } from '../../i18n/format.ts'
import { type Saving, savingOf } from '../../store/saving.ts'
import { useDialogs } from '../shell/Dialogs.tsx'
import { useMinute } from '../shell/now.ts'
import { useLanguage, useMeeting, useWords, useWorkspace } from '../shell/shell.ts'
import styles from './SavingWord.module.css'
import { sentenceOf } from './sentence.ts'

/** One sentence, in one place, on where the changes are. It opens the details and what can be done. */
export function SavingWord(): ReactElement {
  const t = useWords()
  const language = useLanguage()
  const now = useMinute()
  const back = useMeeting((state) => state.back)
  const { open } = useDialogs()
  const saving = useSaving()
  const text = sentenceOf(saving, t, (at) => momentWords(at, now, language), back)
  const tone = toneOf(saving)
  const spoken = useSpoken(saving, text)
  useRecount(saving.status === 'earlier' || saving.status === 'unread')
  useLeavingGuard(tone === 'bad' && 'storedIn' in saving && saving.storedIn === 'tab' && saving.changes > 0)
  return (
    <>
      <button
        type="button"
        className={styles.word}
        data-tone={tone}
        aria-haspopup="dialog"
        onClick={() => open({ type: 'device' })}
      >
        {text}
      </button>
      <span className="visually-hidden" role="status">
        {spoken}
      </span>
    </>
  )
}

export function useSaving(): Saving {
  const whole = useMeeting((state) => state.whole)
  const earlier = useMeeting((state) => state.earlier)
  const settled = useSettled(whole.device.status === 'stored')
  const saving = useMemo(() => savingOf(whole, earlier), [whole, earlier])
  return 'storedIn' in saving && saving.storedIn === 'device' && !settled ? { ...saving, storedIn: 'unsure' } : saving
}

/** Milliseconds. A state that may change with every keystroke is only shown once it has lasted this long. */
const settling = 400

function useSettled(holds: boolean): boolean {
  const [settled, setSettled] = useState(holds)
  useEffect(() => {
    if (!holds) return setSettled(false)
    const timer = setTimeout(() => setSettled(true), settling)
    return () => clearTimeout(timer)
  }, [holds])
  return holds && settled
}

function toneOf(saving: Saving): 'calm' | 'warn' | 'bad' {
  switch (saving.status) {
    case 'saved':
      return saving.copy ? 'calm' : 'warn'
    case 'earlier':
    case 'unread':
      return 'warn'
    case 'saving':
    case 'catching-up':
      return saving.changes > 0 && saving.storedIn === 'tab' ? 'bad' : 'calm'
    case 'offline':
      return saving.changes > 0 && saving.storedIn === 'tab' ? 'bad' : 'warn'
    case 'older':
    case 'refused':
      return 'bad'
  }
}

/** What is read out: that something is wrong, and that it is fine again, but no count at every keystroke. */
function useSpoken(saving: Saving, text: string): string {
  const [spoken, setSpoken] = useState('')
  const latest = useRef(text)
  const told = useRef(false)
  latest.current = text
  const wrong = toneOf(saving) !== 'calm'
  // States between the two are not read out: they end before they are heard.
  const kind = wrong
    ? `${saving.status} ${'storedIn' in saving && saving.storedIn === 'tab'}`
    : saving.status === 'saved'
      ? 'well'
      : null
  useEffect(() => {
    if (kind === null) return
    if (kind !== 'well' || told.current) setSpoken(latest.current)
    told.current = kind !== 'well'
  }, [kind])
  return spoken
}

/** While earlier work waits, another tab may send it or merge it. Both change the list of copies. */
function useRecount(waits: boolean) {
  const workspace = useWorkspace()
  useEffect(() => {
    if (!waits) return
    const look = ({ key }: StorageEvent) => {
      if (key?.startsWith('parley.copy '))
        void import('../../store/devicedata.ts').then((store) => store.countEarlier(workspace))
    }
    window.addEventListener('storage', look)
    return () => window.removeEventListener('storage', look)
  }, [workspace, waits])
}

/** Makes the browser ask before it closes a tab with edits that exist nowhere else. */
function useLeavingGuard(holds: boolean) {
  useEffect(() => {
    if (!holds) return
    const ask = (event: Event) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [holds])
}
