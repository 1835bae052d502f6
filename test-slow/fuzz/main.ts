/** `npm run fuzz -- TARGET SECONDS [SEED]` fuzzes one target; `npm run fuzz -- TARGET FILE` runs one input. Without words: the targets. */

import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Fuzzer } from './fuzz.js'
import { outcomeOf, targets } from './targets.js'

const [name, what = '60', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2)
const target = name === undefined ? undefined : targets[name]
if (name === undefined || target === undefined) {
  console.log(`targets: ${Object.keys(targets).join(', ')}`)
  process.exitCode = name === undefined ? 0 : 2
} else if (existsSync(what)) {
  console.log(await outcomeOf(target, readFileSync(what), await mkdtemp(path.join(tmpdir(), 'tiastream-fuzz-'))))
} else {
  const fuzzer = new Fuzzer()
  const { find, ...told } = await fuzzer.fuzz(name, Number(what), Number(seed), 'fuzz-finds')
  fuzzer.close()
  console.log(JSON.stringify({ target: name, seed: Number(seed), ...told }, null, 2))
  if (find) {
    console.log(`FOUND: ${find.why}\nthe input is in ${find.input}`)
    process.exitCode = 1
  }
}
