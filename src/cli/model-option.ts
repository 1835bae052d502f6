/** `--model name`: of several models that a table speaks of, the one to look at. */

import { Option } from 'commander'

export const modelOption = (): Option =>
  new Option('--model <name>', 'of several models, the one to look at; default: the first that names classes')
