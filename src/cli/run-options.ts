/** Options of `run` and `work`, and `--log` of whatever tells more than its answer. */

import { type Command, Option } from 'commander'
import { count } from './number-options.js'

/** What the machine is to do at once, and where results for a bucket lie meanwhile. */
export const withCrew = (command: Command): Command =>
  command
    .option(
      '--scratch <folder>',
      'where results for a bucket lie until they are uploaded; default: TIASTREAM_SCRATCH, or a temporary folder',
    )
    .addOption(new Option('--lanes <n>', 'threads that read and infer').argParser(count(512)))
    .addOption(new Option('--slides <n>', 'slides side by side').argParser(count(64)))

export const logOption = (what = 'what to print, on stderr: for people, or one JSON line an event'): Option =>
  new Option('--log <form>', what).choices(['human', 'json']).default('human')
