import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** How much the process, this process and the whole machine have worked so far, in seconds of one core. */
export interface Work {
  readonly process: number
  readonly generator: number
  readonly idle: number
  readonly cores: number
  /** ms */
  readonly at: number
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

export function workOf(pid: number): Work {
  // The name of the process, in brackets, may hold anything; what follows it are plain fields, `state` the first.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number)
  const [, idle = 0, waiting = 0] = /^cpu +(?:\d+ ){3}(\d+) (\d+)/.exec(readFileSync('/proc/stat', 'utf8')) ?? []
  const { user, system } = process.cpuUsage()
  return {
    process: ((fields[11] ?? 0) + (fields[12] ?? 0)) / ticksPerSecond,
    generator: (user + system) / 1e6,
    idle: (Number(idle) + Number(waiting)) / ticksPerSecond,
    cores: navigator.hardwareConcurrency,
    at: performance.now(),
  }
}

export interface Share {
  /** Seconds of one core that the process used. */
  readonly seconds: number
  /** Of one core. */
  readonly generator: number
  /** Of the whole machine. */
  readonly idle: number
}

export function between(before: Work, after: Work): Share {
  const elapsed = (after.at - before.at) / 1000
  return {
    seconds: after.process - before.process,
    generator: (after.generator - before.generator) / elapsed,
    idle: Math.min(1, (after.idle - before.idle) / elapsed / before.cores),
  }
}
