/** A small drawing in SVG, made of outlines only, turned into RGB rows by sharp. */

import { loadSharp } from '../../codecs/sharp-library.js'
import type { Size } from '../../geometry/region.js'
import type { TextPath } from './text.js'

export interface Raster extends Size {
  readonly data: Uint8Array
}

export async function rasterOf({ width, height }: Size, parts: readonly string[]): Promise<Raster> {
  const sharp = await loadSharp()
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${parts.join('')}</svg>`
  const data = await sharp(Buffer.from(svg)).flatten({ background: '#ffffff' }).removeAlpha().toColourspace('srgb').raw().toBuffer()
  return { width, height, data }
}

export const drawnText = ({ path }: TextPath, x: number, y: number, fill: string): string =>
  `<path transform="translate(${x.toFixed(2)} ${y.toFixed(2)})" fill="${fill}" d="${path}"/>`

export const drawnRect = (x: number, y: number, width: number, height: number, fill: string, radius = 0): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" fill="${fill}"/>`

export const ink = '#1c1b22'
export const faint = '#6b6a75'
export const line = '#dddce3'
