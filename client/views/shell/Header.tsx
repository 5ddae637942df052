import type { ReactElement } from 'react'
import { languages } from '../../../shared/domain/agenda.ts'
import { mayTakeBack, mayWrite } from '../../store/meeting.ts'
import controls from '../../styles/controls.module.css'
import { SavingWord } from '../device/SavingWord.tsx'
import { LanguageChooser, themes } from './Choosers.tsx'
import { Clocks } from './Clocks.tsx'
import { useDialogs } from './Dialogs.tsx'
import styles from './Header.module.css'
import { Here } from './Here.tsx'
import { Link } from './Link.tsx'
import { Localized, OtherLanguage } from './Localized.tsx'
import { MenuButton, type MenuEntry } from './MenuButton.tsx'
import { useMeeting, useNarrow, useRoute, useShell, useWords, useWorkspace } from './shell.ts'
import { apple } from './shortcuts.ts'

/** The header of a meeting: its title, the clocks, who is here, the saving state, and the actions on the whole. */
export function Header(): ReactElement {
  const t = useWords()
  const narrow = useNarrow()
  const route = useRoute()
  const title = useMeeting((state) => state.snapshot?.agenda.title ?? state.membership.title)
  const meeting = useMeeting((state) => state.membership.meeting)
  const observer = useMeeting((state) => state.membership.person.role === 'observer')
  // On a narrow screen the open page needs the room; the way back, the saving state and the menu stay.
  const inner = narrow && route.type !== 'outline'
  return (
    <header className={styles.header} data-inner={inner || undefined}>
      <div className={styles.names}>
        {inner && (
          <Link to={{ type: 'outline', meeting }} className={styles.back}>
            <span aria-hidden="true">‹ </span>
            {t('meeting.backToOutline')}
          </Link>
        )}
        <h1 className={inner ? 'visually-hidden' : styles.title}>
          <Link to={{ type: 'outline', meeting }} className={styles.home}>
            <Localized value={title} empty={t('meeting.untitled')} />
          </Link>
        </h1>
        {!inner && <OtherLanguage value={title} className={styles.too} />}
      </div>
      <div className={styles.state}>
        {observer && <span className={styles.reading}>{t('meeting.readOnly')}</span>}
        <SavingWord />
        <Here />
      </div>
      <div className={styles.clocks}>{!inner && <Clocks />}</div>
      <div className={`${styles.tools} screen-only`}>{narrow ? <NarrowTools inner={inner} /> : <WideTools />}</div>
    </header>
  )
}

function WideTools() {
  const t = useWords()
  const { open } = useDialogs()
  const { router } = useShell()
  const appearance = useAppearanceEntries()
  const meeting = useMeeting((state) => state.membership.meeting)
  const organizer = useMeeting((state) => state.membership.person.role === 'organizer')
  const takesBack = useMeeting(mayTakeBack)
  const writes = useMeeting(mayWrite)
  const route = useRoute()
  const more = (): MenuEntry[] => [
    { id: 'find', label: t('header.find'), keys: apple ? '⌘ K' : 'Ctrl K', run: () => open({ type: 'find' }) },
    { id: 'changes', label: t('header.changes'), run: () => router.go({ type: 'changes', meeting }) },
    { id: 'versions', label: t('header.versions'), run: () => router.go({ type: 'versions', meeting }) },
    ...(writes ? [{ id: 'import', label: t('header.import'), run: () => open({ type: 'import' }) }] : []),
    { id: 'settings', label: t('header.settings'), apart: true, run: () => open({ type: 'settings' }) },
    { id: 'device', label: t('header.device'), run: () => open({ type: 'device' }) },
    { id: 'devices', label: t('header.devices'), run: () => open({ type: 'devices' }) },
    ...(organizer ? [{ id: 'joined', label: t('header.joined'), run: () => open({ type: 'joined' }) }] : []),
    { id: 'keyboard', label: t('header.keyboard'), keys: '?', run: () => open({ type: 'keyboard' }) },
    ...appearance(),
    { id: 'meetings', label: t('header.meetings'), apart: true, run: () => router.go({ type: 'home' }) },
  ]
  return (
    <>
      {takesBack && <UndoRedo />}
      <Link to={{ type: 'people', meeting }} className={controls.quiet} current={route.type === 'people'}>
        {t('header.people')}
      </Link>
      {organizer && (
        <button type="button" className={controls.quiet} onClick={() => open({ type: 'invite' })}>
          {t('header.invite')}
        </button>
      )}
      <button type="button" className={controls.quiet} onClick={() => open({ type: 'export' })}>
        {t('header.export')}
      </button>
      <MenuButton className={controls.quiet} entries={more}>
        {t('header.menu')}
        <Arrow />
      </MenuButton>
      <LanguageChooser />
    </>
  )
}

