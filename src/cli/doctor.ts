/** `tiastream doctor`: tries every part for real and says how to cure what does not work. */

import { Command } from 'commander'
import { type Check, diagnose, type Finding } from '../models/doctor/doctor.js'
import { answer } from './say.js'

export function doctorCommand(more: readonly Check[] = []): Command {
  return new Command('doctor')
    .description('try the runtime, every device and codec; say what works, and how to cure what does not')
    .option('--json', 'print one JSON line for each finding', false)
    .action(async ({ json }: { readonly json: boolean }) => {
      let broken = false
      for await (const finding of diagnose(more)) {
        broken ||= finding.needed && !finding.ok
        answer(json ? `${JSON.stringify(finding)}\n` : findingText(finding))
      }
      // Something that every run needs does not work.
      if (broken) process.exitCode = 3
    })
}

/** Two lines at most: what was found, and the cure. */
function findingText({ what, ok, detail, cure, needed }: Finding): string {
  const mark = ok ? '✓' : needed ? '✗' : '–'
  const [first] = detail.split('\n')
  const line = `${mark} ${what.padEnd(18)} ${ok ? first : `does not work: ${first}`}\n`
  return ok || cure === undefined || cure === '' ? line : `${line}  ${''.padEnd(18)} ${needed ? 'cure' : 'needs'}: ${cure}\n`
}
