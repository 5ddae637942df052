import { type ReactElement, useId, useState } from 'react'
import controls from '../../styles/controls.module.css'
import { useDialogWords } from '../outline/dialogs.ts'
import { copyText } from '../shell/clipboard.ts'
import { useWords } from '../shell/shell.ts'
import styles from './LinkOnce.module.css'

/** An address that is shown only once, to be copied. */
export function LinkOnce({ label, link, hint }: { label: string; link: string; hint: string }): ReactElement {
  const t = useWords()
  const words = useDialogWords()
  const id = useId()
  const [copied, setCopied] = useState(false)
  async function copy() {
    const field = document.getElementById(id)
    await copyText(link, field instanceof HTMLInputElement ? field : null)
    setCopied(true)
  }
  return (
    <div className={styles.made}>
      <label className={controls.field}>
        <span className={controls.label}>{label}</span>
        <input
          id={id}
          className={`${controls.input} ${styles.link}`}
          readOnly
          value={link}
          onFocus={(event) => event.currentTarget.select()}
        />
      </label>
      <button type="button" className={controls.button} onClick={copy}>
        {copied ? words('invite.copied') : words('invite.copy')}
      </button>
      <p className={controls.hint} role="status">
        {copied ? t('notice.copied') : hint}
      </p>
    </div>
  )
}
