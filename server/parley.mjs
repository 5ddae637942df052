#!/usr/bin/env node
// Runs the command line with the Node that Parley brings along, whatever Node this is.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('./cli/cli.ts', import.meta.url))
const own = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))

if (Number(process.versions.node.split('.')[0]) >= 24) await import('./cli/cli.ts')
else if (!existsSync(own)) {
  process.stderr.write('Parley is not installed yet: run npm ci and npm run build first.\n')
  process.exitCode = 2
} else {
  const child = spawn(own, [cli, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)
  })
}
