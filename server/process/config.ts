import { z } from 'zod'

export interface Config {
  readonly port: number
  readonly host: string
  /** The folder where all data is stored. */
  readonly data: string
  /** The public origin, if set: used in links, and the only one that browsers may call from. */
  readonly origin: string | null
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
}

const expected: Record<keyof typeof variables, string> = {
  PORT: 'a port number from 0 to 65535',
  HOST: 'a host name or an address to listen on',
  PARLEY_DATA: 'a folder',
  PARLEY_ORIGIN: 'an origin such as https://parley.example.org, without a path',
}

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
      return { ok: false, message: `${name} is ${shown}, but must be ${expected[name as keyof typeof variables]}.` }
    }
  }
  return {
    ok: true,
    config: {
      port: read('PORT', 4400),
      host: read('HOST', '127.0.0.1'),
      data: read('PARLEY_DATA', './data'),
      origin: read('PARLEY_ORIGIN', null),
    },
  }
}
