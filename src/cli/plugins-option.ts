/** `--no-plugins`: for a pipeline file of somebody else. */

import { Option } from 'commander'

/** Gives the flag `plugins`, which is true unless it is given. */
export const noPluginsOption = (): Option =>
  new Option('--no-plugins', 'refuse a pipeline that names plugins, which are code; load none of them')
