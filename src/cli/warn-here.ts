/** Tells a person what went wrong beside what was asked for. */

export const warnHere = (message: string): void => void process.stderr.write(`warning: ${message}\n`)

/** Of a picture of a slide, of which a part is white: why it could not be read. */
export const warnUnread = (file: string, why: string | undefined): void => {
  if (why !== undefined) warnHere(`${file} is white where the slide cannot be read: ${why}`)
}
