/** `manifest.json`: every file of an output with its bytes and its sha256, a line each, so that a copy can be compared with what was made. */

import { tiastreamVersion } from '../plan/version.js'

export const manifestSchema = 'tiastream-manifest/1'

export interface ManifestFile {
  /** Relative to the output. */
  readonly file: string
  /** Of one slide. */
  readonly slide?: string
  readonly sink?: string
  /** Of tables. */
  readonly rows?: number
  readonly bytes: number
  /** Null of a folder. */
  readonly sha256: string | null
}

export interface Part {
  readonly file: string
  readonly slides: number
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
  /** Of everything that it follows from: the tables by their sha256, the schema, the version. */
  readonly key: string
}

export interface Compact {
  /** False: slides have changed since; `gather --compact` makes what is needed anew. */
  readonly isCurrent: boolean
  /** Of a file, about: what was asked for. */
  readonly partBytes: number
  /** Of the tables that went into the parts. */
  readonly tables: string
  readonly parts: readonly Part[]
}

/** How many slides there are of each kind. */
export interface SlideCounts {
  readonly all: number
  readonly done: number
  readonly failed: number
  /** Without a receipt. */
  readonly waiting: number
  /** Of all: those that the source has no more. */
  readonly unlisted: number
}

export interface Manifest {
  readonly slides: SlideCounts
  readonly rows: number
  /** Of the files of the slides. */
  readonly bytes: number
  /** Of everything that can change a row; several where the output holds slides of several pipelines. */
  readonly fingerprints: readonly string[]
  /** In the order of their names. */
  readonly files: readonly ManifestFile[]
  readonly compact: Compact | null
}

/** The same for the same output: it holds no times. */
export function manifestText({ files, compact, ...said }: Manifest): string {
  const list = (items: readonly unknown[]) =>
    items.length === 0 ? '[]' : `[\n${items.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]`
  const { parts = [], ...compacted } = compact ?? {}
  const lines = [
    ...Object.entries({ schema: manifestSchema, tiastream: tiastreamVersion, ...said }).map(
      ([key, value]) => `"${key}": ${JSON.stringify(value)}`,
    ),
    `"files": ${list(files)}`,
    `"compact": ${compact ? JSON.stringify(compacted).replace(/\}$/, `,"parts":${list(parts)}}`) : 'null'}`,
  ]
  return `{\n  ${lines.join(',\n  ')}\n}\n`
}

/** Of the manifest that is there: what it says of compacted tables. Null where there is none, or none that can be read. */
export function compactIn(manifest: Buffer | null): Compact | null {
  const found = parsed(manifest)?.compact
  if (!found || !Array.isArray(found.parts) || typeof found.tables !== 'string' || !Number.isSafeInteger(found.partBytes)) return null
  const texts = ({ file, key, sha256 }: Part) => [file, key, sha256].every((one) => typeof one === 'string')
  return found.parts.every((part) => texts(part) && Number.isSafeInteger(part.bytes)) ? found : null
}

export const isManifest = (bytes: Buffer): boolean => parsed(bytes) !== null

function parsed(bytes: Buffer | null): { readonly compact?: Compact | null } | null {
  try {
    const found = JSON.parse(bytes?.toString() ?? 'null') as { readonly schema?: unknown; readonly compact?: Compact | null } | null
    return found?.schema === manifestSchema ? found : null
  } catch {
    return null
  }
}
