/** What the environment says of who asks. */

import { SlideError } from '../../core/errors.js'

/** Where the process says who asks. */
export type Surroundings = Readonly<Record<string, string | undefined>>

/** Without what stands around it: a secret of Kubernetes that `echo` has made ends in a line break, which is no part of it. Undefined where nothing is said. */
export const said = (env: Surroundings, name: string): string | undefined => env[name]?.trim() || undefined

/** The same of what goes into a header as it is. Throws SlideError, which does not hold it. */
export function saidInHeader(env: Surroundings, name: string): string | undefined {
  const value = said(env, name)
  if (value === undefined || /^[\x20-\x7e]+$/.test(value)) return value
  throw new SlideError('SLIDE_FORBIDDEN', `${name} holds a line break or a letter that no header may have`, {
    hint: 'is it one secret alone, as whoever gave it wrote it?',
  })
}
