/** How three kinds of store say the same: conditions of a PUT, the state of an object, uploads in parts. Data and pure functions; nothing is asked here. */

import type { IncomingHttpHeaders } from 'node:http'
import type { Method } from '../exchange.js'
import type { Place } from '../place.js'

/** When an object may be written: only if there is none, or only over the very state that was seen. Null: always. */
export type Condition = { readonly isNew: true } | { readonly tag: string } | null

/** One question of an upload in parts. */
export interface Question {
  readonly method: Method
  readonly query: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly text?: string
}

export interface Part {
  readonly number: number
  /** As the server answered it; of Azure the name of the block. */
  readonly tag: string
}

export interface Dialect {
  readonly when: (condition: Condition) => Readonly<Record<string, string>>
  /** What a later condition may name; null where the server says none. */
  readonly tagOf: (headers: IncomingHttpHeaders) => string | null
  /** A header by which an object of ours is known again. */
  readonly mark: string
  /** Of every PUT that makes an object. */
  readonly always: Readonly<Record<string, string>>
  /** Smallest part but the last, and most of them. */
  readonly parts: { readonly least: number; readonly most: number }
  /** Null: an upload needs no beginning. */
  readonly begin: Question | null
  part(upload: string, number: number): Question
  complete(upload: string, parts: readonly Part[]): Question
  /** Null: what is not completed goes by itself. */
  abort(upload: string): Question | null
}

const MiB = 2 ** 20

const s3: Dialect = {
  when: (condition) => (condition === null ? {} : 'tag' in condition ? { 'if-match': condition.tag } : { 'if-none-match': '*' }),
  tagOf: ({ etag }) => etag ?? null,
  mark: 'x-amz-meta-tiastream-put',
  always: {},
  parts: { least: 5 * MiB, most: 10_000 },
  begin: { method: 'POST', query: { uploads: '' } },
  part: (upload, number) => ({ method: 'PUT', query: { partNumber: `${number}`, uploadId: upload } }),
  complete: (upload, parts) => ({
    method: 'POST',
    query: { uploadId: upload },
    headers: { 'content-type': 'application/xml' },
    text: `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts
      .map(({ number, tag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`)
      .join('')}</CompleteMultipartUpload>`,
  }),
  abort: (upload) => ({ method: 'DELETE', query: { uploadId: upload } }),
}

/** The XML interface: S3's words for uploads, generations for states. */
const gs: Dialect = {
  ...s3,
  when: (condition) => (condition === null ? {} : { 'x-goog-if-generation-match': 'tag' in condition ? condition.tag : '0' }),
  tagOf: ({ 'x-goog-generation': generation }) => (typeof generation === 'string' && /^\d+$/.test(generation) ? generation : null),
  mark: 'x-goog-meta-tiastream-put',
}

const blockOf = (upload: string, number: number): string => Buffer.from(`${upload}-${String(number).padStart(5, '0')}`).toString('base64')

/** Blocks, named by who uploads them; a list of their names makes the blob. */
const az: Dialect = {
  ...s3,
  mark: 'x-ms-meta-tiastreamput',
  always: { 'x-ms-blob-type': 'BlockBlob' },
  parts: { least: 1, most: 50_000 },
  begin: null,
  part: (upload, number) => ({ method: 'PUT', query: { comp: 'block', blockid: blockOf(upload, number) } }),
  complete: (upload, parts) => ({
    method: 'PUT',
    query: { comp: 'blocklist' },
    headers: { 'content-type': 'application/xml' },
    text: `<?xml version="1.0" encoding="utf-8"?><BlockList>${parts
      .map(({ number }) => `<Latest>${blockOf(upload, number)}</Latest>`)
      .join('')}</BlockList>`,
  }),
  abort: () => null,
}

export const dialectOf = (scheme: Place['scheme']): Dialect => ({ s3, gs, az })[scheme]

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
