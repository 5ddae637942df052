import { type FormEvent, type ReactElement, useEffect, useRef, useState } from 'react'
import { type Comparison, compare, isSame } from '../../../shared/domain/compare.ts'
import { restoring } from '../../../shared/domain/restore.ts'
import { betweenSentences } from '../../i18n/format.ts'
import { type Label, labels, type Version, type VersionId } from '../../store/api.ts'
import { countItems } from '../../store/comparison.ts'
import { isFinal, mayEdit, mayWrite } from '../../store/meeting.ts'
import controls from '../../styles/controls.module.css'
import { Findings, findingsLead } from '../findings/Findings.tsx'
import { Choice } from '../shell/Choice.tsx'
import { useDialogs } from '../shell/Dialogs.tsx'
import { Link } from '../shell/Link.tsx'
import { useMoment } from '../shell/moment.ts'
import { SideMark } from '../shell/Side.tsx'
import { useLanguage, useMeeting, useShell, useWorkspace } from '../shell/shell.ts'
import { useAgenda } from './ComparePage.tsx'
import { useKeeper, useLateWords, useVersions } from './late.ts'
import { VersionChoice } from './VersionChoice.tsx'
import styles from './VersionsPage.module.css'

/** Milliseconds between reloads of the list, which find the versions that colleagues have saved. */
const interval = 20_000

/** The saved versions of the agenda, newest first: saved, compared, exported, restored. */
export function VersionsPage(): ReactElement {
  const t = useLateWords()
  const keeper = useKeeper()
  const versions = useVersions()
  const live = useMeeting((state) => state.connection.status === 'live')
  const final = useMeeting((state) => state.snapshot?.final ?? null)
  const writes = useMeeting(mayWrite)
  const frozen = useMeeting(isFinal)
  // Reloads at once when the agenda becomes final or the connection returns.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    void keeper.refresh()
    const timer = setInterval(() => document.visibilityState === 'visible' && void keeper.refresh(), interval)
    return () => clearInterval(timer)
  }, [keeper, live, final])
  const { list, status } = versions
  return (
    <div className={styles.page}>
      <h2 className={styles.title}>
        {t('versions.title')} {list.length > 0 && <span className={styles.count}>{list.length}</span>}
      </h2>
      {list.length === 0 && status === 'known' && (
        <div className={styles.empty}>
          <h3>{t('versions.emptyTitle')}</h3>
          <p>{t(writes ? 'versions.empty' : 'versions.emptyReader')}</p>
        </div>
      )}
      {list.length === 0 && status === 'loading' && <p className={styles.soft}>{t('versions.loading')}</p>}
      {writes && !frozen && <Save first={list.length === 0} />}
      <Trouble />
      {list.length > 0 && (
        <>
          <ol className={styles.list} aria-label={t('versions.list')}>
            {list.map((version, index) => (
              <Row key={version.id} version={version} before={list[index + 1] ?? null} />
            ))}
          </ol>
          {list.length > 1 && <AnyTwo list={list} />}
        </>
      )}
    </div>
  )
}

/** Why the list may be out of date. */
function Trouble() {
  const t = useLateWords()
  const language = useLanguage()
  const keeper = useKeeper()
  const versions = useVersions()
  if (versions.status === 'loading' || versions.status === 'known') return null
  const text =
    versions.status === 'refused'
      ? t('versions.listFailed', { message: versions.message })
      : t(versions.list.length > 0 ? 'versions.remembered' : 'versions.listUnreachable')
  return (
    <p className={styles.trouble} role="status">
      {text}
      {betweenSentences(language)}
      <button type="button" className={controls.link} onClick={() => keeper.refresh()}>
        {t('versions.again')}
      </button>
    </p>
  )
}

type Saving =
  | { readonly status: 'resting' }
  | { readonly status: 'waiting' }
  | { readonly status: 'done'; readonly text: string }
  | { readonly status: 'failed'; readonly text: string }

