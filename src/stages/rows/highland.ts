/**
 * highland's doorway: rows into a highland stream and out of it. highland leaves its source open when something fails, stops
 * early or is aborted further down; these two close both ends in every case.
 */

import highland from 'highland'
import { isObject, shown } from '../../core/argument.js'
import { PipelineError } from '../../core/errors.js'
import { unlessFailed } from '../../flow/unless-failed.js'

export { default as highland } from 'highland'
export type Rows<T> = Highland.Stream<T>

/** What a stream made here reads from: how to close it, and how what goes wrong beside the stream reaches its end. */
interface Source {
  close(): Promise<void>
  /** Rejects when reading fails outside of the stream's own error channel, or on abort. Never resolves. */
  readonly failure: Promise<never>
}

const sources = new WeakMap<object, Source>()

/** A highland stream that pulls from `rows` one at a time. Give it, with what becomes of it, to `fromHighland`; or destroy it, when nothing more is wanted. */
export function toHighland<T>(rows: AsyncIterable<T>, signal?: AbortSignal): Rows<T> {
  if (!isObject(rows) || !(Symbol.asyncIterator in rows))
    throw new PipelineError('OPTION_INVALID', `toHighland takes a stream of rows, and is given ${shown(rows)}`, {
      hint: 'write toHighland(rowsIn(table.columns, table))',
    })
  const iterator = rows[Symbol.asyncIterator]()
  let closed = false
  let fail: (reason: unknown) => void = () => {}
  const failure = new Promise<never>((_, reject) => {
    fail = reject
  })
  // Whoever waits sees it; when nobody waits any more it is no unhandled rejection.
  failure.catch(() => {})
  const onAbort = () => fail(signal?.reason)
  if (signal?.aborted) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })

  const stream = highland<T>((push, next) => {
    const pulled = async () => {
      const result = await iterator.next()
      if (closed) return
      if (result.done) push(null, highland.nil)
      else {
        push(null, result.value)
        next()
      }
    }
    // What a function of the user throws inside of `push` comes back here: highland itself would lose it.
    pulled().catch(fail)
  })
  const plain = { destroy: stream.destroy.bind(stream) }
  const close = async () => {
    if (closed) return
    closed = true
    signal?.removeEventListener('abort', onAbort)
    destroyed(plain)
    await iterator.return?.()
  }
  // highland itself leaves the source open, and who reads what was made of the stream waiting.
  stream.destroy = () => {
    fail(new Error('the stream of rows was destroyed while they were read: take(…) ends it early'))
    close().catch(() => undefined)
  }
  sources.set(stream, { failure, close })
  return stream
}

/** What comes out of `stream`, which was made from `source`. Ends, fails or is left early: both are closed. */
export async function* fromHighland<T, S>(stream: Rows<T>, source: Rows<S>): AsyncGenerator<T> {
  for (const given of [stream, source])
    if (!highland.isStream(given))
      throw new PipelineError('OPTION_INVALID', `fromHighland takes two streams of highland, and is given ${shown(given)}`, {
        hint: 'write fromHighland(stream.filter(…), stream), the second as toHighland made it',
      })
  const from = sources.get(source)
  const unlessBroken = from && unlessFailed(from.failure)
  try {
    while (true) {
      const pulled = pull(stream)
      const value = await (unlessBroken?.(pulled) ?? pulled)
      if (value === end) return
      yield value as T
    }
  } finally {
    if (stream !== (source as unknown)) destroyed(stream)
    await closeHighland(source)
  }
}

/** Closes what `source` reads from, when nothing is to be taken from it any more. */
export async function closeHighland<S>(source: Rows<S>): Promise<void> {
  await sources.get(source)?.close()
}

/** highland throws (`Cannot call next after nil`) when it is to stop in the middle of a `flatMap` or a `collect`: what ended the stream counts. */
function destroyed(stream: Pick<Rows<unknown>, 'destroy'>): void {
  try {
    stream.destroy()
  } catch {
    // Its ends are closed all the same.
  }
}

const end = Symbol('end of the stream')

function pull<T>(stream: Rows<T>): Promise<T | typeof end> {
  return new Promise((resolve, reject) => {
    stream.pull((error, value) => {
      if (error) reject(error)
      else resolve(highland.isNil(value) ? end : value)
    })
  })
}
