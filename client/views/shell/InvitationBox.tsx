import { type FormEvent, type ReactElement, useState } from 'react'
import { isCode, tidyCode } from '../../store/api.ts'
import { routeOf } from '../../store/route.ts'
import controls from '../../styles/controls.module.css'
import styles from './InvitationBox.module.css'
import { useShell, useWords } from './shell.ts'
import './homeWords.ts'

/** Chat programs and mail break links; pasting a whole link always works, and so does typing a code. */
export function InvitationBox(): ReactElement {
  const t = useWords()
  const { router } = useShell()
  const [wrong, setWrong] = useState(false)
  function open(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const text = String(new FormData(event.currentTarget).get('link') ?? '')
    const code = tidyCode(text)
    const found = isCode(code) ? `code-${code}` : /\/join#([^\s]+)/.exec(text)?.[1]
    const route = found ? routeOf('/join', `#${found}`) : null
    if (route?.type === 'join' && route.token !== null) router.go(route)
    else setWrong(true)
  }
  return (
    <form className={styles.box} onSubmit={open}>
      <label className={controls.field}>
        <span className={controls.label}>{t('home.paste')}</span>
        <input
          name="link"
          className={controls.input}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={wrong}
          aria-describedby="invitation-hint"
          onChange={() => setWrong(false)}
        />
      </label>
      <button type="submit" className={controls.button}>
        {t('home.open')}
      </button>
      <p id="invitation-hint" role={wrong ? 'alert' : undefined} className={wrong ? controls.problem : controls.hint}>
        {wrong ? t('home.notALink') : t('home.pasteHint')}
      </p>
    </form>
  )
}
