/** The option of sinks that speak of classes. Apart from the answers, which the threads load without zod. */

import { text } from '../../core/options.js'

export const modelOption = () =>
  text().optional().describe('Of several models that are asked, the one that is meant; by default the first that names classes.')
