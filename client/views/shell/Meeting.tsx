import {
  type ComponentProps,
  type ReactElement,
  type ReactNode,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import type { MeetingId } from '../../../shared/domain/agenda.ts'
import { speak } from '../../i18n/format.ts'
import type { Membership } from '../../store/api.ts'
import { isFinal } from '../../store/meeting.ts'
import { leftHere, membershipIn } from '../../store/session.ts'
import type { Workspace } from '../../store/workspace.ts'
import controls from '../../styles/controls.module.css'
import { type CaretPlace, caretPlace, returnTo } from '../item/caretPlace.ts'
import { Outline } from '../outline/Outline.tsx'
import { Overview } from '../outline/Overview.tsx'
import { type DialogRequest, Dialogs, DialogsContext } from './Dialogs.tsx'
import { Guard } from './Guard.tsx'
import { Header } from './Header.tsx'
import {
  atRest,
  BeyondLine,
  ChangesPage,
  ComparePage,
  DeviceData,
  DoingsLine,
  EndedPage,
  FinalBanner,
  fetchParts,
  Home,
  InvitationBox,
  ItemPage,
  Lines,
  Newcomers,
  NoticeLine,
  PeoplePage,
  VersionsPage,
} from './lazy.ts'
import styles from './Meeting.module.css'
import { Page } from './Page.tsx'
import {
  useLanguage,
  useMeeting,
  useNarrow,
  useRoute,
  useSession,
  useShell,
  useWords,
  useWorkspace,
  WorkspaceContext,
} from './shell.ts'
import { useShortcuts } from './shortcuts.ts'
import { UpdateSpot } from './UpdateSpot.tsx'

/** One meeting, for the person signed in to it on this device. */
export function Meeting({ id }: { id: MeetingId }): ReactElement {
  const t = useWords()
  const { session: keeper } = useShell()
  const session = useSession()
  const membership = membershipIn(session, id)
  const [last, setLast] = useState(membership)
  if (membership && membership !== last) setLast(membership)
  // Signed out of everything, in another tab.
  if (session.status === 'left' && last !== null) setLast(null)
  useEffect(() => void keeper.refresh(), [keeper])
  // The meeting stays open when the membership ends: some edits may exist nowhere else.
  if (session.status === 'left') return <Ended meeting={id} workspace={null} />
  if (last) return <OpenMeeting membership={membership ?? last} ended={membership === null} />
  if (session.status === 'remembered') return <Waiting text={t('meeting.loading')} />
  if (session.status === 'unreachable') {
    return (
      <Suspense>
        <Home />
      </Suspense>
    )
  }
  if (session.withdrawn.includes(id)) return <Ended meeting={id} workspace={null} />
  return (
    <Page title={t('meeting.missingTitle')}>
      <p>{t('meeting.missingText')}</p>
      <Suspense fallback={null}>
        <InvitationBox />
        {leftHere(session, id) && <DeviceData meeting={id} />}
      </Suspense>
    </Page>
  )
}

function OpenMeeting({ membership, ended }: { membership: Membership; ended: boolean }) {
  const t = useWords()
  const { open, session, storage } = useShell()
  const [workspace, setWorkspace] = useState<Workspace | null>(null)
  const [turn, setTurn] = useState({ rebuilt: false })
  const closing = useRef<Promise<void>>(undefined)
  const place = useRef<CaretPlace>(null)
  const { meeting, person } = membership
  const seated = useRef(person)
  const [before, setBefore] = useState<Membership['person'] | null>(null)
  // The workspace is opened once per person and meeting, and again when their document is replaced. Later changes of their
  // role reach it through `join`.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    const opened = open(membership, (rebuilt) => setTurn({ rebuilt }))
    setWorkspace(opened)
    if (session.store.getState().welcome === meeting) {
      opened.notify({ type: 'joined' })
      session.welcomed()
    }
    const back = place.current
    place.current = null
    const alone = opened.link.copy.lineage === undefined && opened.store.getState().earlier.status === 'counted'
    const told = alone
      ? Promise.resolve()
      : import('../../store/devicedata.ts')
          .then(({ notifyOfFormer }) => notifyOfFormer(opened, turn.rebuilt ? closing.current : undefined, storage))
          // If the former copies cannot be read, nobody knows that they are saved.
          .catch(() => opened.store.setState({ earlier: { status: 'counted', changes: 0, unread: true } }))
    void told.then(() => back && returnTo(back))
    return () => {
      place.current = caretPlace()
      setWorkspace(null)
      closing.current = opened.close()
    }
  }, [open, session, meeting, person.id, turn])
  useEffect(() => {
    const was = seated.current
    seated.current = person
    if (was.id !== person.id || was.role !== person.role || was.side !== person.side) setBefore(was)
  }, [person])
  useEffect(() => workspace?.join(membership), [workspace, membership])
  if (!workspace) return <Waiting text={t('meeting.loading')} />
  return (
    <WorkspaceContext value={workspace}>
      {ended ? (
        <Ended meeting={meeting} workspace={workspace} />
      ) : (
        <Table>{before && <OtherLink before={before} close={() => setBefore(null)} />}</Table>
      )}
    </WorkspaceContext>
  )
}

