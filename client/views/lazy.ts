import { type LazyExoticComponent, lazy, type ReactElement } from 'react'

type View<Props> = (props: Props) => ReactElement | null

/** Parts that come when they are first wanted. A part that did not come is asked for once more, then the guard says so. */
function later<Module, Props>(
  load: () => Promise<Module>,
  pick: (module: Module) => View<Props>,
): LazyExoticComponent<View<Props>> {
  return lazy(async () => ({ default: pick(await load().catch(load)) }))
}

export const TextEditor = later(
  () => import('../editor/TextEditor.tsx'),
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
  () => import('./PeoplePage.tsx'),
  (m) => m.PeoplePage,
)
export const MoveDialog = later(
  () => import('./MoveDialog.tsx'),
  (m) => m.MoveDialog,
)
export const DayDialog = later(
  () => import('./DayDialog.tsx'),
  (m) => m.DayDialog,
)
export const SettingsDialog = later(
  () => import('./SettingsDialog.tsx'),
  (m) => m.SettingsDialog,
)
export const InviteDialog = later(
  () => import('./InviteDialog.tsx'),
  (m) => m.InviteDialog,
)
export const KeyboardDialog = later(
  () => import('./KeyboardDialog.tsx'),
  (m) => m.KeyboardDialog,
)
