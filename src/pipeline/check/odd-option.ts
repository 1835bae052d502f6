/** What a type of a plugin makes of a text that is more than data: a plan is written down, and threads are sent copies. */

import { isObject } from '../../core/argument.js'

const atoms: readonly string[] = ['Date', 'RegExp', 'ArrayBuffer', 'SharedArrayBuffer']

/** What it is in words; undefined for data. `sent`: to threads, to which no function goes, and of an object nothing but its data. */
export function oddOption(value: unknown, sent: boolean, above: readonly object[] = []): string | undefined {
  if (typeof value === 'bigint') return 'a bigint, which no JSON holds'
  if (typeof value === 'function' || typeof value === 'symbol') return sent ? `a ${typeof value}, which no thread can be sent` : undefined
  // By their marks, not their classes: a program may have been given them by another realm.
  const mark = Object.prototype.toString.call(value).slice(8, -1)
  if (!isObject(value) || ArrayBuffer.isView(value) || atoms.includes(mark)) return undefined
  if (above.includes(value)) return 'a circle, which no JSON holds'
  const prototype = Object.getPrototypeOf(value)
  const isData = Array.isArray(value) || mark === 'Map' || mark === 'Set' || prototype === null || Object.getPrototypeOf(prototype) === null
  const name = value.constructor?.name || 'without a name'
  if (!isData) return sent ? `an object of the class ${name}, of which a thread is sent the data alone` : undefined
  const inside = mark === 'Map' || mark === 'Set' ? [...(value as Iterable<unknown>)].flat() : Object.values(value)
  for (const one of inside) {
    const odd = oddOption(one, sent, [...above, value])
    if (odd !== undefined) return odd
  }
  return undefined
}
