import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

export interface Typesetter {
  /** Renders a document of `toTypst` as PDF/UA-1. Throws Typst's message on failure. */
  pdf(document: { readonly source: string; readonly data: string }): Uint8Array
}

/** Typst is a native library, and this machine has no build of it. */
export class TypesetterMissing extends Error {
  override name = 'TypesetterMissing'
}

/** Loads Typst and its fonts once, in a quarter of a second, and keeps them loaded. Not thread-safe. */
export function openTypesetter(): Typesetter {
  const { NodeCompiler } = binding()
  const compiler = NodeCompiler.create({
    workspace,
    fontArgs: [{ fontBlobs: faces.map((face) => readFileSync(require.resolve(face))) }],
  })

  function pdf({ source, data }: { readonly source: string; readonly data: string }): Uint8Array {
    compiler.mapShadow(`${workspace}/agenda.json`, Buffer.from(data))
    try {
      return compiler.pdf({ mainFileContent: source }, { pdfStandard: 'ua-1' })
    } catch (error) {
      // Typst puts its message in `code`.
      throw new Error(`Typst: ${String((error as { code?: unknown }).code).slice(0, 500)}`)
    } finally {
      compiler.unmapShadow(`${workspace}/agenda.json`)
      compiler.evictCache(roundsBefore)
    }
  }

  return { pdf }
}

/** Typst resolves paths in this folder, which holds only what is mapped, so no document can read the server's files. */
const workspace = '/parley-pool'

/** Cache entries unused for this many documents are evicted, or Typst's memory would grow with every document. */
const roundsBefore = 2

const require = createRequire(import.meta.url)

/** npm installs the one for the machine's C library. */
const bindings = [
  '@myriaddreamin/typst-ts-node-compiler-linux-x64-gnu',
  '@myriaddreamin/typst-ts-node-compiler-linux-x64-musl',
]

const faces = [
  '@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf',
  '@expo-google-fonts/noto-sans/400Regular_Italic/NotoSans_400Regular_Italic.ttf',
  '@expo-google-fonts/noto-sans/700Bold/NotoSans_700Bold.ttf',
  '@expo-google-fonts/noto-sans/700Bold_Italic/NotoSans_700Bold_Italic.ttf',
  '@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf',
  '@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf',
  '@expo-google-fonts/noto-sans-math/400Regular/NotoSansMath_400Regular.ttf',
  '@expo-google-fonts/noto-sans-symbols-2/400Regular/NotoSansSymbols2_400Regular.ttf',
  '@expo-google-fonts/noto-sans-arabic/400Regular/NotoSansArabic_400Regular.ttf',
  '@expo-google-fonts/noto-sans-arabic/700Bold/NotoSansArabic_700Bold.ttf',
  '@expo-google-fonts/noto-emoji/400Regular/NotoEmoji_400Regular.ttf',
  // A box for every character that none of them has. `tests/support/lastresort.ts` makes it.
  './lastresort.ttf',
]

function binding(): Binding {
  const reasons: string[] = []
  for (const name of bindings) {
    try {
      return require(name) as Binding
    } catch (error) {
      reasons.push(error instanceof Error ? error.message.split('\n')[0]! : String(error))
    }
  }
  throw new TypesetterMissing(reasons.join('; '))
}

/** The part of the binding used here. Its own types are in a package that cannot be installed. */
interface Binding {
  readonly NodeCompiler: { create(options: { workspace: string; fontArgs: readonly object[] }): Compiler }
}

interface Compiler {
  mapShadow(path: string, content: Buffer): void
  unmapShadow(path: string): void
  /**
   * Compiles and writes in one step. A separate compiled document would stay in memory until V8, which sees only a few
   * bytes, collects it.
   */
  pdf(document: { mainFileContent: string }, options: { pdfStandard: string }): Buffer
  evictCache(rounds: number): void
}
