/** Who asks an S3 server: keys, and how long they are good for. */

import { type Surroundings, said, saidInHeader } from './said.js'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** Milliseconds since 1970: to be got anew before. Absent: they do not change while this process runs. */
  readonly expires?: number
}

/** A file may be written anew by whoever holds a session: it is read again after so long. */
export const fileLife = 5 * 60_000

/** As services answer with them; null when it is something else. */
export function credentialsIn(answer: unknown): Credentials | null {
  if (typeof answer !== 'object' || answer === null) return null
  const { AccessKeyId, SecretAccessKey, Token, SessionToken, Expiration } = answer as Readonly<Record<string, unknown>>
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string') return null
  const token = typeof Token === 'string' ? Token : SessionToken
  const expires = typeof Expiration === 'string' ? Date.parse(Expiration) : Number.NaN
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(typeof token === 'string' ? { sessionToken: token } : {}),
    ...(Number.isFinite(expires) ? { expires } : {}),
  }
}

export function fromEnvironment(env: Surroundings): Credentials | null {
  const accessKeyId = saidInHeader(env, 'AWS_ACCESS_KEY_ID')
  const secretAccessKey = said(env, 'AWS_SECRET_ACCESS_KEY')
  if (accessKeyId === undefined || secretAccessKey === undefined) return null
  const sessionToken = saidInHeader(env, 'AWS_SESSION_TOKEN')
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
}
