import { z } from 'zod'
import { type Proxies, subnetOf } from '../access/client.ts'

export interface Config {
  readonly port: number
  readonly host: string
  /** The folder where all data is stored. */
  readonly data: string
  /** The public origin, if set: used in links, and the only one that browsers may call from. */
  readonly origin: string | null
  /** The proxies whose word is taken for where a request comes from. */
  readonly proxies: Proxies | null
  /** Lets a program read the metrics from another machine. */
  readonly metricsToken: string | null
  /** Who makes new meetings in the browser. The command line always can. */
  readonly create: 'organizers' | 'nobody'
  /** Null: what suits the command. */
  readonly log: 'requests' | 'quiet' | null
}

/** `message` is one sentence that names the variable. */
export type Parsed = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly message: string }

const variables = {
  PORT: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.number().max(65_535)),
  HOST: z.string().regex(/^[\w.:-]+$/),
  PARLEY_DATA: z.string().min(1),
  PARLEY_ORIGIN: z.string().transform((value, context) => {
    const url = URL.canParse(value) ? new URL(value) : null
    if (url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin
    context.addIssue({ code: 'custom', message: 'not an origin' })
    return z.NEVER
  }),
  PARLEY_PROXIES: z.string().transform((value, context): Proxies => {
    if (/^([1-9]|10)$/.test(value)) return { hops: Number(value) }
    const addresses = value.split(',').map((one) => one.trim())
    if (addresses.every((one) => subnetOf(one) !== null)) return { addresses }
    context.addIssue({ code: 'custom', message: 'neither addresses nor a count' })
    return z.NEVER
  }),
  PARLEY_METRICS_TOKEN: z.string().regex(/^[\x21-\x7e]{16,}$/),
  PARLEY_CREATE: z.enum(['organizers', 'nobody']),
  PARLEY_LOG: z.enum(['requests', 'quiet']),
}

const expected: Record<keyof typeof variables, string> = {
  PORT: 'a port number from 0 to 65535',
  HOST: 'a host name or an address to listen on',
  PARLEY_DATA: 'a folder',
  PARLEY_ORIGIN: 'an origin such as https://parley.example.org, without a path',
  PARLEY_PROXIES: 'the addresses of the proxies in front, such as "10.0.0.7, 192.168.0.0/24", or their number, 1 to 10',
  PARLEY_METRICS_TOKEN: 'at least 16 letters, digits or signs without spaces',
  PARLEY_CREATE: 'organizers or nobody',
  PARLEY_LOG: 'requests or quiet',
}

/** Not repeated in a sentence that goes into a log. */
const secret = 'PARLEY_METRICS_TOKEN'

const unavailable = ['DATABASE_URL', 'REDIS_URL']

/** Reads the environment. An empty value counts as unset. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Parsed {
  for (const name of unavailable) {
    if (env[name]) return { ok: false, message: `${name} is set, but this version keeps its data in PARLEY_DATA only.` }
  }
  const read = <K extends keyof typeof variables, F>(name: K, fallback: F): z.output<(typeof variables)[K]> | F => {
    const value = env[name]
    return value ? (variables[name].parse(value) as z.output<(typeof variables)[K]>) : fallback
  }
  for (const [name, type] of Object.entries(variables)) {
    const value = env[name]
    if (value && !type.safeParse(value).success) {
      const shown = JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value)
      return {
        ok: false,
        message: `${name} is ${name === secret ? 'set' : shown}, but must be ${expected[name as keyof typeof variables]}.`,
      }
    }
  }
  return {
    ok: true,
    config: {
      port: read('PORT', 4400),
      host: read('HOST', '127.0.0.1'),
      data: read('PARLEY_DATA', './data'),
      origin: read('PARLEY_ORIGIN', null),
      proxies: read('PARLEY_PROXIES', null),
      metricsToken: read('PARLEY_METRICS_TOKEN', null),
      create: read('PARLEY_CREATE', 'organizers'),
      log: read('PARLEY_LOG', null),
    },
  }
}
