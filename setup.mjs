/**
 * What `npm start`, `npm test` and the others need before they run, on Node 20 and npm alone: the dependencies (which
 * bring Node 24), the built client where it is stale, and for the tests a
 * Chromium with Chinese fonts and the programs that read back what is exported.
 * Plain JavaScript without dependencies, because nothing is installed yet when it runs.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('.', import.meta.url))
const purpose = process.argv[2] ?? 'start'

const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 20) stop(`Parley needs Node 20 or newer to set itself up; this is ${process.version}.`)

bringDependencies()
if (purpose === 'start' || purpose === 'bench' || purpose === 'pages') buildClient()
if (['test', 'soak', 'breaks', 'bench'].includes(purpose)) bringPrograms()

function bringDependencies() {
  const stamp = join(root, 'node_modules', '.parley-set-up')
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(runtime())) return
  say('Installing dependencies (first start, or they have changed) ...')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'The dependencies could not be installed.')
  if (!existsSync(runtime())) stop('The package `node`, which brings Node 24, was not installed.')
  verifyRuntime()
  writeFileSync(stamp, wanted)
}

/** The package `node` fetches its binary by a script, past the hashes of package-lock.json. It has not run yet. */
function verifyRuntime() {
  const { version, sha256 } = JSON.parse(readFileSync(join(root, 'node-binaries.json'), 'utf8'))
  const platform = `${process.platform}-${process.arch}`
  const wanted = sha256[platform]
  if (wanted === undefined) return say(`For ${platform} no hash of Node ${version} is known: it is used unchecked.`)
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const binary = readFileSync(join(root, 'node_modules', 'node', 'bin', name))
  if (createHash('sha256').update(binary).digest('hex') === wanted) return
  stop(`The binary of Node that was installed is not that of ${version} for ${platform}: it is not used.`)
}

function buildClient() {
  const stamp = join(root, 'dist', '.parley-built')
  const wanted = fingerprint(['client', 'shared', 'vite.config.ts', 'release.ts', 'package-lock.json'])
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  say('Building the client ...')
  run(
    runtime(),
    [join('node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
    'The client could not be built.',
  )
  writeFileSync(stamp, wanted)
}

function bringPrograms() {
  const missing = [
    ['chromium', '/usr/bin/chromium'],
    ['chromium-headless-shell', '/usr/bin/chromium-headless-shell'],
    ['fonts-noto-cjk', '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'],
    ['libreoffice-writer', '/usr/lib/libreoffice/program/swriter'],
    ['pandoc', '/usr/bin/pandoc'],
    ['poppler-utils', '/usr/bin/pdftotext'],
    ['qpdf', '/usr/bin/qpdf'],
  ].flatMap(([name, file]) => (existsSync(file) ? [] : [name]))
  if (missing.length === 0) return
  const list = missing.join(', ')
  say(`Installing ${list} from Debian's packages for the tests ...`)
  const allowed = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const [command, ...rest] = [...allowed, 'apt-get']
  const quiet = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync(command, [...rest, 'update', '-qq'], { stdio: 'ignore', env: quiet })
  const install = [...rest, 'install', '-y', '-qq', '--no-install-recommends', ...missing]
  const done = spawnSync(command, install, { stdio: 'ignore', env: quiet })
  if (done.status === 0) return
  const sentence = `${list} could not be installed, so the tests that use them cannot run here.`
  if (process.env.CI === 'true') stop(sentence)
  say(`${sentence} Everything else runs.`)
}

/** The Node 24 that the dependencies bring. */
function runtime() {
  return join(root, 'node_modules', '.bin', 'node')
}

/** Changes when any file below `paths` does; reads names, sizes and times only, so that a second start is quick. */
function fingerprint(paths) {
  const hash = createHash('sha256')
  const visit = (path) => {
    const stats = statSync(join(root, path), { throwIfNoEntry: false })
    if (!stats) return
    if (stats.isDirectory()) {
      for (const name of readdirSync(join(root, path)).sort()) visit(join(path, name))
    } else hash.update(`${path} ${stats.size} ${stats.mtimeMs}\n`)
  }
  for (const path of paths) visit(path)
  return hash.digest('hex')
}

function run(command, args, failure) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (result.status !== 0) stop(failure)
}

function say(sentence) {
  process.stderr.write(`${sentence}\n`)
}

function stop(sentence) {
  say(sentence)
  process.exit(1)
}
