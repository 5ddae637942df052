import type { ReactElement } from 'react'
import { countNews } from '../../../shared/domain/unseen.ts'
import controls from '../../styles/controls.module.css'
import { Link } from '../shell/Link.tsx'
import { useMoment } from '../shell/moment.ts'
import { useMeeting, useRoute } from '../shell/shell.ts'
import styles from './ChangesLine.module.css'
import { useChanges, useChangesWords, useCollisions, useFollowing, useMarkSeen } from './changes.ts'

/** One calm line on return: how many changes since when, how many conflicts, and where to see them. */
export function ChangesLine(): ReactElement | null {
  const t = useChangesWords()
  const moment = useMoment()
  const route = useRoute()
  const meeting = useMeeting((state) => state.membership.meeting)
  const { unseen, since, marking } = useChanges()
  const collisions = useCollisions()
  const { mark, problem } = useMarkSeen()
  useFollowing()
  const count = countNews(unseen)
  // The page itself shows all of this.
  if (route.type === 'changes' || (count === 0 && collisions.length === 0)) return null
  return (
    <section className={`${controls.banner} ${styles.line} screen-only`} aria-label={t('banner')}>
      {count > 0 && (
        <p className={styles.part}>
          <span className={styles.text}>{t('away', { count, when: since === null ? '' : moment(since) })}</span>
          <Link to={{ type: 'changes', meeting }} className={controls.link}>
            {t('see', { count })}
          </Link>
          <button type="button" className={controls.link} onClick={mark} disabled={marking}>
            {t(marking ? 'marking' : 'markSeen')}
          </button>
        </p>
      )}
      {collisions.length > 0 && (
        <p className={styles.part}>
          <span className={styles.text}>{t('metCount', { count: collisions.length })}</span>
          <Link to={{ type: 'changes', meeting }} className={controls.link}>
            {t('look')}
          </Link>
        </p>
      )}
      {problem && (
        <p className={styles.problem} role="alert">
          {t(`failed.${problem}`)}
        </p>
      )}
    </section>
  )
}
