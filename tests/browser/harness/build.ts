import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { build } from 'vite'
import { built } from '../../support/built.ts'
import { root } from '../../support/server.ts'

/** The harness page in a folder that a server can serve in place of the client. */
export function buildHarness(): Promise<string> {
  return built('harness', ['tests/browser/harness', 'tests/support'], async (folder) => {
    await build({
      root: join(root, 'tests/browser/harness'),
      configFile: false,
      logLevel: 'warn',
      plugins: [react()],
      build: { outDir: folder, emptyOutDir: true, minify: false, assetsInlineLimit: 0, chunkSizeWarningLimit: 5_000 },
    })
  })
}
