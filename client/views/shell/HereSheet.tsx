import type { ReactElement, RefObject } from 'react'
import { Dialog } from 'react-aria-components/Dialog'
import { Popover } from 'react-aria-components/Popover'
import { speak } from '../../i18n/format.ts'
import { tag } from '../../i18n/i18n.ts'
import type { Visitor } from '../../store/presence.ts'
import styles from './Here.module.css'
import { Link } from './Link.tsx'
import { SideMark } from './Side.tsx'
import { useLanguage, useMeeting, useWords } from './shell.ts'

interface HereSheetProps {
  trigger: RefObject<HTMLButtonElement | null>
  close: () => void
}

export function HereSheet({ trigger, close }: HereSheetProps): ReactElement {
  const t = useWords()
  const language = useLanguage()
  const visitors = useMeeting((state) => state.presence.visitors)
  return (
    <Popover
      triggerRef={trigger}
      isOpen
      onOpenChange={(open) => !open && close()}
      placement="bottom end"
      offset={4}
      className={styles.sheet ?? ''}
    >
      <Dialog className={styles.inside ?? ''} aria-label={t('header.hereTitle')} lang={tag[language]}>
        <h2>{t('header.hereTitle')}</h2>
        <ul>
          {visitors.map((visitor) => (
            <Who key={visitor.id} visitor={visitor} close={close} />
          ))}
        </ul>
        {visitors.every((one) => one.own) && <p className={styles.alone}>{t('header.hereAlone')}</p>}
      </Dialog>
    </Popover>
  )
}

function Who({ visitor, close }: { visitor: Visitor; close: () => void }) {
  const t = useWords()
  const language = useLanguage()
  const meeting = useMeeting((state) => state.membership.meeting)
  const item = visitor.items[0]
  const title = useMeeting((state) => (item === undefined ? null : (state.items.get(item)?.title ?? null)))
  return (
    <li className={styles.who}>
      <span>
        <SideMark side={visitor.side ?? 'other'} />
      </span>
      <span>
        {visitor.name} <span className={styles.where}>{visitor.own ? t('header.you') : t(`role.${visitor.role}`)}</span>
      </span>
      {item !== undefined && title && !visitor.own && (
        <span className={styles.where}>
          <Link to={{ type: 'item', meeting, item }} onGo={close}>
            {t('header.inItem', { title: speak(title, language)?.text ?? t('outline.untitled') })}
          </Link>
        </span>
      )}
    </li>
  )
}
