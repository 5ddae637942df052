import * as Y from 'yjs'
import { apply, generatePaper } from '../support/history.ts'
import { type Contender, parley, type Running, yWebsocketServer } from './contenders.ts'
import { within } from './deadline.ts'
import { median } from './figures.ts'
import { between, workOf } from './machine.ts'
import type { Report } from './report.ts'
import { bring, type Place, takeSeat } from './seat.ts'

/** So many come at once, so often in each round. */
const clients = 100
const waves = 5
/** Keys of the paper that they open: some 310 kB with its history. */
const edits = 170_000
/** For one round of one server, ms. */
const patience = 60_000

/** What a server pays for those who come: with nothing, and back with all that there is. */
export async function joins({ rounds }: { rounds: number }): Promise<Report> {
  const doc = new Y.Doc()
  doc.transact(() => apply(doc.getText('glossary'), generatePaper(1, edits).patches))
  const update = Y.encodeStateAsUpdate(doc)
  const wrong: string[] = []
  const contenders = [yWebsocketServer, parley]
  const results = new Map<Contender, Costs[]>(contenders.map((one) => [one, []]))
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of contenders) {
      const server = await contender.start()
      try {
        const costs = await within(patience, contender.name, measure(server, doc, update, wrong))
        results.get(contender)!.push(costs)
        console.error(
          `joins ${round}/${rounds} ${contender.name}: ${costs.join.toFixed(2)}, ${costs.back.toFixed(2)} ms`,
        )
      } finally {
        await server.stop()
      }
    }
  }
  const middle = (contender: Contender, which: keyof Costs) => median(results.get(contender)!.map((one) => one[which]))
  const ratio = (contender: Contender, which: keyof Costs) =>
    (middle(contender, which) / middle(yWebsocketServer, which)).toFixed(2)
  return {
    tables: [
      {
        title: `Coming and coming back: ${clients} clients at once, a document of ${Math.round(update.length / 1000)} kB; medians of ${rounds} rounds of ${waves} waves`,
        columns: ['server', 'join CPU ms', 'ratio', 'back CPU ms', 'ratio'],
        rows: contenders.map((one) => [
          one.name,
          middle(one, 'join').toFixed(2),
          ratio(one, 'join'),
          middle(one, 'back').toFixed(2),
          ratio(one, 'back'),
        ]),
      },
    ],
    notes: [
      'join: CPU time of the server for each client that comes with nothing, until it has the whole document.',
      'back: for each that comes back and lacks nothing. Access is checked for each. Aims: 0.25 and 1.00.',
    ],
    wrong,
  }
}

interface Costs {
  /** ms */
  readonly join: number
  readonly back: number
}

async function measure(server: Running, doc: Y.Doc, update: Uint8Array, wrong: string[]): Promise<Costs> {
  const places: Place[] = []
  for (let index = 0; index < clients; index += 1) places.push(await server.place(index))
  await bring(places[0]!, update)
  const knows = Y.encodeStateVector(doc)
  const wave = async (vector: Uint8Array | undefined) => {
    const seats = await Promise.all(
      places.map((place) =>
        takeSeat(place, {
          knows: vector,
          update: () => {},
          whole(received) {
            const enough = vector === undefined ? received.length > update.length / 2 : received.length > 0
            if (!enough) wrong.push(`${received.length} bytes came of ${update.length}`)
          },
          ended: (reason) => wrong.push(`a client was let go: ${reason}`),
        }),
      ),
    )
    for (const seat of seats) seat.close()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const cost = async (vector: Uint8Array | undefined) => {
    await wave(vector)
    const before = workOf(server.pid())
    for (let count = 0; count < waves; count += 1) await wave(vector)
    return (between(before, workOf(server.pid())).seconds * 1000) / clients / waves
  }
  return { join: await cost(undefined), back: await cost(knows) }
}
