/** What a plugin throws although nobody would: nothing at all, and where it is looked at. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { checkPipeline, defineStage } from '../../../src/index.js'
import { guardedWork } from '../../../src/pipeline/environment/guard/stage.js'
import { demoSlide } from '../../support/pipeline-file.js'
import { tempFolder } from '../../support/temp.js'

for (const thrown of [undefined, null, 'boom'])
  test(`a stage that throws ${thrown} is told by its name`, async (t) => {
    const spec = defineStage({
      name: 'odd',
      from: 'image',
      to: 'image',
      placement: 'pixels',
      summary: 'Throws.',
      options: {},
      examples: [],
      load: async () => ({
        default: () =>
          async function* (images) {
            yield* images
            throw thrown
          },
      }),
    })
    const { default: make } = await guardedWork(spec as never, 'lab')()
    const stage = make({} as never, { columns: [] } as never)
    const context = { signal: new AbortController().signal } as never
    const run = async () => {
      for await (const _ of stage((async function* () {})() as never, context) as AsyncIterable<unknown>);
    }
    await t.throwsAsync(run, { code: 'PLUGIN_FAILED', message: `stage 'odd' of the plugin lab failed: ${thrown}` })
  })

test('a plugin that throws where it is looked at is none', async (t) => {
  const folder = await tempFolder(t)
  await writeFile(path.join(folder, 'getter.mjs'), 'export default { get name() { throw new Error("g") }, version: "1" }')
  await writeFile(path.join(folder, 'proxy.mjs'), 'export default new Proxy({}, { get() { throw new Error("p") } })')
  await writeFile(
    path.join(folder, 'a.yml'),
    `output: out\nplugins: [./getter.mjs, ./proxy.mjs]\nslides: { glob: ${JSON.stringify(demoSlide)} }\nstages: [grid, extract, batch, merge]\nsinks: [csv]\n`,
  )
  const { problems } = await checkPipeline(path.join(folder, 'a.yml'))
  const invalid = problems.filter(({ code }) => code === 'PLUGIN_INVALID').map(({ message }) => message)
  t.is(invalid.length, 2)
  t.regex(invalid[0]!, /exports no plugin: g$/)
  t.regex(invalid[1]!, /exports no plugin: p$/)
})
