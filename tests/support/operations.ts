import { Session } from 'node:inspector/promises'
import { setFlagsFromString } from 'node:v8'

/**
 * How often code under `folder` runs through a function or the body of a loop while `work` runs. Counts the members that
 * `indexOf` and `includes` look at too, which no code of ours runs for.
 * What the engine has optimized before is not counted in full, so such tests need a file of their own, in a project that
 * isolates its files.
 */
export async function operations(folder: string, work: () => void): Promise<number> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  const native = { indexOf: Array.prototype.indexOf, includes: Array.prototype.includes }
  let sought = 0
  Array.prototype.indexOf = function (...about: [unknown, number?]) {
    const at = native.indexOf.apply(this, about)
    sought += at < 0 ? this.length : at + 1
    return at
  }
  Array.prototype.includes = function (...about: [unknown, number?]) {
    sought += this.length
    return native.includes.apply(this, about)
  }
  setFlagsFromString('--no-opt')
  try {
    work()
  } finally {
    setFlagsFromString('--opt')
    Object.assign(Array.prototype, native)
  }
  const { result } = await session.post('Profiler.takePreciseCoverage')
  await session.post('Profiler.stopPreciseCoverage')
  session.disconnect()
  const ours = result.filter(({ url }) => url.includes(folder))
  const ranges = ours.flatMap(({ functions }) => functions.flatMap((one) => one.ranges))
  if (ranges.length === 0) throw new Error(`no code of ${folder} has run`)
  return sought + ranges.reduce((sum, { count }) => sum + count, 0)
}
