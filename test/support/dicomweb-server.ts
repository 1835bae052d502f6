/**
 * A DICOMweb server of slides that lie in memory, for tests: QIDO-RS for series, WADO-RS for metadata and frames, as PS3.18 has them. Every answer can be
 * made odd.
 */

import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import type { DicomElement } from '../../fixtures/dicom-file.js'
import { dicomSlideFiles, type SlideFile, slideElements } from '../../fixtures/dicom-slide.js'

export type JsonAttributes = Record<string, { vr: string; Value?: unknown[] }>

export interface ServedSeries {
  readonly study: string
  readonly series: string
  readonly modality?: string
  readonly files: readonly SlideFile[]
}

export interface DicomwebServer {
  /** `http://127.0.0.1:…/pacs`: the service. */
  readonly url: string
  /** The same with `dicomweb+http`, up to a series. */
  address(study: string, series: string): string
  readonly seen: { readonly url: string; readonly headers: IncomingMessage['headers'] }[]
  all: ServedSeries[]
  /** True when it has answered; `n` counts the requests from 0. */
  odd: (n: number, url: URL, response: ServerResponse, request: IncomingMessage) => boolean
  /** Changes what is said of an instance. */
  say: (said: JsonAttributes) => JsonAttributes
  close(): Promise<void>
}

/** The slide of `fixtures/dicom`. */
export const files = dicomSlideFiles().map(({ file }) => file)
export const made: ServedSeries = { study: '1.2.3', series: '1.2.3.4', files }

/** A server of that slide, or of others, until the test ends; and the address of that series. */
export async function serving(t: ExecutionContext, ...all: ServedSeries[]): Promise<DicomwebServer & { readonly slide: string }> {
  const server = await dicomwebServer(...(all.length === 0 ? [made] : all))
  t.teardown(() => server.close())
  return Object.assign(server, { slide: server.address('1.2.3', '1.2.3.4') })
}

export async function dicomwebServer(...all: ServedSeries[]): Promise<DicomwebServer> {
  const server = http.createServer((request, response) => {
    self.seen.push({ url: request.url!, headers: request.headers })
    const url = new URL(request.url!, self.url)
    if (!self.odd(self.seen.length - 1, url, response, request)) answer(self, url, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const self: DicomwebServer = {
    url: `http://${host}/pacs`,
    address: (study, series) => `dicomweb+http://${host}/pacs/studies/${study}/series/${series}`,
    seen: [],
    all,
    odd: () => false,
    say: (said) => said,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return self
}

export function sendJson(response: ServerResponse, value: unknown, type = 'application/dicom+json'): void {
  response.writeHead(200, { 'content-type': type }).end(JSON.stringify(value))
}

function nothing(response: ServerResponse, status: number): void {
  response.writeHead(status).end()
}

function answer({ all, say }: DicomwebServer, { pathname, searchParams }: URL, response: ServerResponse): unknown {
  const [, ofStudy] = /^\/pacs(?:\/studies\/([^/]+))?\/series$/.exec(pathname) ?? []
  if (/\/series$/.test(pathname)) {
    const modality = searchParams.get('Modality')
    const [from, most] = [Number(searchParams.get('offset') ?? 0), Number(searchParams.get('limit') ?? 100)]
    const found = all
      .filter((one) => (ofStudy ?? one.study) === one.study && (one.modality ?? 'SM') === (modality ?? 'SM'))
      .slice(from, from + most)
    if (found.length === 0) return nothing(response, 204)
    return sendJson(response, found.map(seriesJson))
  }
  const [, study, series, instance, list] =
    /^\/pacs\/studies\/([^/]+)\/series\/([^/]+)(?:\/metadata|\/instances\/([^/]+)\/frames\/([\d,]+))$/.exec(pathname) ?? []
  const files = all.find((one) => one.study === study && one.series === series)?.files
  if (files === undefined) return nothing(response, 404)
  if (instance === undefined)
    return sendJson(
      response,
      files.map((file) => say(jsonOf(slideElements(file)))),
    )
  const file = files.find(({ uid }) => uid === instance)
  const frames = list!.split(',').map((number) => ({ number, bytes: file?.pixels.frames[Number(number) - 1] }))
  if (frames.some(({ bytes }) => bytes === undefined)) return nothing(response, 400)
  return sendParts(
    response,
    frames.map(({ number, bytes }) => ({
      bytes: bytes!,
      headers: {
        'content-type': `application/octet-stream; transfer-syntax=${file!.syntax}`,
        'content-location': `${pathname.replace(/[^/]*$/, '')}${number}`,
      },
    })),
  )
}

export interface SentPart {
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Uint8Array
}

export function multipart(parts: readonly SentPart[], boundary: string): Buffer {
  const written = parts.flatMap(({ headers, bytes }) => [
    Buffer.from(
      `--${boundary}\r\n${Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
    ),
    bytes,
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([...written, Buffer.from(`--${boundary}--\r\n`)])
}

export function sendParts(response: ServerResponse, parts: readonly SentPart[], boundary = '0f-of_parts'): void {
  response
    .writeHead(200, { 'content-type': `multipart/related; type="application/octet-stream"; boundary="${boundary}"` })
    .end(multipart(parts, boundary))
}

function seriesJson({ study, series, modality = 'SM' }: ServedSeries): JsonAttributes {
  return {
    '00080060': { vr: 'CS', Value: [modality] },
    '0020000D': { vr: 'UI', Value: [study] },
    '0020000E': { vr: 'UI', Value: [series] },
  }
}

/** PS3.18 F.2: texts are values, numbers are numbers, items are objects. */
export function jsonOf(elements: readonly DicomElement[]): JsonAttributes {
  return Object.fromEntries(
    elements.map(({ tag, vr, value }) => [tag.toString(16).padStart(8, '0').toUpperCase(), { vr, ...valuesOf(vr, value) }]),
  )
}

function valuesOf(vr: string, value: DicomElement['value']): { Value?: unknown[] } {
  if (value instanceof Uint8Array || value.length === 0) return {}
  if (vr === 'SQ') return { Value: (value as readonly (readonly DicomElement[])[]).map(jsonOf) }
  if (typeof value !== 'string') return { Value: [...value] }
  const texts = value.split('\\')
  return { Value: vr === 'DS' || vr === 'IS' ? texts.map(Number) : texts }
}
