/** What a sink is told when it is opened on the thread of its slide, as those of plugins are. */

import { PassThrough } from 'node:stream'
import test from 'ava'
import * as options from '../../../src/core/options.js'
import { defineSink, type SinkContext } from '../../../src/core/sink.js'
import { openSinks } from '../../../src/pipeline/run/sink-files.js'

for (const marks of [true, false])
  test(`a damaged tile ${marks ? 'is white in the picture of a sink that asks where rows are marked' : 'fails the slide otherwise'}`, async (t) => {
    const contexts: SinkContext[] = []
    const own = defineSink({
      name: 'own',
      summary: 'a sink',
      options: { file: options.text().default('{slide}.own') },
      file: '{slide}.own',
      examples: [],
      load: async () => ({
        default: async (_options, context) => {
          contexts.push(context)
          return new PassThrough()
        },
      }),
    })
    const plan = {
      environment: { sinks: { own } },
      sinks: [{ name: 'own', options: {}, file: '{slide}.own' }],
      stages: [{ provides: { pixels: { marks } } }],
    }
    const store = { draft: async () => 'draft' }
    const slide = { info: { id: 'a' } }
    const { signal } = new AbortController()
    const asked = { store, attempt: '1', plan, slide, signal, mask: () => undefined, help: {} }
    await openSinks(asked as never)
    t.is(typeof contexts[0]!.unread, marks ? 'function' : 'undefined')
  })
