/**
 * OpenSlide as a shared library, called through koffi: nothing of it comes with tiastream. It is C that reads strangers' files inside this process, so
 * it is used where a pipeline says so, and never in a version with known holes.
 */

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { type Koffi, keepLoaded, loadKoffi } from '../../core/host/native.js'
import { type Environment, pythonFolders } from '../../core/host/python-folders.js'
import { holeIn } from './versions.js'

/** The functions of openslide.h that are used, by its names without `openslide_`. */
export interface OpenSlideLibrary {
  /** As it was loaded: a path, or a name that the system knows. */
  readonly place: string
  readonly version: string
  detect_vendor(path: string): string | null
  open(path: string): unknown
  close(slide: unknown): void
  /** What went wrong; from then on the slide gives nothing but this. */
  get_error(slide: unknown): string | null
  get_level_count(slide: unknown): number
  get_level_dimensions(slide: unknown, level: number, width: BigInt64Array, height: BigInt64Array): void
  get_level_downsample(slide: unknown, level: number): number
  get_property_value(slide: unknown, name: string): string | null
  read_region(slide: unknown, argb: Uint32Array, x: number, y: number, level: number, width: number, height: number): void
  associated_names(slide: unknown): readonly string[]
  get_associated_image_dimensions(slide: unknown, name: string, width: BigInt64Array, height: BigInt64Array): void
  read_associated_image(slide: unknown, name: string, argb: Uint32Array): void
  /** Decoded tiles it keeps for a slide, in bytes. Before version 4 it cannot be told. */
  keep(slide: unknown, bytes: number): void
}

/** How one gets it, in one line. */
export const cure =
  'pip install openslide-bin, in a Python environment that is active; or let the environment say TIASTREAM_OPENSLIDE=<the library itself>'

/** By their names the system finds those that it installed. */
const names: Readonly<Record<string, readonly string[]>> = {
  linux: ['libopenslide.so.1', 'libopenslide.so.0'],
  darwin: ['libopenslide.1.dylib'],
  win32: ['libopenslide-1.dll'],
}

let found: Promise<OpenSlideLibrary | string> | undefined

/**
 * The library, or why there is none, in words: the one that `TIASTREAM_OPENSLIDE` names and no other; else what `pip install openslide-bin` has
 * put into a Python that is found, and what the system knows by name.
 */
export function openSlideLibrary(): Promise<OpenSlideLibrary | string> {
  found ??= findLibrary(process.env)
  return found
}

async function findLibrary(environment: Environment): Promise<OpenSlideLibrary | string> {
  const koffi = await loadKoffi()
  if (koffi === undefined) return 'the package koffi, which calls it, is not installed'
  const given = environment.TIASTREAM_OPENSLIDE
  if (given) return loaded(koffi, given, null, (why) => `TIASTREAM_OPENSLIDE=${given} does not load (${why})`)
  const own = names[process.platform] ?? []
  let said = 'OpenSlide is not installed, or the system does not find it'
  for await (const file of inPythons(environment, own)) {
    const library = loaded(koffi, file, null, (why) => `${file} does not load (${why})`)
    if (typeof library !== 'string') return library
    said = library
  }
  for (const name of own) {
    const library = loaded(koffi, name, installedByDebian(), () => said)
    if (typeof library !== 'string') return library
    said = library
  }
  return said
}

async function* inPythons(environment: Environment, own: readonly string[]): AsyncGenerator<string> {
  for await (const packages of pythonFolders(environment)) {
    for (const name of own) {
      const file = path.join(packages, 'openslide_bin', name)
      if (existsSync(file)) yield file
    }
  }
}

function loaded(koffi: Koffi, place: string, debian: string | null, absent: (why: string) => string): OpenSlideLibrary | string {
  try {
    const library = bound(koffi, place)
    const hole = holeIn(library.version, debian)
    return hole === null ? library : `OpenSlide ${library.version} (${place}) is not used: ${hole}`
  } catch (error) {
    return absent(error instanceof Error ? error.message : String(error))
  }
}

/** The version of Debian's package, whose library does not tell that holes were mended. */
function installedByDebian(): string | null {
  try {
    const status = readFileSync('/var/lib/dpkg/status', 'utf8')
    return /^Package: libopenslide0\n(?:.+\n)*?Version: (.+)$/m.exec(status)?.[1] ?? null
  } catch {
    return null
  }
}

function bound(koffi: Koffi, place: string): OpenSlideLibrary {
  const library = koffi.load(place)
  keepLoaded(koffi, place)
  const bind = (result: string, name: string, ...given: string[]) =>
    library.func(`${result} openslide_${name}(${given.join(', ')})`) as unknown as (...given: unknown[]) => never
  const whole = ['void *slide', 'int32_t level', 'int64_t *w', 'int64_t *h']
  const ofName = ['void *slide', 'const char *name', 'int64_t *w', 'int64_t *h']
  const namesOf = bind('void *', 'get_associated_image_names', 'void *slide')
  // Both take a void* of their own; neither was there before version 4.
  const cache = optional(() => ({
    create: bind('void *', 'cache_create', 'size_t bytes'),
    set: bind('void', 'set_cache', 'void *slide', 'void *cache'),
    release: bind('void', 'cache_release', 'void *cache'),
  }))
  return {
    place,
    version: bind('const char *', 'get_version')(),
    detect_vendor: bind('const char *', 'detect_vendor', 'const char *path'),
    open: bind('void *', 'open', 'const char *path'),
    close: bind('void', 'close', 'void *slide'),
    get_error: bind('const char *', 'get_error', 'void *slide'),
    get_level_count: bind('int32_t', 'get_level_count', 'void *slide'),
    get_level_dimensions: bind('void', 'get_level_dimensions', ...whole),
    get_level_downsample: bind('double', 'get_level_downsample', 'void *slide', 'int32_t level'),
    get_property_value: bind('const char *', 'get_property_value', 'void *slide', 'const char *name'),
    read_region: bind(
      'void',
      'read_region',
      ...['void *slide', 'uint32_t *argb', 'int64_t x', 'int64_t y', 'int32_t level', 'int64_t w', 'int64_t h'],
    ),
    associated_names: (slide) => textsAt(koffi, namesOf(slide)),
    get_associated_image_dimensions: bind('void', 'get_associated_image_dimensions', ...ofName),
    read_associated_image: bind('void', 'read_associated_image', 'void *slide', 'const char *name', 'uint32_t *argb'),
    keep: (slide, bytes) => {
      if (cache === undefined) return
      const own: unknown = cache.create(bytes)
      cache.set(slide, own)
      cache.release(own)
    },
  }
}

function optional<T>(bind: () => T): T | undefined {
  try {
    return bind()
  } catch {
    return undefined
  }
}

/** A slide has three pictures beside it, or five. */
const MOST_NAMES = 64

/** An array of texts that ends with none. */
function textsAt(koffi: Koffi, pointer: unknown): readonly string[] {
  const texts: string[] = []
  for (let i = 0; pointer && i < MOST_NAMES; i++) {
    const text = koffi.decode(pointer, i * koffi.sizeof('void *'), 'str') as string | null
    if (text === null) break
    texts.push(text)
  }
  return texts
}
