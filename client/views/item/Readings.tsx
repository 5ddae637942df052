import { type ReactElement, useState } from 'react'
import type { ItemId, Reading, ReadingId } from '../../../shared/domain/agenda.ts'
import { isLink } from '../../../shared/domain/refuse.ts'
import { addressEntered } from '../../i18n/entry.ts'
import { tag } from '../../i18n/i18n.ts'
import { addReading } from '../../store/actions.ts'
import { mayEdit } from '../../store/meeting.ts'
import controls from '../../styles/controls.module.css'
import { Entry } from '../outline/Entry.tsx'
import { Localized, OtherLanguage } from '../shell/Localized.tsx'
import { useMeeting, useWords, useWorkspace } from '../shell/shell.ts'
import styles from './Readings.module.css'
import './words.ts'

const none: readonly Reading[] = []

export function Readings({ id }: { id: ItemId }): ReactElement {
  const t = useWords()
  const workspace = useWorkspace()
  const edits = useMeeting(mayEdit)
  const readings = useMeeting((state) => state.items.get(id)?.readings ?? none)
  const [open, setOpen] = useState<ReadingId | null>(null)
  return (
    <section className={styles.readings} aria-labelledby="readings">
      <h3 id="readings" className={styles.heading}>
        {t('item.readings')}
      </h3>
      {readings.length === 0 && !edits && <p className={styles.soft}>{t('item.noReadings')}</p>}
      <ul className={styles.list}>
        {readings.map((reading) => (
          <li key={reading.id} data-found={reading.id} tabIndex={-1}>
            {open === reading.id && edits ? (
              <Editing item={id} reading={reading} done={() => setOpen(null)} />
            ) : (
              <span className={styles.reading}>
                <span>
                  {isLink(reading.url) ? (
                    <a href={reading.url} target="_blank" rel="noopener noreferrer nofollow">
                      <Localized value={reading.title} empty={reading.url} />
                    </a>
                  ) : (
                    <Localized value={reading.title} empty={t('item.readingUntitled')} />
                  )}{' '}
                  <OtherLanguage value={reading.title} className={styles.too} />
                </span>
                {edits && (
                  <button type="button" className={`${controls.link} screen-only`} onClick={() => setOpen(reading.id)}>
                    {t('item.editReading')}
                  </button>
                )}
              </span>
            )}
          </li>
        ))}
      </ul>
      {edits && open === null && (
        <p className="screen-only">
          <button type="button" className={controls.quiet} onClick={() => setOpen(addReading(workspace, id))}>
            <span aria-hidden="true">+</span> {t('item.addReading')}
          </button>
        </p>
      )}
    </section>
  )
}

function Editing({ item, reading, done }: { item: ItemId; reading: Reading; done: () => void }) {
  const t = useWords()
  const workspace = useWorkspace()
  const set = (settings: Partial<Omit<Reading, 'id'>>) =>
    workspace.attempt({ type: 'set-reading', item, id: reading.id, settings })
  return (
    <div className={styles.form}>
      <Entry
        label={t('item.readingEn')}
        lang={tag.en}
        value={reading.title.en}
        autoFocus
        keep={(en) => set({ title: { ...reading.title, en } })}
      />
      <Entry
        label={t('item.readingZh')}
        lang={tag.zh}
        value={reading.title.zh}
        keep={(zh) => set({ title: { ...reading.title, zh } })}
      />
      <Entry
        label={t('item.readingUrl')}
        type="url"
        value={reading.url}
        placeholder="https://"
        keep={(url) => set({ url: addressEntered(url) })}
      />
      <div className={controls.row}>
        <button type="button" className={controls.button} onClick={done}>
          {t('item.done')}
        </button>
        <button
          type="button"
          className={controls.link}
          onClick={() => {
            done()
            workspace.run({ type: 'delete-reading', item, id: reading.id })
          }}
        >
          {t('item.deleteReading')}
        </button>
      </div>
    </div>
  )
}
