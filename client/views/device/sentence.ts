import type { RefusedReason, Saving } from '../../store/saving.ts'
import type { useWords } from '../shell/shell.ts'

/** The saving sentence: what the server has, where the rest is, what to do. `back`: the server was reached before. */
export function sentenceOf(
  saving: Saving,
  t: ReturnType<typeof useWords>,
  time: (at: number) => string,
  back: boolean,
): string {
  return parts().filter(Boolean).join(' · ')

  function parts(): (string | false)[] {
    switch (saving.status) {
      case 'saved':
        if (!saving.copy) return [t('saving.savedThere')]
        return [saving.at === null ? t('saving.saved') : t('saving.savedAt', { time: time(saving.at) })]
      case 'earlier':
        return [t('saving.earlier', { count: saving.changes }), t('notice.see')]
      case 'unread':
        return [t('saving.unread')]
      case 'saving':
        return [saving.storedIn === 'tab' ? t('saving.notStored') : t('saving.saving', { count: saving.changes })]
      case 'offline':
        return [t('saving.offline', { since: time(saving.since) }), here()]
      case 'catching-up':
        // A first connection is no reconnection.
        return [t(back ? 'saving.catchingUp' : 'saving.opening'), (!back || saving.storedIn === 'tab') && here()]
      case 'older':
        return [t('saving.older'), here(), t('saving.update')]
      case 'refused':
        return [
          refusedText(saving.reason, t),
          saving.changes > 0 && t('saving.refusedSave', { count: saving.changes }),
          saving.changes > 0 && saving.storedIn === 'tab' && t('saving.keepOpen'),
        ]
    }
  }

  function here(): string | false {
    return 'storedIn' in saving && saving.changes > 0 && t(`saving.${saving.storedIn}`, { count: saving.changes })
  }
}

/** Why the server has closed the document, and what to do about it. */
export function refusedText(reason: RefusedReason, t: ReturnType<typeof useWords>): string {
  return refusedWords[reason].map((key) => t(`saving.${key}`)).join(' · ')
}

/** What happened, and what to do, unless only the sheet says that. */
const refusedWords = {
  forbidden: ['refused'],
  'signed-out': ['signedOut', 'signIn'],
  gone: ['gone'],
  'too-large': ['tooLarge', 'reload'],
  'too-much': ['tooMuch', 'reload'],
  rebuilt: ['rebuilt'],
  trouble: ['trouble', 'reload'],
} as const satisfies Record<RefusedReason, readonly string[]>
