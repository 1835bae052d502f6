/** The declarations that a program's compiler reads, from the public names on. */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../src/core/package-root.js'

/** Those that a compiler comes to, all in all. */
function reached(file: string, seen = new Map<string, string>()): ReadonlyMap<string, string> {
  if (seen.has(file)) return seen
  const text = readFileSync(file, 'utf8')
  seen.set(file, text)
  for (const [, to] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.js['"]/g))
    reached(path.join(path.dirname(file), `${to}.d.ts`), seen)
  return seen
}

test('name arrays of bytes as TypeScript before 5.7 does, which knows no Uint8Array<ArrayBuffer>', (t) => {
  const all = reached(path.join(packageRoot, 'dist/src/index.d.ts'))
  t.true(all.size > 50)
  const named = [...all].filter(([, text]) => /\b(?:\w+\d+Array|Buffer)</.test(text)).map(([file]) => path.relative(packageRoot, file))
  t.deepEqual(named, [])
})
