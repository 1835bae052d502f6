/** Tells a person what went wrong beside what was asked for. */

import { aside } from './say.js'

export const warnHere = (message: string): void => aside(`warning: ${message}\n`)

/** Of a picture of a slide, of which a part is white: why it could not be read. */
export const warnUnread = (file: string, why: string | undefined): void => {
  if (why !== undefined) warnHere(`${file} is white where the slide cannot be read: ${why}`)
}
