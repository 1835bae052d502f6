/** What a bucket holds, page by page: ListObjectsV2 of S3 and Google, List Blobs of Azure. */

import type { RemoteOptions } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import type { Door } from './door.js'
import { doorAt } from './doors.js'
import { exchange, Passing, textOf } from './exchange.js'
import { azure, type Dialect, type ListedObject, nextOn, objectsOn, s3 } from './list-page.js'
import { type Asking, type Patience, retrying, usualPatience } from './patience.js'
import type { Place } from './place.js'
import { refuse, unreachable } from './refusal.js'

/** A page names some thousand keys, of at most a kilobyte each. */
const mostText = 16 * 2 ** 20
/** A bucket of ten million keys below one beginning is no cohort. */
const mostPages = 10_000

/** Stores know no key of more than 1024 bytes. */
const longestKey = 4096
/** Letters of all keys, which whoever looks for slides holds: ten million of usual length. */
const mostLetters = 2 ** 30

/** What a list names is held to what a store may have. */
export class Named {
  #letters = 0

  constructor(
    private readonly shown: string,
    private readonly most = mostLetters,
  ) {}

  /** Throws SlideError. */
  see({ key }: Pick<ListedObject, 'key'>): void {
    const { shown, most } = this
    if (key.length > longestKey)
      throw new SlideError('SLIDE_UNREADABLE', `the list of ${shown} names a key of ${key.length} letters, and stores have none above 1024`)
    this.#letters += key.length
    if (this.#letters > most) throw new SlideError('SLIDE_TOO_LARGE', `the keys below ${shown} have more than ${most} letters together`)
  }
}

/** Those whose keys begin as that of the place, in the order of the keys' bytes; with `delimiter` only what lies right below it. Throws SlideError. */
export async function* objectsBelow(
  place: Place,
  delimiter: '/' | '',
  options: RemoteOptions = {},
  { signal, patience = usualPatience }: Asking = {},
): AsyncGenerator<ListedObject> {
  const { scheme, bucket, key: prefix } = place
  const shown = `${scheme}://${bucket}/${prefix}`
  const dialect = scheme === 'az' ? azure : s3
  const named = new Named(shown)
  let token = ''
  for (let page = 0; page < mostPages; page++) {
    const asked = { ...dialect.query, prefix, ...(delimiter ? { delimiter } : {}), ...(token ? { [dialect.token]: token } : {}) }
    const text = await pageOf(await doorAt({ ...place, key: '' }, asked, options), dialect, shown, patience, signal)
    for (const object of objectsOn(text, dialect)) {
      named.see(object)
      yield object
    }
    const next = nextOn(text, dialect)
    if (next === '') return
    if (next === undefined || next === token) throw new SlideError('SLIDE_UNREADABLE', `the list of ${shown} does not say how it goes on`)
    token = next
  }
  throw new SlideError('SLIDE_TOO_LARGE', `${shown} is the beginning of the keys on more than ${mostPages} pages`)
}

async function pageOf(door: Door, dialect: Dialect, shown: string, patience: Patience, signal?: AbortSignal): Promise<string> {
  try {
    return await retrying(() => onePage(door, dialect, shown, patience, signal), patience, signal)
  } catch (error) {
    throw unreachable(error, shown, 'listed', patience)
  }
}

async function onePage(door: Door, { root }: Dialect, shown: string, { quietMs }: Patience, signal?: AbortSignal): Promise<string> {
  for (let lesson = 0; ; lesson++) {
    const asked = await door.ask({ 'accept-encoding': 'identity', 'user-agent': 'tiastream' })
    const answer = await exchange({ ...asked, signal, quietMs, follows: door.follows })
    if (lesson === 0 && door.learn?.(answer)) {
      answer.body.destroy()
      continue
    }
    if (answer.status !== 200) return refuse(answer, shown, door.remedy)
    const text = await textOf(answer, mostText, signal)
    if (!text.includes(root))
      throw new SlideError('SLIDE_UNREADABLE', `the list of ${shown} is none: is the endpoint that of an object store?`)
    // An answer without a length ends wherever the connection does: what is missing would be slides that nobody misses.
    if (!text.includes(`</${root}>`)) throw new Passing('the list ends early')
    return text
  }
}