/** Saves the current state. Only organizers can make it final. */
function Save({ first }: { first: boolean }) {
  const t = useLateWords()
  const keeper = useKeeper()
  const organizer = useMeeting((state) => state.membership.person.role === 'organizer')
  const offline = useMeeting((state) => state.connection.status === 'offline')
  const unsaved = useMeeting((state) => state.connection.unsaved > 0)
  const [label, setLabel] = useState<Label>('non-paper')
  const [name, setName] = useState('')
  const [saving, setSaving] = useState<Saving>({ status: 'resting' })
  const waiting = saving.status === 'waiting'

  async function save(event: FormEvent) {
    event.preventDefault()
    if (waiting) return
    setSaving({ status: 'waiting' })
    const answer = await keeper.save(label, name.trim())
    switch (answer.status) {
      case 'ok': {
        const { version, frozen } = answer.value
        setName('')
        // Finalizing removes this form, and is announced above the page.
        const failed = label === 'final' && !frozen
        const text = t(failed ? 'versions.frozenFailed' : 'versions.saved', { number: version.number })
        return setSaving({ status: failed ? 'failed' : 'done', text })
      }
      case 'refused':
        return setSaving({ status: 'failed', text: t('versions.failed', { message: answer.message }) })
      case 'unreachable':
        return setSaving({ status: 'failed', text: t('versions.unreachable') })
      case 'offline':
        return setSaving({ status: 'failed', text: t('versions.offline') })
      case 'cut-off':
        return setSaving({ status: 'failed', text: t('versions.cutOff') })
    }
  }

  return (
    <form className={styles.save} onSubmit={save} aria-label={t('versions.saveNow')}>
      <Choice
        look="boxed"
        label={t('versions.label')}
        value={label}
        options={labels.filter((one) => organizer || one !== 'final')}
        name={(one) => t(`label.${one}`)}
        choose={setLabel}
        disabled={waiting}
      />
      <label className={controls.field}>
        <span className={controls.label}>{t('versions.name')}</span>
        <input
          className={controls.input}
          value={name}
          maxLength={120}
          autoComplete="off"
          placeholder={t('versions.namePlaceholder')}
          readOnly={waiting}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <button
        type="submit"
        className={first ? controls.primary : controls.button}
        disabled={offline}
        aria-disabled={waiting}
        aria-describedby={label === 'final' ? findingsLead : undefined}
      >
        {waiting
          ? t('versions.saving')
          : t(label === 'final' ? 'versions.freeze' : first ? 'versions.saveNow' : 'versions.save')}
      </button>
      <p className={controls.hint}>{t(`labelHint.${label}`)}</p>
      <p role="status" className={saving.status === 'failed' || offline ? controls.problem : controls.hint}>
        {offline
          ? t('versions.offline')
          : waiting
            ? t(unsaved ? 'versions.waiting' : 'versions.saving')
            : saving.status === 'resting'
              ? ''
              : saving.text}
      </p>
      {label === 'final' && <Findings />}
    </form>
  )
}

function Row({ version, before }: { version: Version; before: Version | null }) {
  const t = useLateWords()
  const workspace = useWorkspace()
  const { open } = useDialogs()
  const moment = useMoment()
  const meeting = useMeeting((state) => state.membership.meeting)
  const inForce = useMeeting((state) => state.snapshot?.final === version.id)
  const edits = useMeeting(mayEdit)
  const writes = useMeeting(mayWrite)
  const [restores, setRestores] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const { id, number } = version
  function closeRestore() {
    setRestores(false)
    button.current?.focus()
  }
  const named = (action: string) => t('versions.actionsOf', { number, action })
  return (
    <li className={styles.row} data-in-force={inForce || undefined} data-found={id} tabIndex={-1}>
      <span className={styles.number} aria-hidden="true">
        {number}
      </span>
      <div className={styles.words}>
        <h3 className={styles.name}>
          <span className="visually-hidden">{t('versions.number', { number })} </span>
          <span className={styles.label} data-label={version.label}>
            {t(`label.${version.label}`)}
          </span>
          {version.name !== '' && <span>{version.name}</span>}
          {inForce && <span className={styles.inForce}>{t('versions.inForce')}</span>}
        </h3>
        <p className={styles.who}>
          <time dateTime={new Date(version.at).toISOString()}>{moment(version.at)}</time>
          <span>
            {t('versions.by', { name: version.by.name })} <SideMark side={version.by.side} />
          </span>
        </p>
        <p className={`${styles.actions} screen-only`}>
          <Link to={{ type: 'comparison', meeting, before: id, after: 'now' }} label={named(t('versions.withNow'))}>
            {t('versions.withNow')}
          </Link>
          {before && (
            <Link
              to={{ type: 'comparison', meeting, before: before.id, after: id }}
              label={named(t('versions.withBefore', { number: before.number }))}
            >
              {t('versions.withBefore', { number: before.number })}
            </Link>
          )}
          <button
            type="button"
            className={controls.link}
            aria-label={named(t('versions.export'))}
            onClick={() => open({ type: 'export', version })}
          >
            {t('versions.export')}
          </button>
          {writes && (
            <button
              type="button"
              className={controls.link}
              ref={button}
              aria-label={named(t('versions.restore'))}
              aria-expanded={restores && edits}
              // While the agenda is final, any change needs a new version first.
              onClick={() => (edits ? setRestores(!restores) : workspace.notify({ type: 'final' }))}
            >
              {t('versions.restore')}
            </button>
          )}
        </p>
        {restores && edits && <Restore version={version} close={closeRestore} />}
      </div>
    </li>
  )
}

