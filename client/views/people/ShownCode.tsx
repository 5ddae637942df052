import { encodeQR } from 'qr'
import { type ReactElement, useState } from 'react'
import { deviceTime } from '../../i18n/format.ts'
import type { NewCode } from '../../store/api.ts'
import controls from '../../styles/controls.module.css'
import { copyText } from '../shell/clipboard.ts'
import { useIdentityWords } from './identity.ts'
import styles from './ShownCode.module.css'

interface ShownCodeProps {
  made: NewCode
  name?: string
  used: boolean
}

/** A code, to be read out, typed or scanned. `name`: whom it lets in, when that is somebody else. */
export function ShownCode({ made, name, used }: ShownCodeProps): ReactElement {
  const words = useIdentityWords()
  const [copied, setCopied] = useState(false)
  const { code, link, expiresAt } = made
  const time = deviceTime(expiresAt)
  if (used) return <p role="status">{words('code.used')}</p>
  const modules = encodeQR(link, 'raw', { border: 2 })
  const dark = modules.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return (
    <div className={styles.made}>
      <div className={styles.words} role="status">
        <p className={controls.label}>{name === undefined ? words('code.shown') : words('code.for', { name })}</p>
        {/* As one word, for whoever copies it or has it read out. */}
        <p className={styles.code} data-code={code}>
          {code.slice(0, 4)}
          <span className={styles.gap} />
          {code.slice(4)}
        </p>
        <p>{name === undefined ? words('code.until', { time }) : words('code.hand', { time, name })}</p>
        <p>
          <button
            type="button"
            className={controls.link}
            onClick={async () => {
              await copyText(link, null)
              setCopied(true)
            }}
          >
            {words(copied ? 'code.copied' : 'code.copy')}
          </button>
        </p>
      </div>
      <svg
        className={styles.square}
        viewBox={`0 0 ${modules.length} ${modules.length}`}
        role="img"
        aria-label={words('code.qr')}
        shapeRendering="crispEdges"
      >
        <path d={dark} />
      </svg>
    </div>
  )
}
