/** JSON texts, since some of it no value is written as. Every position is one that something could throw on. */
const brokenPositions: readonly string[] = [
  '5',
  'null',
  '"here"',
  '[]',
  '{}',
  '{"type":null,"tname":null,"item":null,"assoc":0}',
  '{"type":{},"tname":null,"item":null}',
  '{"type":{"client":1,"clock":-1}}',
  '{"type":7}',
  '{"tname":5}',
  '{"tname":{"toString":null}}',
  `{"tname":"${'x'.repeat(101)}"}`,
  '{"item":[]}',
  '{"item":{"client":1}}',
  '{"item":{"client":"1","clock":"0"}}',
  '{"item":{"client":-1,"clock":0}}',
  '{"item":{"client":1,"clock":0.5}}',
  '{"item":{"client":1,"clock":1e400}}',
  '{"item":{"client":9007199254740993,"clock":0}}',
  '{"item":{"client":1,"clock":0},"assoc":"left"}',
  '{"item":{"client":1,"clock":0},"assoc":0.5}',
  '{"item":{"client":1,"clock":0},"type":false}',
]

/** Well-formed, and of another document, of nothing, or never to be reached. */
const strangePositions: readonly string[] = [
  '{"item":{"client":123456789,"clock":0}}',
  '{"item":{"client":1,"clock":9007199254740991}}',
  '{"item":{"client":9007199254740991,"clock":0},"assoc":-1}',
  '{"type":{"client":123456789,"clock":3},"assoc":-1}',
  '{"tname":"prosemirror","assoc":-1}',
  '{"tname":"items"}',
  '{"tname":"__proto__"}',
  '{"tname":""}',
  '{"type":{"client":1,"clock":0},"tname":"nowhere","item":null}',
]

const good = '{"type":null,"tname":null,"item":{"client":1,"clock":0},"assoc":0}'

function both(position: string): string {
  return `{"anchor":${position},"head":${position}}`
}

/** Values of `cursor` that are none. */
export const brokenCarets: readonly string[] = [
  '5',
  '""',
  'true',
  '[]',
  '[[],[]]',
  '{}',
  `{"anchor":${good}}`,
  `{"anchor":${good},"head":null}`,
  `{"anchor":{},"head":${good}}`,
  ...brokenPositions.map(both),
]

/** Values of `cursor` that say what they should, of somewhere else. */
export const strangeCarets: readonly string[] = strangePositions.map(both)
