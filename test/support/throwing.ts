/**
 * Loaded before the program (`node --import`, in every thread): wraps what the registries hold, so that a stage, a reader or a sink throws
 * on a slide that the variable TIASTREAM_TEST_THROW names. What runs is the program itself.
 */

import type { Writable } from 'node:stream'
import { isMainThread } from 'node:worker_threads'
import { Bug, bugInRun, ModelError, PipelineError, SinkError, SlideError } from '../../src/core/errors.js'
import type { AnySinkSpec } from '../../src/core/sink.js'
import type { Stage } from '../../src/core/stage.js'
import { readers } from '../../src/readers/registry.js'
import type { Opened } from '../../src/readers/slide.js'
import { work } from '../../src/stages/work.js'

export type Thrown =
  | { readonly family: 'SlideError' | 'ModelError' | 'SinkError' | 'PipelineError' | 'Bug'; readonly code: string }
  | { readonly plain: 'Error' | 'TypeError' | 'RangeError'; readonly message: string; readonly errno?: string }
  | { readonly value: string | null }

export interface Throw {
  /** `stage:grid`, `sink:csv:open`, `sink:csv:write`, `sink:csv:final`, `sink:parquet:count`, `reader:open`, `reader:lane`, `reader:decode`. */
  readonly where: string
  /** After so many items. */
  readonly after: number
  readonly what: Thrown
}

const families = { SlideError, ModelError, SinkError, PipelineError }

const throwOf = (slide: string, where: string): Throw | undefined => {
  const all = JSON.parse(process.env.TIASTREAM_TEST_THROW ?? '{}') as Record<string, Throw>
  return all[slide]?.where === where ? all[slide] : undefined
}

function errorOf({ what }: Throw): unknown {
  if ('value' in what) return what.value
  if ('plain' in what) {
    const Plain = { Error, TypeError, RangeError }[what.plain]
    return Object.assign(new Plain(what.message), what.errno === undefined ? {} : { code: what.errno })
  }
  if (what.family === 'Bug') return what.code === 'BUG_IN_RUN' ? bugInRun('thrown by a test') : new Bug('thrown by a test')
  return new families[what.family](what.code, 'thrown by a test')
}

for (const [name, load] of Object.entries(work) as [string, () => Promise<{ default: (options: unknown) => Stage }>][]) {
  const wrapped = async () => {
    const { default: make } = await load()
    return { default: (options: unknown): Stage => failing(name, make(options)) }
  }
  Object.assign(work, { [name]: wrapped })
}

function failing(name: string, stage: Stage): Stage {
  return (input, ctx) => {
    const wanted = throwOf(ctx.slide.ref?.id ?? '', `stage:${name}`)
    if (!wanted) return stage(input, ctx)
    return (async function* () {
      let seen = 0
      for await (const item of stage(input, ctx)) {
        if (seen++ >= wanted.after) throw errorOf(wanted)
        yield item
      }
      throw errorOf(wanted)
    })()
  }
}

for (const reader of readers) {
  const { load } = reader
  const wrapped: typeof load = async () => {
    const { open } = await load()
    return {
      open: async (source, context) => {
        const wanted = throwOf(context.ref.id, isMainThread ? 'reader:open' : 'reader:lane')
        if (wanted) throw errorOf(wanted)
        const opened = await open(source, context)
        const decode = throwOf(context.ref.id, 'reader:decode')
        return decode ? undecodable(opened, decode) : opened
      },
    }
  }
  Object.assign(reader, { load: wrapped })
}

const undecodable = (opened: Opened, wanted: Throw): Opened => ({
  ...opened,
  store: {
    ...opened.store,
    decode: () => {
      throw errorOf(wanted)
    },
  },
})

if (isMainThread) {
  const { sinks } = await import('../../src/sinks/registry.js')
  for (const [name, spec] of Object.entries(sinks)) {
    const { load, count } = spec
    const wrapped: AnySinkSpec['load'] = async () => {
      const { default: open } = await load()
      return {
        default: async (options, context) => {
          const { id } = context.slide.info
          const wanted = throwOf(id, `sink:${name}:open`)
          if (wanted) throw errorOf(wanted)
          return failingWritable(await open(options, context), throwOf(id, `sink:${name}:write`), throwOf(id, `sink:${name}:final`))
        },
      }
    }
    const counted: AnySinkSpec['count'] =
      count &&
      (async () => {
        const { default: read } = await count()
        return {
          default: async (file) => {
            const slide = /([^/]+)\.[a-z]+\.partial$/.exec(file)?.[1] ?? ''
            const wanted = throwOf(slide, `sink:${name}:count`)
            if (wanted) throw errorOf(wanted)
            return read(file)
          },
        }
      })
    Object.assign(spec, { load: wrapped, ...(counted ? { count: counted } : {}) })
  }
}

function failingWritable(writable: Writable, write: Throw | undefined, final: Throw | undefined): Writable {
  let seen = 0
  const { _write, _final } = writable
  if (write) {
    writable._write = (row, encoding, done) => {
      if (seen++ >= write.after) done(errorOf(write) as Error)
      else _write.call(writable, row, encoding, done)
    }
  }
  // Few rows may not come to the one at which it fails.
  if (write || final) {
    writable._final = (done) => {
      const wanted = final ?? write!
      if (wanted) done(errorOf(wanted) as Error)
      else _final.call(writable, done)
    }
  }
  return writable
}
