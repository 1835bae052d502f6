/** What a file beside a graph says, and the forms in which such files have it. */

import { readPlain } from '../../core/files/plain-file.js'

/** Configurations of models of words name 50,000 of them. */
const mostFields = 2 ** 24

export type Fields = Readonly<Record<string, unknown>>

/** A text each: `224`, `0.5,0.5,0.5`; what nobody says is absent. */
export interface Said {
  readonly size?: string
  readonly scale?: string
  readonly mean?: string
  readonly std?: string
  readonly channels?: 'BGR'
  readonly activation?: 'sigmoid' | 'softmax'
  readonly classes?: string
}

/** What a JSON file holds; null where it is not there, or holds no object. */
export async function fieldsOf(file: string): Promise<Fields | null> {
  try {
    const read: unknown = JSON.parse(`${await readPlain(file, mostFields)}`)
    return isFields(read) ? read : null
  } catch {
    return null
  }
}

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** 224, [3, 224, 224] or { height: 224, width: 320 }: as width, or width × height. */
export function sideIn(value: unknown): string | null {
  const [height, width] = Array.isArray(value)
    ? [value.at(-2), value.at(-1)]
    : isFields(value)
      ? [value.height ?? value.shortest_edge, value.width ?? value.shortest_edge]
      : [value, value]
  if (!Number.isInteger(width)) return null
  return Number.isInteger(height) && height !== width ? `${width}x${height}` : String(width)
}

/** One number stands for all three. */
export function tripleIn(value: unknown): readonly number[] | null {
  if (typeof value === 'number') return [value, value, value]
  return Array.isArray(value) && value.length === 3 && value.every((one) => typeof one === 'number') ? value : null
}

export const namesIn = (value: unknown): readonly string[] | null =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string') ? value : null
