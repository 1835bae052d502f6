/** A program of one line (`node --input-type=module -e …`) has threads and processes, too. */

import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { threadFlags } from '../../src/flow/thread-flags.js'
import { tempFolder } from '../support/temp.js'

test('flags are taken over, but for the one that no file can be begun with', (t) => {
  t.deepEqual(threadFlags(['--expose-gc', '--import=tsx']), {})
  t.deepEqual(threadFlags(['--input-type=module', '--expose-gc']), { execArgv: [] })
  t.deepEqual(threadFlags(['--input-type', 'module']), { execArgv: [] })
})

test('a text given to node runs a pipeline, whatever the text is and whichever flags go with it', async (t) => {
  const api = new URL('../../src/index.js', import.meta.url).href
  const code = `
    import(${JSON.stringify(api)}).then(async ({ batch, definePipeline, extract, merge, patchesOf, streamRows }) => {
      const source = patchesOf([new Uint8Array(3)], { width: 1, height: 1 })
      const plan = await definePipeline({ source, stages: [extract(), batch(), merge()], runtime: { lanes: 1 } })
      for await (const { length } of streamRows(plan)) console.log(length)
    })`
  for (const flags of [['--input-type=module', '--expose-gc'], ['--input-type=commonjs'], []]) {
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, '-e', code])
    t.is(stdout.trim(), '1', flags.join(' '))
  }
})

test('a text given to node as a module begins processes, too', async (t) => {
  const file = path.join(await tempFolder(t), 'says.mjs')
  await writeFile(file, "process.send('begun', () => process.disconnect())\n")
  const door = new URL('../../src/flow/apart.js', import.meta.url).href
  const code = `import { apart } from ${JSON.stringify(door)}; apart(${JSON.stringify(file)}, [], 10_000, {}).on('message', (said) => console.log(said))`
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code])
  t.is(stdout.trim(), 'begun', stderr)
})
