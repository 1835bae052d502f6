/** The form of what was written down, held before it is read: anyone who may write into an output may have made it. */

import { aText, isObject } from '../../core/argument.js'

export type Is = (value: unknown) => boolean

export const { is: isText } = aText
export const isNumber: Is = Number.isFinite
/** Of bytes, rows, pixels. */
export const isCount: Is = (value) => Number.isSafeInteger(value) && (value as number) >= 0
export const isSums: Is = (value) => isObject(value) && Object.values(value).every(isNumber)
export const listOf =
  (is: Is): Is =>
  (value) =>
    Array.isArray(value) && value.every(is)
export const orElse =
  (none: null | undefined, is: Is): Is =>
  (value) =>
    value === none || is(value)
export const hasParts =
  (parts: Readonly<Record<string, Is>>): Is =>
  (value) =>
    isObject(value) && Object.entries(parts).every(([name, is]) => is((value as Readonly<Record<string, unknown>>)[name]))