/** Previews what would change, then restores: one forward step, undone at once with Undo. */
function Restore({ version, close }: { version: Version; close: () => void }) {
  const t = useLateWords()
  const workspace = useWorkspace()
  const { router } = useShell()
  const snapshot = useMeeting((state) => state.snapshot)
  const { id, number } = version
  const target = useAgenda(id, 'restore')
  if (target.status === 'reading' || !snapshot) {
    return (
      <p className={styles.restore} role="status">
        {t('restore.counting')}
      </p>
    )
  }
  if (target.status === 'failed') {
    return (
      <p className={styles.restore} role="alert">
        {target.text}
      </p>
    )
  }
  const { agenda } = target
  const changes = compare(snapshot.agenda, agenda)
  const same = isSame(changes)
  function restore() {
    const now = workspace.store.getState().snapshot
    if (!now) return
    const refusal = workspace.runAll(restoring(now, agenda), { type: 'restored-version', number })
    if (refusal) return
    close()
    router.go({ type: 'versions', meeting: workspace.store.getState().membership.meeting })
  }
  return (
    <div className={styles.restore} role="status">
      {same ? (
        <p>{t('restore.same', { number })}</p>
      ) : (
        <>
          <FirstLook changes={changes} />
          <p>{t('restore.ask', { number })}</p>
        </>
      )}
      <div className={controls.row}>
        {!same && (
          <button type="button" className={controls.primary} onClick={restore}>
            {t('restore.go', { number })}
          </button>
        )}
        <button type="button" className={controls.button} onClick={close}>
          {t('restore.leave')}
        </button>
      </div>
    </div>
  )
}

/** How many items change, in brief. Seen from now: what the version has comes back, what it lacks is deleted. */
function FirstLook({ changes }: { changes: Comparison }) {
  const t = useLateWords()
  const { added, deleted } = countItems(changes)
  const differing = changes.items.filter(
    (one) => one.status === 'changed' && (one.changes.length > 0 || one.moved !== null),
  ).length
  const besides = changes.meeting.length + changes.days.length + changes.people.length + changes.glossary.length
  const parts = [
    differing > 0 && t('restore.changes', { count: differing }),
    added > 0 && t('restore.returns', { count: added }),
    deleted > 0 && t('restore.leaves', { count: deleted }),
    besides > 0 && t('restore.besides'),
  ].filter((one) => one !== false)
  return <p className={styles.look}>{parts.join(t('restore.and'))}</p>
}

/** Compares any version with any other, or with the current agenda. */
function AnyTwo({ list }: { list: readonly Version[] }) {
  const t = useLateWords()
  const meeting = useMeeting((state) => state.membership.meeting)
  const [before, setBefore] = useState<VersionId | null>(null)
  const [after, setAfter] = useState<VersionId | 'now'>('now')
  const known = list.map((one) => one.id)
  const from = before !== null && known.includes(before) ? before : known.at(-1)
  if (from === undefined) return null
  return (
    <section className={styles.two} aria-label={t('versions.anyTwo')}>
      <h3 className={styles.twoTitle}>{t('versions.anyTwo')}</h3>
      <VersionChoice label={t('versions.from')} value={from} choose={(one) => one !== 'now' && setBefore(one)} />
      <VersionChoice label={t('versions.to')} value={after} choose={setAfter} now />
      <Link to={{ type: 'comparison', meeting, before: from, after }} className={controls.button}>
        {t('versions.compare')}
      </Link>
    </section>
  )
}
