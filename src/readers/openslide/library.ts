/**
 * OpenSlide as a shared library, called through koffi: nothing of it comes with tiastream. It is C that reads strangers' files inside this process, so
 * it is used where a pipeline says so, and never in a version with known holes.
 */

import { readFileSync } from 'node:fs'
import { type Koffi, keepLoaded, loadKoffi } from '../../core/native.js'
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

/** Where to find the one that pip installs, in one line. */
export const cure = `pip install openslide-bin, then: export TIASTREAM_OPENSLIDE="$(python3 -c 'import openslide_bin, pathlib; print(*pathlib.Path(openslide_bin.__file__).parent.glob("*openslide*.[sd]*"))')"`

const names: Readonly<Record<string, readonly string[]>> = {
  linux: ['libopenslide.so.1', 'libopenslide.so.0'],
  darwin: ['libopenslide.1.dylib'],
  win32: ['libopenslide-1.dll'],
}

let found: Promise<OpenSlideLibrary | string> | undefined

/** The library, or why there is none, in words. `TIASTREAM_OPENSLIDE` says where it is; without it the system is asked for its names. */
export function openSlideLibrary(): Promise<OpenSlideLibrary | string> {
  found ??= findLibrary(process.env.TIASTREAM_OPENSLIDE)
  return found
}

async function findLibrary(given: string | undefined): Promise<OpenSlideLibrary | string> {
  const koffi = await loadKoffi()
  if (koffi === undefined) return 'the package koffi, which calls it, is not installed'
  for (const name of given ? [given] : (names[process.platform] ?? [])) {
    try {
      const library = bound(koffi, name)
      const hole = holeIn(library.version, given ? null : installedByDebian())
      return hole === null ? library : `OpenSlide ${library.version} (${name}) is not used: ${hole}`
    } catch (error) {
      if (given) return `TIASTREAM_OPENSLIDE=${given} does not load (${error instanceof Error ? error.message : error})`
    }
  }
  return 'OpenSlide is not installed, or the system does not find it'
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
