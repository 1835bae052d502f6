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

test('mean by a public name what is public under it', (t) => {
  const index = path.join(packageRoot, 'dist/src/index.d.ts')
  const all = reached(index)
  const from = (file: string, to: string) => path.resolve(path.dirname(file), `${to}.d.ts`)
  /** The file that a name seen in another one is declared in. */
  const seenIn = (file: string): readonly (readonly [string, string])[] => {
    const text = all.get(file) ?? ''
    const declared = [...text.matchAll(/^export (?:declare )?(?:abstract )?(?:class|interface|type) (\w+)/gm)].map(
      ([, name = '']) => [name, file] as const,
    )
    const taken = [...text.matchAll(/^(?:import|export) (?:type )?\{([^}]*)\} from '(\.[^']+)\.js'/gm)].flatMap(([, names = '', to = '']) =>
      names.split(',').map((name) => [name.trim().replace(/^type /, ''), from(file, to)] as const),
    )
    return [...declared, ...taken]
  }
  const isPublic = new Map(seenIn(index))
  t.true(isPublic.size > 100)
  const others = [...new Set(isPublic.values())].flatMap((file) =>
    seenIn(file)
      .filter(([name, at]) => /^[A-Z]/.test(name) && (isPublic.get(name) ?? at) !== at)
      .map(([name, at]) => `${name} in ${path.basename(file)} is of ${path.relative(packageRoot, at)}`),
  )
  t.deepEqual(others, [])
})
