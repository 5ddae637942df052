/** Every HTTP route of the server. `contract.ts` defines the requests and responses. */
export const routes = {
  /** What an invitation is, and who of its meeting the browser already is. */
  look: 'POST /api/invitation',
  enter: 'POST /api/session',
  enterByCode: 'POST /api/code',
  memberships: 'GET /api/session',
  leave: 'DELETE /api/session',
  createMeeting: 'POST /api/meetings',
  meeting: 'GET /api/meetings/:meeting',
  invite: 'POST /api/meetings/:meeting/invitations',
  revokeInvitation: 'DELETE /api/meetings/:meeting/invitations/:invitation',
  limitInvitation: 'POST /api/meetings/:meeting/invitations/:invitation',
  people: 'GET /api/meetings/:meeting/people',
  removePerson: 'DELETE /api/meetings/:meeting/people/:person',
  makeCode: 'POST /api/meetings/:meeting/people/:person/code',
  endSession: 'DELETE /api/meetings/:meeting/sessions/:session',
  rebuild: 'POST /api/meetings/:meeting/rebuild',
  changes: 'GET /api/meetings/:meeting/away',
  seen: 'POST /api/meetings/:meeting/seen',
  versions: 'GET /api/meetings/:meeting/versions',
  saveVersion: 'POST /api/meetings/:meeting/versions',
  version: 'GET /api/meetings/:meeting/versions/:version',
  calendars: 'GET /api/meetings/:meeting/calendars',
  addCalendar: 'POST /api/meetings/:meeting/calendars',
  revokeCalendar: 'DELETE /api/meetings/:meeting/calendars/:calendar',
  revisions: 'GET /api/meetings/:meeting/revisions',
  readFile: 'POST /api/meetings/:meeting/read',
  filling: 'GET /api/meetings/:meeting/filling',
  ending: 'GET /api/meetings/:meeting/ending',
  askDeletion: 'POST /api/meetings/:meeting/deletion',
  withdrawDeletion: 'DELETE /api/meetings/:meeting/deletion',
  export: 'GET /api/meetings/:meeting/export/:format',
  /** Browsers inside chat applications take a file's name from its address. */
  exportAs: 'GET /api/meetings/:meeting/export/:format/:name',
  calendar: 'GET /calendar/:file',
  healthz: 'GET /healthz',
  readyz: 'GET /readyz',
  metrics: 'GET /metrics',
} as const satisfies Record<string, `${Method} /${string}`>

export type Method = 'GET' | 'POST' | 'DELETE'
export type RouteName = keyof typeof routes

/** The parameters in the address of a route: `meeting`, `version`, … */
type ParamOf<R extends RouteName> = NameIn<(typeof routes)[R]>
type NameIn<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | NameIn<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never
export type Params<R extends RouteName> = Readonly<Record<ParamOf<R>, string>>

/** The method of a route, and its path as the server's router takes it. */
export function routeOf(route: RouteName): { readonly method: Method; readonly path: string } {
  const [method, path] = routes[route].split(' ') as [Method, string]
  return { method, path }
}

/** The address of a route with these parameters filled in. */
export function addressOf<R extends RouteName>(route: R, params: Params<R>): string {
  const values = params as Readonly<Record<string, string>>
  return routeOf(route).path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))
}
