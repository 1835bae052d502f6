/** The address of a queue, and what of it may be shown. */

import { decoded, urlIn } from '../../core/address.js'
import { PipelineError } from '../../core/errors.js'

export type EngineKind = 'redis' | 'postgres'

export interface QueueAddress {
  readonly kind: EngineKind
  /** As it was given: with its secrets. */
  readonly url: string
  /** Without user, password and options: for people. */
  readonly shown: string
  /** Takes the secrets out of a text: libraries put into messages what they like. */
  readonly clean: (text: string) => string
}

const kinds: Readonly<Record<string, EngineKind>> = {
  'redis:': 'redis',
  'rediss:': 'redis',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
}

/** Throws PipelineError for what is no address of a queue; the message never holds what was given. */
export function queueAddress(written: string): QueueAddress {
  const given = written.trim()
  const url = urlIn(given)
  const kind = url && kinds[url.protocol]
  if (!url || !kind) {
    throw new PipelineError('USAGE', 'what --queue names is no address of a queue', {
      hint: 'write redis://host:6379/0, rediss://…, or postgres://host:5432/database',
    })
  }
  // A password with one of `/?#` in it ends the host where it stands, and its rest would be shown.
  if (url.pathname.includes('@') || url.hash !== '' || /^\?[^=]*@/.test(url.search))
    throw new PipelineError('USAGE', 'what --queue names has an @ or a # behind its host', {
      hint: 'in a password / is %2F, ? is %3F, # is %23 and @ is %40',
    })
  if (kind === 'redis' && !/^\/?\d*$/.test(url.pathname))
    throw new PipelineError('USAGE', 'what --queue names has no number behind its host, by which Redis knows its databases', {
      hint: 'write redis://host:6379/0',
    })
  const secrets = [url.password, decoded(url.password), url.searchParams.get('password') ?? '']
    .filter((secret) => secret !== '')
    .sort((a, b) => b.length - a.length)
  return {
    kind,
    url: given,
    shown: `${url.protocol}//${url.host}${url.pathname}`,
    clean: (text) => secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, '***'), text),
  }
}
