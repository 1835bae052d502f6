/**
 * A sink of a plugin, held to what a sink promises: what goes wrong says whose it is, a signal is obeyed whatever the sink waits for, and in
 * the end its file is there.
 */

import { lstat } from 'node:fs/promises'
import { finished, Writable } from 'node:stream'
import type { Batch } from '../../../core/batch.js'
import { copyOf } from '../../../core/batches/rearrange.js'
import { SinkError } from '../../../core/errors.js'
import type { AnySinkSpec, SinkContext } from '../../../core/sink.js'
import { untilAborted, untilLate } from '../../../flow/until-aborted.js'
import { attemptLater, broken, failed, loadedBy, nameOf, type Part } from './failed.js'
import { guardedSpec } from './spec.js'

/** A sink that has not let go of its file this long after it was told to is left to itself: a signal is obeyed within five seconds. */
const patience = 1000

export function guardedSink(spec: AnySinkSpec, plugin: string): AnySinkSpec {
  const part: Part = { kind: 'sink', name: spec.name, plugin }
  const { load, count } = spec
  return {
    ...guardedSpec(spec, part),
    load: async () => {
      const { default: open } = await loadedBy(part, load)
      if (typeof open !== 'function') throw broken(part, 'loads a module whose default export is no function (options, context)')
      return { default: (options, context) => opened(part, () => open(options, context), context) }
    },
    ...(count ? { count: async () => guardedCount(part, (await loadedBy(part, count)).default) } : {}),
  }
}

const guardedCount = (part: Part, count: (file: string) => Promise<number>) => ({
  default: (file: string) => attemptLater(part, ' as it counted its rows', () => count(file)),
})

async function opened(part: Part, open: () => Promise<Writable>, context: SinkContext): Promise<Writable> {
  const { signal, path } = context
  const opening = attemptLater(part, ' as it was opened', open)
  const inner = await untilAborted(opening, signal).catch((error: unknown) => {
    // Nobody waits for it any more: its file is closed when it comes.
    opening.then(letGo, () => undefined)
    throw error
  })
  if (typeof inner?.write !== 'function' || inner.writableObjectMode !== true) {
    letGo(inner)
    throw broken(part, 'opens no Writable in object mode, which takes batches')
  }
  // Its errors are told by what it was asked for.
  inner.on('error', () => undefined)
  const closedEarly = () => broken(part, 'is closed before it has written all that it was given')
  const told = (done: (error?: Error | null) => void) => (error?: Error | null) => done(error ? (failed(part, error) as Error) : null)
  const outer = new Writable({
    objectMode: true,
    highWaterMark: 1,
    // A copy: the other sinks are given the same batch.
    write: (batch: Batch, _encoding, done) => {
      try {
        inner.write(copyOf(batch), told(done))
      } catch (error) {
        done(failed(part, error) as Error)
      }
    },
    final: (done) => {
      try {
        inner.end()
      } catch (error) {
        done(failed(part, error) as Error)
        return
      }
      finished(inner, { readable: false }, (error) => {
        if (error) told(done)(error)
        // To `finished` one that was told to end and holds nothing is finished, also where it was destroyed before.
        else if (inner.writableFinished === false) done(closedEarly())
        else mustBeThere(part, path).then(() => done(), done)
      })
    },
    destroy: (error, done) => {
      signal.removeEventListener('abort', abort)
      const closed = inner.closed ? Promise.resolve() : new Promise<void>((resolve) => inner.once('close', resolve))
      inner.destroy()
      untilLate(closed, patience).then(() => done(error))
    },
  })
  // It may be stopped, or fail, before the rows flow, while other sinks are opened: whoever waits for its end is told all the same.
  outer.on('error', () => undefined)
  const abort = () => void outer.destroy(signal.reason as Error)
  signal.addEventListener('abort', abort)
  inner.on('error', (error) => outer.destroy(failed(part, error) as Error))
  // Destroyed without an error, it would never say that a batch is written.
  inner.on('close', () => inner.writableFinished === false && outer.destroy(closedEarly()))
  return outer
}

/** Whatever a plugin calls its sink. */
function letGo(inner: Partial<Writable> | null | undefined): void {
  inner?.on?.('error', () => undefined)
  inner?.destroy?.()
}

/** A file of its own: a link would show what may change later, and a folder is not what the receipt measures. */
async function mustBeThere(part: Part, file: string): Promise<void> {
  const there = await lstat(file).catch(() => undefined)
  if (there?.isFile()) return
  const fact = there ? `has made ${there.isDirectory() ? 'a folder' : 'a link or a device'} of` : 'has ended without'
  throw new SinkError('PLUGIN_FAILED', `${nameOf(part)} ${fact} its file ${file}`, { hint: 'it must write to context.path' })
}