/** Shown when another person is here, or one with another role or side, because another tab opened another invitation. */
function OtherLink({ before, close }: { before: Membership['person']; close: () => void }) {
  const t = useWords()
  const now = useMeeting((state) => state.membership.person)
  const who = ({ name, role: of, side }: Membership['person']) => {
    const role = t(`role.${of}`).toLowerCase()
    return side ? t('notice.whoOfSide', { name, role, side: t(`side.${side}Long`) }) : t('notice.who', { name, role })
  }
  return (
    <section className={`${controls.banner} screen-only`} aria-label={t('notice.otherLinkTitle')}>
      <p role="alert">{t('notice.otherLink', { now: who(now), before: who(before) })}</p>
      <button type="button" className={controls.link} onClick={close}>
        {t('notice.dismiss')}
      </button>
    </section>
  )
}

function Ended(props: ComponentProps<typeof EndedPage>) {
  const t = useWords()
  return (
    <Suspense fallback={<Waiting text={t('meeting.loading')} />}>
      <EndedPage {...props} />
    </Suspense>
  )
}

/** Milliseconds between two checks of whether one still has access. */
const askAgain = 10_000

/** When the server has closed the document, checks the session before anything is shown about it. */
function useCutOff() {
  const { session: keeper } = useShell()
  const cutOff = useMeeting((state) => state.connection.status === 'refused' && endings.includes(state.connection.code))
  const unreachable = useSession().status === 'unreachable'
  useEffect(() => {
    if (cutOff) void keeper.refresh()
  }, [keeper, cutOff])
  useEffect(() => {
    if (!cutOff || !unreachable) return
    const timer = setInterval(() => void keeper.refresh(), askAgain)
    return () => clearInterval(timer)
  }, [keeper, cutOff, unreachable])
}

const endings: readonly number[] = [4401, 4403, 4404]

function Waiting({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <main className={styles.waiting}>
      <p role="status">{text}</p>
      {children}
    </main>
  )
}

