/** Which sinks of a pipeline are opened in a helper: those of tiastream itself that draw. */

import { defaultEnvironment } from './default.js'
import type { Environment } from './environment.js'
import { draws } from './in-helpers.js'

export const isApart = ({ sinks }: Pick<Environment, 'sinks'>, name: string): boolean =>
  draws(name) && sinks[name] === defaultEnvironment.sinks[name]
