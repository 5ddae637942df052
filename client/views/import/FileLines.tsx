import { type ReactElement, useState } from 'react'
import type { FileLine } from '../../store/reading.ts'
import controls from '../../styles/controls.module.css'
import sheet from '../shell/Sheet.module.css'
import { useLateWords } from '../versions/late.ts'
import styles from './FileLines.module.css'

/** Lines that are rendered at once; a long file shows more on request. */
const page = 200

/** Every line of the file and what became of it: nothing is dropped silently. */
export function FileLines({ lines }: { lines: readonly FileLine[] }): ReactElement {
  const t = useLateWords()
  const unused = lines.filter((line) => line.outcome.type === 'unused')
  const [only, setOnly] = useState(true)
  const [shown, setShown] = useState(page)
  const list = only ? unused : lines
  const rest = list.length - shown
  return (
    <section className={sheet.part} aria-labelledby="file-lines">
      <h3 id="file-lines">{t('import.lines')}</h3>
      <p className={styles.counts}>
        <span>
          {unused.length === 0
            ? t('import.allUsed')
            : t('import.linesCount', { used: lines.length - unused.length, unused: unused.length })}
        </span>
        <label className={controls.check}>
          <input type="checkbox" checked={only} onChange={(event) => setOnly(event.target.checked)} />
          {t('import.onlyUnused')}
        </label>
      </p>
      {list.length > 0 && (
        <table className={styles.table}>
          <colgroup className={styles.columns}>
            <col />
            <col />
            <col />
          </colgroup>
          <thead className="visually-hidden">
            <tr>
              <th scope="col">{t('import.where')}</th>
              <th scope="col">{t('import.text')}</th>
              <th scope="col">{t('import.outcome')}</th>
            </tr>
          </thead>
          <tbody>
            {list.slice(0, shown).map((line, index) => (
              // Lines have no identity but their position in the file.
              // biome-ignore lint/suspicious/noArrayIndexKey: see above
              <tr key={index} data-outcome={line.outcome.type}>
                <th scope="row">{line.where}</th>
                <td className={styles.text}>{line.text}</td>
                <td>
                  <Outcome line={line} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {rest > 0 && (
        <p>
          <button type="button" className={controls.link} onClick={() => setShown(shown + page * 5)}>
            {t('import.moreLines', { count: rest })}
          </button>
        </p>
      )}
    </section>
  )
}

function Outcome({ line: { outcome } }: { line: FileLine }) {
  const t = useLateWords()
  if (outcome.type === 'used') {
    return (
      <>
        <span aria-hidden="true">✓ </span>
        {t('import.used')}
        {t('import.colon')}
        {t(`as.${outcome.as}` as 'as.title')}
      </>
    )
  }
  return (
    <>
      <span aria-hidden="true">– </span>
      <span className="visually-hidden">
        {t('import.unused')}
        {t('import.colon')}
      </span>
      {t(`why.${outcome.why}` as 'why.empty')}
    </>
  )
}
