/**
 * Text as SVG outlines, set in Inter from its package: a picture looks the same on a server without a single font. Letters
 * are looked for in Inter's subsets in turn (Latin, Greek, Cyrillic …); one that Inter lacks becomes a box.
 */

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import opentype, { type Font, type Glyph, type PathCommand } from 'opentype.js'

export type Weight = 400 | 600

export interface TextPath {
  /** Advance width in pixels. */
  readonly width: number
  /** Path data with the origin at the start of the baseline. */
  readonly path: string
}

const subsets = ['latin', 'latin-ext', 'greek', 'cyrillic', 'greek-ext', 'cyrillic-ext', 'vietnamese'] as const
const require = createRequire(import.meta.url)
const fonts = new Map<string, Promise<Font>>()

function fontOf(subset: string, weight: Weight): Promise<Font> {
  const name = `inter-${subset}-${weight}-normal.woff`
  let font = fonts.get(name)
  if (!font) {
    font = readFile(require.resolve(`@fontsource/inter/files/${name}`)).then((b) =>
      opentype.parse(b.buffer.slice(b.byteOffset, b.byteOffset + b.length)),
    )
    fonts.set(name, font)
  }
  return font
}

/** One line of text, `size` pixels high. Letter by letter with kerning: opentype.js cannot apply all of Inter's substitutions. */
export async function textPath(text: string, size: number, weight: Weight = 400): Promise<TextPath> {
  let width = 0
  let path = ''
  let before: { readonly font: Font; readonly glyph: Glyph } | undefined
  for (const letter of text) {
    const font = await fontWith(letter, weight)
    const glyph = font.charToGlyph(letter)
    const em = size / font.unitsPerEm
    if (before?.font === font) width += font.getKerningValue(before.glyph, glyph) * em
    path += pathData(glyph.getPath(width, 0, size).commands)
    width += glyph.advanceWidth * em
    before = { font, glyph }
  }
  return { width, path }
}

/** Written out here: opentype.js runs `4.83` and `-0.001` together into `4.830`. */
function pathData(commands: readonly PathCommand[]): string {
  return commands
    .map(
      ({ type, x1, y1, x2, y2, x, y }) =>
        `${type}${[x1, y1, x2, y2, x, y]
          .filter((v) => v !== undefined)
          .map((v) => v.toFixed(2))
          .join(' ')}`,
    )
    .join('')
}

/** Shortened with an ellipsis until it fits. */
export async function fittedText(text: string, size: number, weight: Weight, room: number): Promise<TextPath> {
  let laid = await textPath(text, size, weight)
  for (let letters = [...text]; laid.width > room && letters.length > 1; ) {
    letters = letters.slice(0, -1)
    laid = await textPath(`${letters.join('').trimEnd()}…`, size, weight)
  }
  return laid
}

/** Whether there is a letter of it that becomes a box. */
export async function hasBoxes(text: string): Promise<boolean> {
  for (const letter of text) if ((await fontWith(letter, 400)).charToGlyph(letter).index === 0) return true
  return false
}

async function fontWith(letter: string, weight: Weight): Promise<Font> {
  for (const subset of subsets) {
    const font = await fontOf(subset, weight)
    if (font.charToGlyph(letter).index > 0) return font
  }
  return fontOf('latin', weight)
}
