/** The picture with the colours that are wanted: where it is, and how large it may be. */

import path from 'node:path'
import { isAddress } from '../../core/address.js'

/** A relative one starts in `folder`, that of the pipeline. */
export const targetIn = (target: string, folder: string): string => (isAddress(target) ? target : path.resolve(folder, target))

/** As many pixels as tell what a slide looks like; each lane looks at all of them. */
export const mostTargetPixels = 2 ** 22
