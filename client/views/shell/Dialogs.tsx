import { createContext, type ReactElement, useContext } from 'react'
import type { DayId, ItemId } from '../../../shared/domain/agenda.ts'
import type { Version } from '../../store/api.ts'
import {
  DayDialog,
  DeviceSheet,
  DevicesSheet,
  ExportDialog,
  FindSheet,
  ImportDialog,
  InviteDialog,
  JoinedSheet,
  KeyboardDialog,
  MoveDialog,
  SettingsDialog,
  SignOutSheet,
} from './lazy.ts'

/** A dialog over the page. One at a time. */
export type DialogRequest =
  | { readonly type: 'move'; readonly ids: readonly ItemId[] }
  | { readonly type: 'day'; readonly day: DayId | null }
  | { readonly type: 'settings' }
  | { readonly type: 'invite' }
  | { readonly type: 'keyboard' }
  | { readonly type: 'find' }
  | { readonly type: 'import' }
  | { readonly type: 'device' }
  /** One's own devices in the meeting. */
  | { readonly type: 'devices' }
  /** Who has come in by a link. */
  | { readonly type: 'joined' }
  | { readonly type: 'sign-out' }
  /** Of the current agenda, or of a version. */
  | { readonly type: 'export'; readonly version?: Version }

export interface DialogsControl {
  open(request: DialogRequest): void
  close(): void
}

export const DialogsContext = createContext<DialogsControl | null>(null)

export function useDialogs(): DialogsControl {
  const control = useContext(DialogsContext)
  if (!control) throw new Error('outside of a meeting')
  return control
}

export function Dialogs({ request, close }: { request: DialogRequest; close: () => void }): ReactElement {
  switch (request.type) {
    case 'move':
      return <MoveDialog ids={request.ids} close={close} />
    case 'day':
      return <DayDialog id={request.day} close={close} />
    case 'settings':
      return <SettingsDialog close={close} />
    case 'invite':
      return <InviteDialog close={close} />
    case 'keyboard':
      return <KeyboardDialog close={close} />
    case 'find':
      return <FindSheet close={close} />
    case 'import':
      return <ImportDialog close={close} />
    case 'device':
      return <DeviceSheet close={close} />
    case 'devices':
      return <DevicesSheet close={close} />
    case 'joined':
      return <JoinedSheet close={close} />
    case 'sign-out':
      return <SignOutSheet close={close} />
    case 'export':
      return <ExportDialog version={request.version ?? null} close={close} />
  }
}
