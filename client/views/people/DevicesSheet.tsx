import type { ReactElement } from 'react'
import controls from '../../styles/controls.module.css'
import sheet from '../shell/Sheet.module.css'
import { Sheet } from '../shell/Sheet.tsx'
import { useMeeting } from '../shell/shell.ts'
import { useIdentityWords } from './identity.ts'
import { usePeople } from './people.ts'
import { SessionList } from './SessionList.tsx'
import { ShownCode } from './ShownCode.tsx'

/** One's own devices in this meeting: a code for another, and the end of each. */
export function DevicesSheet({ close }: { close: () => void }): ReactElement {
  const words = useIdentityWords()
  const me = useMeeting((state) => state.membership.person.id)
  const { people, problem, made, used, busy, makeCode, endSession } = usePeople()
  const own = people?.find(({ id }) => id === me)
  return (
    <Sheet title={words('devices.title')} close={close} wide>
      <p>{words('devices.lead')}</p>
      {made && <ShownCode key={made.code.code} made={made.code} used={used} />}
      <p>
        <button
          type="button"
          className={made ? controls.button : controls.primary}
          aria-disabled={busy}
          onClick={() => makeCode(me)}
        >
          {words(busy ? 'devices.getting' : made ? 'devices.another' : 'devices.get')}
        </button>
      </p>
      {problem !== null && (
        <p role="alert" className={controls.problem}>
          {problem}
        </p>
      )}
      <section className={sheet.part}>
        <h3>{words('devices.list')}</h3>
        {people === null && problem === null && <p className={controls.hint}>{words('devices.loading')}</p>}
        {own && <SessionList sessions={own.sessions} end={endSession} />}
      </section>
    </Sheet>
  )
}
