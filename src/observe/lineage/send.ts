/** Sends OpenLineage's events, one after another. It never fails a run: what goes wrong is told once. */

import { setTimeout as pause } from 'node:timers/promises'
import { withoutSecrets } from '../../core/address.js'
import type { Env } from '../otel/asked.js'

/** Milliseconds: of one answer, and of all that is left at the end (whoever sends SIGTERM waits for some seconds and kills). */
const patience = { answer: 5000, end: 2000 }
const tries = 3

export interface Sender {
  send(event: object): void
  /** Waits for what is on its way, two seconds at most. */
  close(): Promise<void>
}

export interface Receiver {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** Where the variables want events to go; null when they want none. Throws what is wrong with the address, without its secrets. */
export function receiverOf(env: Env): Receiver | null {
  const given = env.OPENLINEAGE_URL?.trim()
  if (!given || env.OPENLINEAGE_DISABLED?.trim().toLowerCase() === 'true') return null
  if (!URL.canParse(given) || !/^https?:/i.test(given)) throw new Error(`OPENLINEAGE_URL is no http address: ${withoutSecrets(given)}`)
  const base = new URL(given)
  const key = env.OPENLINEAGE_API_KEY?.trim()
  const basic = base.username === '' ? undefined : Buffer.from(decodeURIComponent(`${base.username}:${base.password}`)).toString('base64')
  base.username = ''
  base.password = ''
  const endpoint = (env.OPENLINEAGE_ENDPOINT?.trim() || 'api/v1/lineage').replace(/^\/+/, '')
  base.pathname = `${base.pathname.replace(/\/+$/, '')}/${endpoint}`
  const authorization = key ? `Bearer ${key}` : basic === undefined ? undefined : `Basic ${basic}`
  return { url: base.href, headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) } }
}

/** `warn` is told of the first event that could not be sent. */
export function senderTo({ url, headers }: Receiver, warn: (message: string) => void): Sender {
  const gone = new AbortController()
  let isTold = false
  const post = async (body: string): Promise<void> => {
    for (let tried = 1; ; tried++) {
      const said = await answerTo(url, headers, body, gone.signal)
      if (said === null) return
      if (tried < tries && said.isPassing && !gone.signal.aborted) {
        await pause(250 * tried, undefined, { signal: gone.signal }).catch(() => undefined)
        continue
      }
      if (!isTold) warn(`OpenLineage: ${withoutSecrets(url)} ${said.why}; the run goes on, and this is said once`)
      isTold = true
      return
    }
  }
  let last: Promise<void> = Promise.resolve()
  return {
    send: (event) => {
      const body = JSON.stringify(event)
      last = last.then(() => post(body))
    },
    close: async () => {
      const timer = setTimeout(() => gone.abort(), patience.end)
      await last
      clearTimeout(timer)
    },
  }
}

/** Null: it was taken. */
async function answerTo(url: string, headers: Receiver['headers'], body: string, gone: AbortSignal) {
  try {
    // A key is for the server that it was given for.
    const signal = AbortSignal.any([gone, AbortSignal.timeout(patience.answer)])
    const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
    await answer.body?.cancel()
    if (answer.ok) return null
    return { why: `answers ${answer.status}`, isPassing: answer.status >= 500 || answer.status === 429 }
  } catch (error) {
    const { name, cause } = error as { name: string; cause?: NodeJS.ErrnoException }
    return { why: `does not answer (${cause?.code ?? cause?.message ?? name})`, isPassing: true }
  }
}
