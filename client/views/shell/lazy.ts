import { type LazyExoticComponent, lazy, type ReactElement } from 'react'
import { loadDuplicates } from '../../store/actions.ts'

type View<Props> = (props: Props) => ReactElement | null

const loads: (() => Promise<unknown>)[] = []

/** Parts that load when first needed. A failed part is requested once more; then the guard reports it. */
function later<Module, Props>(
  load: () => Promise<Module>,
  pick: (module: Module) => View<Props>,
): LazyExoticComponent<View<Props>> {
  loads.push(load)
  return lazy(async () => {
    const module = await load().catch(load)
    await askForStyles()
    return { default: pick(module) }
  })
}

/** Style sheets that failed to load. The loader requests each only once; without it, its part would show unstyled. */
const missing = new Set<HTMLLinkElement>()
window.addEventListener(
  'error',
  ({ target }) => {
    if (target instanceof HTMLLinkElement) missing.add(target)
  },
  true,
)

/** Settles when each has loaded or failed again: an unstyled part is better than none. */
function askForStyles(): Promise<unknown> {
  const links = [...missing]
  missing.clear()
  return Promise.all(
    links.map((link) => {
      const again = link.cloneNode() as HTMLLinkElement
      return new Promise((resolve) => {
        again.onload = again.onerror = resolve
        link.replaceWith(again)
      })
    }),
  )
}

/**
 * Loads every part in turn while the page is idle, so that all of it works offline. A part that fails is requested
 * again when needed.
 */
export function fetchParts(): () => void {
  let stopped = false
  const rest = [...loads, loadDuplicates, fetchExporters]
  function next() {
    const load = rest.shift()
    if (stopped || !load) return
    void load()
      .catch(() => undefined)
      .then(() => atRest(next))
  }
  atRest(next)
  return () => {
    stopped = true
  }
}

/** They are needed most when there is no connection. */
async function fetchExporters(): Promise<void> {
  const { exporters } = await import('../../store/download.ts')
  for (const load of exporters) await load()
}

/** Safari has no idle callbacks; a short timeout is good enough there. */
export function atRest(run: () => void): void {
  if (typeof window.requestIdleCallback === 'function') window.requestIdleCallback(run, { timeout: 2000 })
  else setTimeout(run, 200)
}

export const Home = later(
  () => import('./Home.tsx'),
  (m) => m.Home,
)
export const NewMeeting = later(
  () => import('../creating/NewMeeting.tsx'),
  (m) => m.NewMeeting,
)
export const InvitationBox = later(
  () => import('./InvitationBox.tsx'),
  (m) => m.InvitationBox,
)
export const Join = later(
  () => import('./Join.tsx'),
  (m) => m.Join,
)
export const TakenPage = later(
  () => import('./JoinAgain.tsx'),
  (m) => m.TakenPage,
)
export const JoinRefused = later(
  () => import('./JoinAgain.tsx'),
  (m) => m.JoinRefused,
)
export const CodePage = later(
  () => import('./JoinAgain.tsx'),
  (m) => m.CodePage,
)
export const DevicesSheet = later(
  () => import('../people/DevicesSheet.tsx'),
  (m) => m.DevicesSheet,
)
export const JoinedSheet = later(
  () => import('../people/JoinedSheet.tsx'),
  (m) => m.JoinedSheet,
)
export const Newcomers = later(
  () => import('../people/Newcomers.tsx'),
  (m) => m.Newcomers,
)
export const ItemPage = later(
  () => import('../item/ItemPage.tsx'),
  (m) => m.ItemPage,
)
export const TextEditor = later(
  () => import('../../editor/TextEditor.tsx'),
  (m) => m.TextEditor,
)
export const MenuSheet = later(
  () => import('./MenuSheet.tsx'),
  (m) => m.MenuSheet,
)
export const HereSheet = later(
  () => import('./HereSheet.tsx'),
  (m) => m.HereSheet,
)
export const PeoplePage = later(
  () => import('../people/PeoplePage.tsx'),
  (m) => m.PeoplePage,
)
export const VersionsPage = later(
  () => import('../versions/VersionsPage.tsx'),
  (m) => m.VersionsPage,
)
export const ComparePage = later(
  () => import('../versions/ComparePage.tsx'),
  (m) => m.ComparePage,
)
export const Lines = later(
  () => import('./Lines.tsx'),
  (m) => m.Lines,
)
export const NoticeLine = later(
  () => import('./NoticeLine.tsx'),
  (m) => m.NoticeLine,
)
export const DoingsLine = later(
  () => import('../doings/DoingsLine.tsx'),
  (m) => m.DoingsLine,
)
export const Retention = later(
  () => import('../ending/Retention.tsx'),
  (m) => m.Retention,
)
export const KeptUntil = later(
  () => import('../ending/Retention.tsx'),
  (m) => m.KeptUntil,
)
export const ChangesPage = later(
  () => import('../changes/ChangesPage.tsx'),
  (m) => m.ChangesPage,
)
export const FinalBanner = later(
  () => import('../outline/FinalBanner.tsx'),
  (m) => m.FinalBanner,
)
export const BeyondLine = later(
  () => import('../outline/BeyondLine.tsx'),
  (m) => m.BeyondLine,
)
export const UpdateLine = later(
  () => import('./UpdateLine.tsx'),
  (m) => m.UpdateLine,
)
export const ImportDialog = later(
  () => import('../import/ImportDialog.tsx'),
  (m) => m.ImportDialog,
)
export const MoveDialog = later(
  () => import('../outline/MoveDialog.tsx'),
  (m) => m.MoveDialog,
)
export const DayDialog = later(
  () => import('../outline/DayDialog.tsx'),
  (m) => m.DayDialog,
)
export const SettingsDialog = later(
  () => import('../outline/SettingsDialog.tsx'),
  (m) => m.SettingsDialog,
)
export const InviteDialog = later(
  () => import('../people/InviteDialog.tsx'),
  (m) => m.InviteDialog,
)
export const KeyboardDialog = later(
  () => import('./KeyboardDialog.tsx'),
  (m) => m.KeyboardDialog,
)
export const FindSheet = later(
  () => import('../find/FindSheet.tsx'),
  (m) => m.FindSheet,
)
export const ExportDialog = later(
  () => import('../export/ExportDialog.tsx'),
  (m) => m.ExportDialog,
)
export const DeviceSheet = later(
  () => import('../device/DeviceSheet.tsx'),
  (m) => m.DeviceSheet,
)
export const SignOutSheet = later(
  () => import('../device/SignOutSheet.tsx'),
  (m) => m.SignOutSheet,
)
export const EndedPage = later(
  () => import('./EndedPage.tsx'),
  (m) => m.EndedPage,
)
export const Differences = later(
  () => import('../changes/Differences.tsx'),
  (m) => m.Differences,
)
export const DeviceData = later(
  () => import('../device/DeviceData.tsx'),
  (m) => m.DeviceData,
)
