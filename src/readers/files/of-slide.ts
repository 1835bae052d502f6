/** The files of one slide, for its reader: it names them as the slide does, by untrusted names, and none of them lies elsewhere. */

import { withoutSecrets } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'
import type { ByteSource } from '../byte-source.js'
import type { Limits } from '../limits.js'
import type { Files, Listed } from './files.js'
import { Finding, type Known } from './known.js'

/** What a reader may open besides the file it is given. */
export interface SlideFiles {
  /** Closed by the reader, unless it ends up in the source of what is opened; all are closed when opening fails. Throws SlideError. */
  open(uri: string): Promise<ByteSource>
  /** All bytes of a small file, `most` at most (SLIDE_TOO_LARGE). Throws SlideError. */
  read(uri: string, most: number): Promise<Uint8Array>
  /** Some bytes of a file that is opened for them alone, as slides of many files want it; `from` below 0: so many before its end. Throws SlideError. */
  readPart(uri: string, from: number, length: number): Promise<Uint8Array>
  /** What lies in a folder, in the order of the names; null for a file. Throws SlideError. */
  list(uri: string): Promise<readonly Listed[] | null>
  /** The uri of a file beside the slide, or in a folder beside it (`x/Slidedat.ini`). SLIDE_MALFORMED when the path leads out. */
  sibling(path: string): string
  /** The uri of a file in the slide, which is a folder, or below it. SLIDE_MALFORMED when the path leads out. */
  inside(path: string): string
}

export interface OpenFiles extends SlideFiles {
  /** What was found out so far, for other threads; null when nothing lies far away. Asked before anything is told that the slide is open. */
  known(): Promise<Known | null>
  /** The slide is open: the signal of opening counts no more, and whoever opens a file closes it. */
  opened(): void
  /** Closes what was opened. */
  closeAll(): Promise<void>
}

interface Opening {
  readonly signal?: AbortSignal | undefined
  /** By the thread that opened the slide first. */
  readonly known?: Known | undefined
}

export function filesOfSlide(uri: string, files: Files, limits: Limits, { signal, known }: Opening = {}): OpenFiles {
  // Readers open files side by side: when one of them fails, others are still on their way.
  const opened: Promise<ByteSource>[] = []
  // Null when the slide is open: nobody asks any more.
  let finding: Finding | null = new Finding()
  let until = signal
  let isOpen = false
  // Readers know the slide without the secrets of its address.
  const shown = withoutSecrets(uri)
  const whole = (file: string) => (file === shown ? uri : file)
  const open = async (file: string) => {
    const opening = files.open(whole(file), until, known?.files.get(file))
    if (!isOpen) opened.push(opening)
    const source = await opening
    finding?.opened(file, source)
    return source
  }
  const during = async (file: string, read: (source: ByteSource) => Promise<Uint8Array>) => {
    const source = await files.open(whole(file), until, known?.files.get(file))
    try {
      const bytes = await read(source)
      await finding?.closing(file, source)
      return bytes
    } finally {
      await source.close()
    }
  }
  return {
    open,
    read: (file, most) =>
      during(file, async (source) => {
        if (source.size > most) throw new SlideError('SLIDE_TOO_LARGE', `${file} has ${source.size} bytes, more than ${most}`)
        return source.read(0, source.size, until)
      }),
    readPart: (file, from, length) =>
      during(file, (source) => source.read(from < 0 ? Math.max(0, source.size + from) : from, length, until)),
    async list(folder) {
      const found = known?.folders.get(folder)
      const listed = found === undefined ? await files.list(whole(folder), limits.files, until) : found
      finding?.listed(folder, listed)
      return listed
    },
    known: async () => (await finding?.known()) ?? null,
    sibling: (path) => files.beside(uri, kept(shown, path)),
    inside: (path) => files.below(uri, kept(shown, path)),
    opened() {
      until = undefined
      isOpen = true
      finding = null
      opened.length = 0
    },
    closeAll: async () => {
      await Promise.allSettled(opened.map(async (opening) => (await opening).close()))
    },
  }
}

/** The path, when it stays where it begins. */
function kept(uri: string, path: string): string {
  const names = path.split(/[/\\]/)
  const wrong = path === '' || names.some((name) => name === '' || name === '..' || /^[a-z]:$/i.test(name) || name.includes('\0'))
  if (!wrong) return names.join('/')
  throw new SlideError('SLIDE_MALFORMED', `${uri} names the file ${JSON.stringify(path.slice(0, 200))}, which does not lie beside it`)
}
