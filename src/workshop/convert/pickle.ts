/**
 * Reads a pickle as data. A pickle is a program for a small stack machine; this one knows only the instructions that containers and
 * values need and calls nothing: a name of a Python object is looked up in a list the caller gives, and anything that is
 * not on it is an object without a life (inert.ts), or refused by name. Protocols 2 to 5.
 */

import { ModelError } from '../../core/errors.js'
import { Inert, inertOf } from './inert.js'
import { unreadable } from './tensors.js'

/** A Python tuple. */
export class Tuple {
  constructor(readonly items: readonly unknown[]) {}
}

/** What an allowed name stands for: how it is called with a tuple of arguments; absent: it is only passed around. */
export interface PickleName {
  readonly name: string
  readonly call?: (args: readonly unknown[]) => unknown
}

export interface PickleOptions {
  /** Names the file in errors. */
  readonly subject: string
  /** The allowed Python names, `module name`. */
  readonly names: ReadonlyMap<string, PickleName>
  /** Resolves a persistent id (a storage). */
  readonly persistent: (id: unknown) => unknown
}

const MARK = Symbol('mark')

/** Reads one pickle at the start of `bytes`; `length` is how many bytes it took. Work and memory are bounded by the bytes. */
export function readPickle(bytes: Buffer, options: PickleOptions): { value: unknown; length: number } {
  const { subject } = options
  const stack: unknown[] = []
  const memo = new Map<number, unknown>()
  let at = 0
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw unreadable(`the pickle in ${subject} ends in the middle of an instruction`)
    at += length
    return bytes.subarray(at - length, at)
  }
  const pop = (): unknown => {
    if (stack.length === 0) throw unreadable(`the pickle in ${subject} takes from an empty stack`)
    const value = stack.pop()
    if (value === MARK) throw unreadable(`the pickle in ${subject} takes a mark for a value`)
    return value
  }
  const top = (): unknown => stack[stack.length - 1]
  const popToMark = (): unknown[] => {
    const mark = stack.lastIndexOf(MARK)
    if (mark < 0) throw unreadable(`the pickle in ${subject} looks for a mark that is not there`)
    const items = stack.splice(mark)
    items.shift()
    return items
  }
  const line = (): string => {
    const end = bytes.indexOf(0x0a, at)
    if (end < 0) throw unreadable(`the pickle in ${subject} ends in the middle of a name`)
    return take(end + 1 - at)
      .subarray(0, -1)
      .toString('utf8')
  }
  const recall = (index: number) => {
    if (!memo.has(index)) throw unreadable(`the pickle in ${subject} recalls ${index}, which it never stored`)
    stack.push(memo.get(index))
  }
  const named = (module: string, name: string): PickleName | Inert =>
    options.names.get(`${module} ${name}`) ?? inertOf(module, name, subject)
  const made = (callee: unknown, args: unknown): unknown => {
    if (callee instanceof Inert) return new Inert(callee.name)
    const { call } = (callee ?? {}) as Partial<PickleName>
    if (!(args instanceof Tuple) || typeof call !== 'function') throw unreadable(`the pickle in ${subject} calls what is no function`)
    return call(args.items)
  }
  const append = (list: unknown, items: unknown[]) => {
    if (list instanceof Inert) return
    if (!Array.isArray(list)) throw unreadable(`the pickle in ${subject} appends to something that is no list`)
    for (const item of items) list.push(item)
  }
  const set = (dict: unknown, items: unknown[]) => {
    const into = dict instanceof Inert ? dict.fields : dict
    if (!(into instanceof Map) || items.length % 2 !== 0)
      throw unreadable(`the pickle in ${subject} sets items of something that is no dict`)
    for (let i = 0; i < items.length; i += 2) into.set(items[i], items[i + 1])
  }

  const text = (length: number) => take(length).toString('utf8')
  const u32 = () => take(4).readUInt32LE()
  const u64 = () => Number(take(8).readBigUInt64LE())

  while (true) {
    const opcode = take(1)[0]!
    switch (opcode) {
      case 0x80: // PROTO
        if (take(1)[0]! > 5) throw unreadable(`the pickle in ${subject} has protocol ${bytes[at - 1]}, newer than 5`)
        break
      case 0x95: // FRAME
        u64()
        break
      case 0x2e: // STOP
        return { value: pop(), length: at }
      case 0x28: // MARK
        stack.push(MARK)
        break
      case 0x4e: // NONE
        stack.push(null)
        break
      case 0x88: // NEWTRUE
        stack.push(true)
        break
      case 0x89: // NEWFALSE
        stack.push(false)
        break
      case 0x4b: // BININT1
        stack.push(take(1)[0])
        break
      case 0x4d: // BININT2
        stack.push(take(2).readUInt16LE())
        break
      case 0x4a: // BININT
        stack.push(take(4).readInt32LE())
        break
      case 0x8a: // LONG1
        stack.push(long(take(take(1)[0]!)))
        break
      case 0x8b: // LONG4
        stack.push(long(take(u32())))
        break
      case 0x47: // BINFLOAT
        stack.push(take(8).readDoubleBE())
        break
      case 0x8c: // SHORT_BINUNICODE
        stack.push(text(take(1)[0]!))
        break
      case 0x58: // BINUNICODE
        stack.push(text(u32()))
        break
      case 0x8d: // BINUNICODE8
        stack.push(text(u64()))
        break
      case 0x55: // SHORT_BINSTRING: Python 2
        stack.push(text(take(1)[0]!))
        break
      case 0x54: // BINSTRING: Python 2
        stack.push(text(u32()))
        break
      case 0x42: // BINBYTES
        stack.push(take(u32()))
        break
      case 0x43: // SHORT_BINBYTES
        stack.push(take(take(1)[0]!))
        break
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        stack.push(take(u64()))
        break
      case 0x8f: // EMPTY_SET
        stack.push([])
        break
      case 0x90: {
        // ADDITEMS
        const items = popToMark()
        append(top(), items)
        break
      }
      case 0x91: // FROZENSET
        stack.push(popToMark())
        break
      case 0x30: // POP
        stack.pop()
        break
      case 0x5d: // EMPTY_LIST
        stack.push([])
        break
      case 0x7d: // EMPTY_DICT
        stack.push(new Map())
        break
      case 0x29: // EMPTY_TUPLE
        stack.push(new Tuple([]))
        break
      case 0x74: // TUPLE
        stack.push(new Tuple(popToMark()))
        break
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: {
        // TUPLE3
        const items = Array.from({ length: opcode - 0x84 }, pop)
        stack.push(new Tuple(items.reverse()))
        break
      }
      case 0x61: // APPEND
        append(stack.at(-2), [pop()])
        break
      case 0x65: {
        // APPENDS
        const items = popToMark()
        append(top(), items)
        break
      }
      case 0x73: // SETITEM
        set(stack.at(-3), [pop(), pop()].reverse())
        break
      case 0x75: {
        // SETITEMS
        const items = popToMark()
        set(top(), items)
        break
      }
      case 0x71: // BINPUT
        memo.set(take(1)[0]!, top())
        break
      case 0x72: // LONG_BINPUT
        memo.set(u32(), top())
        break
      case 0x94: // MEMOIZE
        memo.set(memo.size, top())
        break
      case 0x68: // BINGET
        recall(take(1)[0]!)
        break
      case 0x6a: // LONG_BINGET
        recall(u32())
        break
      case 0x63: // GLOBAL
        stack.push(named(line(), line()))
        break
      case 0x93: {
        // STACK_GLOBAL
        const name = pop()
        stack.push(named(String(pop()), String(name)))
        break
      }
      case 0x52: // REDUCE: only what the list says how to call
      case 0x81: {
        // NEWOBJ: the same of a class
        const args = pop()
        stack.push(made(pop(), args))
        break
      }
      case 0x92: {
        // NEWOBJ_EX: with arguments that have names
        pop()
        const args = pop()
        stack.push(made(pop(), args))
        break
      }
      case 0x62: {
        // BUILD: attributes; those of an OrderedDict (`_metadata`) are of no use here
        const state = pop()
        const built = top()
        if (built instanceof Inert) built.take(...(state instanceof Tuple ? state.items : [state]))
        else if (!(built instanceof Map)) throw unreadable(`the pickle in ${subject} sets attributes of something that is no dict`)
        break
      }
      case 0x51: // BINPERSID
        stack.push(options.persistent(pop()))
        break
      default:
        throw new ModelError(
          'PICKLE_REFUSED',
          `${subject} holds a pickle with instruction 0x${opcode.toString(16)}, which no state dict needs`,
          {
            hint: 'only plain state dicts are read: in Python, torch.save(model.state_dict(), …)',
          },
        )
    }
  }
}

/** A little-endian two's-complement number of any length; a bigint where a number would not be exact. */
function long(bytes: Buffer): number | bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!)
  if (bytes.length > 0 && bytes[bytes.length - 1]! & 0x80) value -= 1n << BigInt(8 * bytes.length)
  const small = Number(value)
  return Number.isSafeInteger(small) ? small : value
}
