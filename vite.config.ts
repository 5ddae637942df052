import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { release } from './release.ts'

/**
 * The component library ships its built-in sentences in some thirty languages; the interface speaks two. The others are
 * left out of the bundle, where they would weigh as much as the outline itself.
 */
function twoLanguages(): Plugin {
  const strings = /react-aria.*[\\/]intl[\\/][\w-]+[\\/]([a-z]{2}-[A-Z]{2})\.m?js$/
  return {
    name: 'parley-two-languages',
    enforce: 'pre',
    load(id) {
      const locale = strings.exec(id.split('?')[0] ?? '')?.[1]
      if (locale === undefined || locale === 'en-US' || locale === 'zh-CN') return null
      return 'export default {}'
    },
  }
}

/** Yjs draws what it logs in browsers, with a library of schemas in the making for that. It logs nothing here: words will do. */
function plainLogging(): Plugin {
  return {
    name: 'parley-plain-logging',
    enforce: 'pre',
    load(id) {
      if (id.endsWith('/lib0/logging.js')) return "export * from './logging.node.js'"
      // All that the editor's binding needs of it, in what it does not use.
      return id.endsWith('/lib0/schema.js') ? 'export const $custom = () => null' : null
    },
  }
}

const server = process.env.PARLEY_SERVER ?? 'http://127.0.0.1:4400'

export default defineConfig({
  root: fileURLToPath(new URL('client', import.meta.url)),
  base: '/',
  plugins: [twoLanguages(), plainLogging(), react(), release()],
  build: {
    outDir: fileURLToPath(new URL('dist', import.meta.url)),
    // The releases before stay; release.ts removes what is older.
    emptyOutDir: false,
    target: ['chrome111', 'safari16'],
    cssTarget: ['chrome111', 'safari16'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What is loaded at once is two files: far away every further one is a turn in the browser's queue. The libraries
        // change seldom, so an update mostly brings the other.
        codeSplitting: {
          groups: [
            { name: 'libraries', tags: ['$initial'], test: /node_modules/, priority: 2 },
            { name: 'parley', tags: ['$initial'], priority: 1 },
            // Whoever comes by a link waits for these.
            {
              name: 'joining',
              test: /client\/(views\/shell\/(Join|NameField|joining)\.|i18n\/joining)|domain\/name\./,
              priority: 0.5,
            },
            // They come in the same moments of rest, and one by one they weigh 6 kB more.
            {
              name: 'dialogs',
              test: /client\/(views\/\w+\/((Move|Day|Settings|Keyboard)Dialog|dialogs)|i18n\/dialogs)/,
            },
            { name: 'pinyin', test: /node_modules\/pinyin-match/ },
            { name: 'versions', test: /client\/views\/\w+\/(VersionsPage|ComparePage|FinalBanner|VersionChoice)/ },
          ],
        },
      },
    },
    // The sizes that count are gzipped, and a test holds them.
    chunkSizeWarningLimit: 1000,
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': { target: server },
      // A meeting and a document, and not the modules of client/sync.
      '^/sync/[\\w-]+/[\\w-]+(/lines[/\\w-]*)?(\\?.*)?$': { target: server, ws: true },
    },
  },
})