/** The outline, and beside it what is open. `children`: notices above it. */
function Table({ children }: { children: ReactNode }) {
  const t = useWords()
  const { updates } = useShell()
  const route = useRoute()
  const narrow = useNarrow()
  const ready = useMeeting((state) => state.snapshot !== null)
  const final = useMeeting(isFinal)
  const beyond = useMeeting((state) => state.snapshot?.beyond !== undefined)
  const organizer = useMeeting((state) => state.membership.person.role === 'organizer')
  const status = useMeeting((state) => state.connection.status)
  const [dialog, setDialog] = useState<DialogRequest | null>(null)
  const dialogs = useMemo(() => ({ open: setDialog, close: () => setDialog(null) }), [])
  useCutOff()
  useEffect(() => (ready ? fetchParts() : undefined), [ready])
  const [rested, setRested] = useState(false)
  // What is new loads after the agenda is readable.
  useEffect(() => void (ready && atRest(() => setRested(true))), [ready])
  useVisit()
  // An open dialog stays: somebody may have written in it.
  useShortcuts(useCallback((type) => setDialog((dialog) => dialog ?? { type }), []))

  const outlineShown = !narrow || route.type === 'outline'
  const sheetShown = !narrow || route.type !== 'outline'
  return (
    <DialogsContext value={dialogs}>
      <div className={styles.table} data-narrow={narrow || undefined} data-open={route.type}>
        <a href="#sheet" className={styles.skip}>
          {t('meeting.skip')}
        </a>
        <Header />
        <div>
          <UpdateSpot />
          {children}
          {rested && (
            <Guard extent="part">
              <Suspense fallback={null}>
                <Lines />
              </Suspense>
            </Guard>
          )}
          {beyond && (
            <Guard extent="part">
              <Suspense fallback={null}>
                <BeyondLine />
              </Suspense>
            </Guard>
          )}
          {rested && organizer && (
            <Guard extent="part">
              <Suspense fallback={null}>
                <Newcomers />
              </Suspense>
            </Guard>
          )}
          {final && (
            <Guard extent="part">
              <Suspense fallback={null}>
                <FinalBanner />
              </Suspense>
            </Guard>
          )}
        </div>
        {ready ? (
          <main className={styles.body}>
            {outlineShown && (
              <section className={styles.outline} aria-label={t('meeting.outline')} id="outline" data-scroll="">
                <Guard extent="part">
                  <Outline />
                </Guard>
              </section>
            )}
            {sheetShown && (
              <section className={styles.sheet} id="sheet" tabIndex={-1} aria-label={t('meeting.sheet')}>
                <Guard extent="part" about={route.type === 'item' ? route.item : route.type}>
                  <Suspense fallback={<p className={styles.pending}>{t('common.loading')}</p>}>
                    {route.type === 'item' ? (
                      <ItemPage key={route.item} id={route.item} />
                    ) : route.type === 'people' ? (
                      <PeoplePage />
                    ) : route.type === 'versions' ? (
                      <VersionsPage />
                    ) : route.type === 'changes' ? (
                      <ChangesPage />
                    ) : route.type === 'comparison' ? (
                      <ComparePage before={route.before} after={route.after} />
                    ) : (
                      <Overview />
                    )}
                  </Suspense>
                </Guard>
              </section>
            )}
          </main>
        ) : (
          <Waiting
            text={t(
              status === 'offline'
                ? 'meeting.loadingOffline'
                : status === 'older'
                  ? 'meeting.loadingOlder'
                  : 'meeting.loading',
            )}
          >
            {status === 'older' && (
              <button type="button" className={controls.primary} onClick={() => void updates.apply()}>
                {t('saving.update')}
              </button>
            )}
          </Waiting>
        )}
        {rested && (
          <Guard extent="part">
            <Suspense fallback={null}>
              <DoingsLine />
            </Suspense>
          </Guard>
        )}
        {rested && (
          <Guard extent="part">
            <Suspense fallback={null}>
              <NoticeLine />
            </Suspense>
          </Guard>
        )}
        <PageTitle />
        {dialog && (
          <Guard extent="part">
            <Suspense fallback={null}>
              <Dialogs request={dialog} close={dialogs.close} />
            </Suspense>
          </Guard>
        )}
      </div>
    </DialogsContext>
  )
}

/**
 * The tab shows the meeting, the item, and the number of changes. By itself, because each letter of a title that is
 * being typed renders it again.
 */
function PageTitle() {
  const t = useWords()
  const language = useLanguage()
  const route = useRoute()
  const meeting = useMeeting((state) => state.snapshot?.agenda.title ?? state.membership.title)
  const item = useMeeting((state) => (route.type === 'item' ? (state.items.get(route.item)?.title ?? null) : null))
  const meetingTitle = speak(meeting, language)?.text ?? t('meeting.untitled')
  const itemTitle = item && (speak(item, language)?.text ?? t('outline.untitled'))
  const versions = route.type === 'versions' || route.type === 'comparison'
  const away = route.type === 'changes' ? t('header.changes') : null
  const place = route.type === 'people' ? t('people.title') : versions ? t('header.versions') : (away ?? itemTitle)
  const news = useMeeting((state) => state.news)
  useEffect(() => {
    const title = [place, meetingTitle, t('name.product')].filter(Boolean).join(' · ')
    document.title = news === 0 ? title : `(${news}) ${title}`
  }, [place, meetingTitle, news, t])
  return null
}

/** Tells the others which item is open here. */
function useVisit() {
  const workspace = useWorkspace()
  const route = useRoute()
  const item = route.type === 'item' ? route.item : null
  useEffect(() => workspace.visit(item), [workspace, item])
}