function NarrowTools({ inner }: { inner: boolean }) {
  const t = useWords()
  const { open } = useDialogs()
  const { router, preferences } = useShell()
  const workspace = useWorkspace()
  const appearance = useAppearanceEntries()
  const meeting = useMeeting((state) => state.membership.meeting)
  const organizer = useMeeting((state) => state.membership.person.role === 'organizer')
  const takesBack = useMeeting(mayTakeBack)
  const writes = useMeeting(mayWrite)
  const entries = (): MenuEntry[] => {
    const { canUndo, canRedo } = workspace.store.getState()
    return [
      { id: 'find', label: t('header.find'), run: () => open({ type: 'find' }) },
      { id: 'overview', label: t('header.people'), run: () => router.go({ type: 'people', meeting }) },
      ...(organizer ? [{ id: 'invite', label: t('header.invite'), run: () => open({ type: 'invite' }) }] : []),
      { id: 'settings', label: t('header.settings'), run: () => open({ type: 'settings' }) },
      ...(takesBack
        ? [
            { id: 'undo', label: t('header.undo'), disabled: !canUndo, apart: true, run: () => workspace.undo() },
            { id: 'redo', label: t('header.redo'), disabled: !canRedo, run: () => workspace.redo() },
          ]
        : []),
      { id: 'changes', label: t('header.changes'), apart: true, run: () => router.go({ type: 'changes', meeting }) },
      { id: 'versions', label: t('header.versions'), run: () => router.go({ type: 'versions', meeting }) },
      { id: 'export', label: t('header.export'), run: () => open({ type: 'export' }) },
      ...(writes ? [{ id: 'import', label: t('header.import'), run: () => open({ type: 'import' }) }] : []),
      { id: 'device', label: t('header.device'), run: () => open({ type: 'device' }) },
      { id: 'devices', label: t('header.devices'), run: () => open({ type: 'devices' }) },
      ...(organizer ? [{ id: 'joined', label: t('header.joined'), run: () => open({ type: 'joined' }) }] : []),
      ...appearance(),
      ...languages.map((language, index) => ({
        id: `language-${language}`,
        label: t(`language.${language}`),
        keys: preferences.getState().language === language ? '✓' : '',
        apart: index === 0,
        run: () => preferences.setState({ language }),
      })),
      { id: 'meetings', label: t('header.meetings'), apart: true, run: () => router.go({ type: 'home' }) },
    ]
  }
  return (
    <>
      <MenuButton className={controls.quiet} entries={entries} placement={inner ? 'bottom end' : 'bottom start'}>
        {t('header.menu')}
        <Arrow />
      </MenuButton>
      {!inner && (
        <>
          <span className={styles.gap} />
          <LanguageChooser />
        </>
      )}
    </>
  )
}

/** Light, dark, or as the system is. */
function useAppearanceEntries(): () => MenuEntry[] {
  const t = useWords()
  const { preferences } = useShell()
  return () =>
    themes.map((theme, index) => ({
      id: `theme-${theme}`,
      label: `${t('theme.label')}${t('common.colon')}${t(`theme.${theme}`)}`,
      keys: preferences.getState().theme === theme ? '✓' : '',
      apart: index === 0,
      run: () => preferences.setState({ theme }),
    }))
}

function UndoRedo() {
  const t = useWords()
  const workspace = useWorkspace()
  const canUndo = useMeeting((state) => state.canUndo)
  const canRedo = useMeeting((state) => state.canRedo)
  return (
    <>
      <button type="button" className={controls.quiet} disabled={!canUndo} onClick={() => workspace.undo()}>
        {t('header.undo')}
      </button>
      <button type="button" className={controls.quiet} disabled={!canRedo} onClick={() => workspace.redo()}>
        {t('header.redo')}
      </button>
      <span className={styles.apart} aria-hidden="true" />
    </>
  )
}

function Arrow() {
  return <span className={styles.arrow} aria-hidden="true" />
}
