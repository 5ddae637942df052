import { useEffect, useRef, useState } from 'react'
import type { Answer } from '../../store/api.ts'

type Unanswered = Exclude<Answer<unknown>, { status: 'ok' }>

interface Source<One, Made> {
  readonly list: () => Promise<Answer<readonly One[]>>
  readonly make: () => Promise<Answer<Made>>
  readonly revoke: (id: string) => Promise<Answer<unknown>>
  readonly explain: (answer: Unanswered) => string
}

interface Issued<One, Made> {
  /** Newest first; null until loaded. */
  readonly list: readonly (One & { readonly revoked?: boolean })[] | null
  /** The latest one created: its secret is shown now and never again. */
  readonly made: Made | null
  readonly busy: boolean
  readonly problem: string | null
  readonly make: () => Promise<void>
  readonly revoke: (id: string) => Promise<void>
  /** Loads the list again: others use what was issued. */
  readonly look: () => Promise<void>
}

/** Milliseconds between two looks. */
const again = 5000

/** Secrets that are issued, shown once, and can be revoked: invitation links, calendar addresses. */
export function useIssued<One extends { readonly id: string }, Made extends One>(
  source: Source<One, Made>,
): Issued<One, Made> {
  const [list, setList] = useState<Issued<One, Made>['list']>(null)
  const [made, setMade] = useState<Made | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const changes = useRef(0)
  const showProblem = (answer: Unanswered) => setProblem(source.explain(answer))
  // biome-ignore lint/correctness/useExhaustiveDependencies: for as long as they are shown
  useEffect(() => {
    void look()
    const timer = setInterval(() => document.visibilityState === 'visible' && void refresh(), again)
    return () => clearInterval(timer)
  }, [])

  /** Others use them meanwhile. What fails is tried again. */
  async function refresh() {
    const before = changes.current
    const answer = await source.list()
    if (answer.status === 'ok' && before === changes.current) setList(answer.value)
  }

  async function look(): Promise<void> {
    const before = changes.current
    const answer = await source.list()
    // The answer may lack what was created or revoked meanwhile.
    if (before !== changes.current) return look()
    if (answer.status === 'ok') setList(answer.value)
    else showProblem(answer)
  }
  async function make() {
    if (busy) return
    setBusy(true)
    setProblem(null)
    const answer = await source.make()
    setBusy(false)
    if (answer.status !== 'ok') return showProblem(answer)
    changes.current += 1
    setMade(answer.value)
    setList((before) => [answer.value, ...(before ?? [])])
  }
  async function revoke(id: string) {
    setProblem(null)
    const answer = await source.revoke(id)
    if (answer.status !== 'ok') return showProblem(answer)
    changes.current += 1
    if (made?.id === id) setMade(null)
    setList((before) => before?.map((one) => (one.id === id ? { ...one, revoked: true } : one)) ?? null)
  }
  return { list, made, busy, problem, make, revoke, look }
}
