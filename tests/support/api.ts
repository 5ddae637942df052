import type { Answer, Api } from '../../client/store/api.ts'
import type { AnswerOf, BodyOf, JsonRoute } from '../../shared/api/contract.ts'
import type { Params } from '../../shared/api/routes.ts'

/** What a server says at some routes, for tests of what asks it. */
export type Answers = {
  readonly [R in JsonRoute]?: (body: BodyOf<R>, params: Params<R>, leaving: boolean) => Promise<Answer<AnswerOf<R>>>
}

/** The page's side of a server that answers just these. */
export function apiOf(answers: Answers): Pick<Api, 'call'> {
  return {
    call: (route, params, body, leaving = false) => {
      const answer = answers[route] as ((body: unknown, params: unknown, leaving: boolean) => never) | undefined
      if (answer === undefined) throw new Error(`nobody answers ${route}`)
      return answer(body, params, leaving)
    },
  }
}
