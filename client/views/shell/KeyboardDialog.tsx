import type { ReactElement } from 'react'
import { addWords } from '../../i18n/i18n.ts'
import { keyboardEn, keyboardZh } from '../../i18n/keyboard.ts'
import styles from './KeyboardDialog.module.css'
import sheet from './Sheet.module.css'
import { Sheet } from './Sheet.tsx'
import { useWords } from './shell.ts'
import { apple } from './shortcuts.ts'

addWords('words', { en: keyboardEn, zh: keyboardZh })

/** The keyboard shortcuts, by place. */
export function KeyboardDialog({ close }: { close: () => void }): ReactElement {
  const t = useWords()
  const mod = apple ? '⌘' : 'Ctrl'
  const alt = apple ? '⌥' : 'Alt'
  const groups: readonly [string, readonly [string, readonly string[]][]][] = [
    [
      t('keyboard.anywhere'),
      [
        [t('keyboard.help'), ['?']],
        [t('keyboard.find'), [`${mod} K`]],
        [t('keyboard.undo'), [`${mod} Z`]],
        [t('keyboard.redo'), [`${mod} Shift Z`, `${mod} Y`]],
      ],
    ],
    [
      t('keyboard.inOutline'),
      [
        [t('keyboard.rows'), ['↑', '↓']],
        [t('keyboard.openItem'), [t('keyboard.enter')]],
        [t('keyboard.enterText'), ['F2', t('keyboard.enter')]],
        [t('keyboard.moveRow'), [`${alt} ↑`, `${alt} ↓`]],
        [t('keyboard.moveTo'), ['M']],
        [t('keyboard.addBelow'), ['N']],
        [t('keyboard.duplicate'), ['D']],
        [t('keyboard.selectRow'), [t('keyboard.space')]],
        [t('keyboard.deleteRow'), [t('keyboard.delete')]],
        [t('keyboard.minutes'), ['↑', '↓']],
      ],
    ],
    [
      t('keyboard.inText'),
      [
        [t('keyboard.enterTitle'), [t('keyboard.enter')]],
        [t('keyboard.leaveText'), ['Esc']],
        [t('keyboard.bold'), [`${mod} B`]],
        [t('keyboard.italic'), [`${mod} I`]],
        [t('keyboard.link'), [`${mod} Shift K`]],
      ],
    ],
  ]
  return (
    <Sheet title={t('keyboard.title')} close={close}>
      {groups.map(([name, rows]) => (
        <section key={name} className={sheet.part}>
          <h3>{name}</h3>
          <dl className={styles.keys}>
            {rows.map(([what, keys]) => (
              <div key={what}>
                <dt>{what}</dt>
                <dd>
                  {keys.map((key, index) => (
                    <span key={key}>
                      {index > 0 && <span className={styles.or}> {t('keyboard.or')} </span>}
                      <kbd>{key}</kbd>
                    </span>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Sheet>
  )
}
