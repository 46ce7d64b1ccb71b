// Weighs the build as a browser downloads it and fails when a budget of the design is exceeded. All sizes are KB of gzip.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const limits = { 'first load, scripts': 170, 'first load, styles': 20, route: 60 }
const dist = new URL('../dist/', import.meta.url)
const read = (name) => readFileSync(new URL(name.replace(/^\//, ''), dist))
const weight = (names) => [...names].reduce((sum, name) => sum + gzipSync(read(name)).length / 1024, 0)

/** The scripts that a script needs before it can run: itself and what it imports statically, all the way down. */
function closure(name, seen = new Set()) {
  if (seen.has(name)) return seen
  seen.add(name)
  for (const [, path] of read(name).toString().matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) closure(`assets/${path}`, seen)
  return seen
}

/** Whatever these scripts load on demand: the routes, as the router names them, and the parts of the inbox that follow its list. */
const lazyOf = (scripts) =>
  new Set([...scripts].flatMap((name) => [...read(name).toString().matchAll(/import\(\s*[`"']\.\/([^`"']+\.js)[`"']\s*\)/g)].map(([, path]) => `assets/${path}`)))

const html = read('index.html').toString()
const entry = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, path]) => path)
const styles = [...html.matchAll(/href="\/(assets\/[^"]+\.css)"/g)].map(([, path]) => path)
const shared = new Set(entry.flatMap((name) => [...closure(name)]))
const routes = [...lazyOf(shared)]
const inbox = routes.find((name) => name.includes('InboxPage'))
const locale = routes.find((name) => name.includes('zh-CN'))
if (!inbox || !locale) throw new Error('The inbox or its Chinese words are not in the build')
const first = new Set([...shared, ...closure(inbox), ...closure(locale)])
const lazy = [...lazyOf(first)]

const rows = [
  ['first load, scripts', weight(first), limits['first load, scripts']],
  ['first load, styles', weight(styles), limits['first load, styles']],
  ...lazy.filter((name) => !first.has(name)).map((name) => [name, weight([...closure(name)].filter((part) => !first.has(part))), limits.route]),
]
for (const [name, size, limit] of rows) console.log(`${size > limit ? 'OVER' : 'ok  '} ${size.toFixed(1).padStart(6)} of ${limit} KB  ${name}`)
if (rows.some(([, size, limit]) => size > limit)) process.exit(1)
