import type { ReactElement } from 'react'
import { useDialogWords } from '../outline/dialogs.ts'
import { Ask } from './Ask.tsx'

interface RevokeProps {
  ask: string
  revoke: () => Promise<void>
  /** The id of the element that names what is revoked. */
  of?: string
  /** Called when the question appears. */
  asked?: () => void
}

/** Revoking cannot be undone, so this asks first. */
export function Revoke({ ask, revoke, of, asked }: RevokeProps): ReactElement {
  const words = useDialogWords()
  return (
    <Ask
      {...{ ask, of, asked }}
      word={words('invite.revoke')}
      yes={words('invite.revokeYes')}
      no={words('invite.revokeNo')}
      act={revoke}
    />
  )
}
