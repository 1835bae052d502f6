/** A plugin that stands in the file of the program itself: threads load it, and with it the program. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import test from 'ava'

/** What runPipeline says in a thread that was given this, before it looks at its plan. */
async function saidIn(workerData: unknown): Promise<unknown> {
  const index = new URL('../../../src/index.js', import.meta.url).href
  const code = `const { parentPort } = require('node:worker_threads')
import(${JSON.stringify(index)}).then(({ runPipeline }) => runPipeline('a.yml')).catch(({ code }) => parentPort.postMessage(code))`
  const thread = new Worker(code, { eval: true, workerData })
  const [said] = await once(thread, 'message')
  await thread.terminate()
  return said
}

test('no thread of a run begins a run: the module of a plugin would be the program', async (t) => {
  t.is(await saidIn({ data: {}, closing: new SharedArrayBuffer(8), word: 1 }), 'PLUGIN_INVALID')
})

test('a thread of the program may, whatever it was given', async (t) => {
  for (const given of [null, 'text', { closing: true }]) t.is(await saidIn(given), 'OPTION_INVALID')
})
