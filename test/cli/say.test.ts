import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { shown } from '../../src/core/text/unseen.js'

test('what a terminal would obey is shown', (t) => {
  const texts: readonly (readonly [written: string, shown: string])[] = [
    ['\u001b]0;title\u0007\u001b[31m.svs does not exist\n', '\\u001b]0;title\\u0007\\u001b[31m.svs does not exist\n'],
    ['a\u009b2Jb\u007f', 'a\\u009b2Jb\\u007f'],
    ['error: no\rdone\b\u0000', 'error: no\\u000ddone\\u0008\\u0000'],
    ['invoice\u202egnp.exe\u2066', 'invoice\\u202egnp.exe\\u2066'],
    // Lines, columns, and letters of any script stay as they are.
    ['Größe\t5 µm\r\nשלום\u200f 👩‍🔬\n', 'Größe\t5 µm\r\nשלום\u200f 👩‍🔬\n'],
  ]
  for (const [written, expected] of texts) t.is(shown(written), expected)
  const name = '\u001b[2J\u009b\u202e'
  t.deepEqual(JSON.parse(shown(JSON.stringify({ name }))), { name })
})

test('a command writes on its standard streams through one door', (t) => {
  const source = path.join(packageRoot, 'src')
  // What is written before any code is there, the sequences of our own, and what the door is made of.
  const own = ['cli.ts', 'cli/say.ts', 'cli/start.ts', 'cli/status.ts', 'results/view/server.ts']
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const writing = files.filter((file) =>
    /process\.std(?:out|err)\.write\(|console\.(?:log|error|warn)\(/.test(readFileSync(path.join(source, file), 'utf8')),
  )
  t.deepEqual(writing.map((file) => file.split(path.sep).join('/')).sort(), own)
})
