import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

/** Everything the built pages are made of, beside what lies in src and public. `embed_test.go` holds the same list. */
const singleFiles = ['index.html', 'package-lock.json', 'tsconfig.json', 'vite.config.ts', '../api/openapi.yaml']
const folders = ['public', 'src']

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? filesUnder(path) : [path]
  })
}

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')

/** One hash over all sources, in the order of their paths; tests are left out, for they do not change the pages. */
export function fingerprint(root: string): string {
  const before = process.cwd()
  process.chdir(root)
  try {
    const paths = [...singleFiles, ...folders.flatMap(filesUnder)].filter((path) => !path.endsWith('.test.ts'))
    paths.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    return sha256(paths.map((path) => `${sha256(readFileSync(path))}  ${path}\n`).join(''))
  } finally {
    process.chdir(before)
  }
}

/** Leaves the fingerprint of the sources in the build, so that Go alone can tell when the build is stale. */
export function writeFingerprint(root: string): Plugin {
  return {
    name: 'weibox:fingerprint',
    apply: 'build',
    closeBundle: () => writeFileSync(join(root, 'dist/source.sha256'), `${fingerprint(root)}\n`),
  }
}
