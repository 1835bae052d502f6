/** Whether a path leads to a folder, also by a link; what cannot be looked at is none. */

import { stat } from 'node:fs/promises'

export const isFolder = (place: string): Promise<boolean> =>
  stat(place).then(
    (facts) => facts.isDirectory(),
    () => false,
  )
