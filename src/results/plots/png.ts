/** A plot as PNG, twice as sharp as the screen's pixels, its text as outlines: for slides and papers. */

import { pngOfSvg } from '../pictures.js'
import { outlined } from './letters.js'

export const pngOf = async (svg: string): Promise<Buffer> => pngOfSvg(await outlined(svg))
