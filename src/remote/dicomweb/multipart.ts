/**
 * A body of several parts (multipart/related), as a server gives frames:
 *
 *     --boundary CRLF  name: value CRLF  …  CRLF  bytes CRLF  --boundary CRLF  …  --boundary--
 *
 * A part is cut by the length that it says, where a boundary follows there, else by the next boundary.
 */

/** A body that breaks the rules, or ends early. */
export class NotMultipart extends Error {}

export interface Part {
  readonly headers: ReadonlyMap<string, string>
  readonly bytes: Uint8Array
}

export interface MediaType {
  /** In small letters: `image/jpeg`. */
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
}

/** `image/jpeg; transfer-syntax=1.2.3`; a value may stand in quotes. */
export function mediaTypeOf(text: string): MediaType {
  const [type = '', ...rest] = text.slice(0, LONGEST_LINE).split(/;(?=(?:[^"]*"[^"]*")*[^"]*$)/)
  const parameters = new Map<string, string>()
  for (const parameter of rest) {
    const at = parameter.indexOf('=')
    if (at < 0) continue
    const value = parameter.slice(at + 1).trim()
    parameters.set(parameter.slice(0, at).trim().toLowerCase(), /^".*"$/s.test(value) ? value.slice(1, -1) : value)
  }
  return { type: type.trim().toLowerCase(), parameters }
}

/** RFC 2046 allows 70 letters. */
const LONGEST_BOUNDARY = 256
/** Of the headers of a part. */
const LONGEST_HEAD = 16 * 1024
/** Of a media type with its parameters. */
const LONGEST_LINE = 1024

/** At most `most` parts; the bytes lie in the body. Throws NotMultipart. */
export function partsOf(contentType: string, body: Buffer, most: number): readonly Part[] {
  const { type, parameters } = mediaTypeOf(contentType)
  if (!type.startsWith('multipart/'))
    throw new NotMultipart(`${type === '' ? 'nothing' : `'${type.slice(0, 80)}'`} came, where parts were to come`)
  const boundary = parameters.get('boundary') ?? ''
  if (boundary === '' || boundary.length > LONGEST_BOUNDARY) throw new NotMultipart('the parts have no boundary')
  const begun = linesOf(boundary)
    .map((line) => ({ line, from: body.subarray(0, line.length).equals(line) ? 0 : body.indexOf(Buffer.concat([newLine, line])) + 2 }))
    .find(({ from }) => from !== 1)
  if (begun === undefined) throw new NotMultipart('the parts do not begin')
  const { line } = begun
  const parts: Part[] = []
  let at = begun.from
  for (;;) {
    at += line.length
    if (body[at] === 0x2d && body[at + 1] === 0x2d) return parts
    // Some write the last boundary as any other.
    if (parts.length === most && body.subarray(at).toString('latin1').trim() === '') return parts
    // There may be white space behind a boundary.
    const start = body.indexOf(newLine, at)
    if (start < 0) throw new NotMultipart('the parts end early')
    if (parts.length === most) throw new NotMultipart(`more than ${most} parts came`)
    const part = partAt(body, start + 2, line)
    parts.push(part)
    at = part.end + 2
  }
}

/** As it should be; else of one that is said in single quotes (dicomweb-proxy), or with its hyphens. */
function linesOf(boundary: string): readonly Buffer[] {
  const [, unquoted] = /^'(.+)'$/.exec(boundary) ?? []
  const lines = [`--${boundary}`, ...(unquoted === undefined ? [] : [`--${unquoted}`]), ...(boundary.startsWith('--') ? [boundary] : [])]
  return lines.map((line) => Buffer.from(line, 'latin1'))
}

const newLine = Buffer.from('\r\n')
const emptyLine = Buffer.from('\r\n\r\n')

/** `end`: of its bytes; a new line and the boundary follow. */
function partAt(body: Buffer, at: number, line: Buffer): Part & { readonly end: number } {
  // A part without headers begins with the empty line.
  const bare = body.subarray(at, at + 2).equals(newLine)
  const end = bare ? at : body.subarray(0, at + LONGEST_HEAD).indexOf(emptyLine, at)
  if (end < 0) throw new NotMultipart('a part has no end of its headers')
  const headers = new Map<string, string>()
  for (const header of body.toString('latin1', at, end).split('\r\n')) {
    const colon = header.indexOf(':')
    if (colon > 0) headers.set(header.slice(0, colon).trim().toLowerCase(), header.slice(colon + 1).trim())
  }
  const start = end + (bare ? 2 : 4)
  const follows = (place: number) =>
    body.subarray(place, place + 2).equals(newLine) && body.subarray(place + 2, place + 2 + line.length).equals(line)
  const said = start + Number(headers.get('content-length') ?? Number.NaN)
  const stop = Number.isSafeInteger(said) && said >= start && follows(said) ? said : body.indexOf(Buffer.concat([newLine, line]), start)
  if (stop < 0) throw new NotMultipart('the last part ends early')
  return { headers, bytes: body.subarray(start, stop), end: stop }
}
