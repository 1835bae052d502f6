/** TIAToolbox in the environment of the peers: tried once, and what hindered it is said. */

import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { dataPath } from './folders.js'
import { canImport, peerPython, tryInstall } from './peers.js'
import { prose } from './table.js'

const predictor = 'torchvision, tiatoolbox.models.engine.patch_predictor'

/**
 * TIAToolbox caps PyTorch, and where only a newer one is at hand pip searches without end. So PyTorch comes first, whichever there is; then
 * TIAToolbox without its requirements; then those, read from its own metadata, but PyTorch.
 */
const requirements = `
import importlib.metadata, re
for line in importlib.metadata.requires("tiatoolbox"):
    if not re.match(r"torch(vision)?\\b", line) and "extra ==" not in line: print(line.split(";")[0])
`

/** The Python that has TIAToolbox, or null. A failed attempt is not repeated: remove bench/.data/no-toolbox to try again. */
export function toolboxPython(): string | null {
  const python = peerPython()
  if (python === null) return null
  if (canImport(python, predictor)) return python
  const mark = dataPath('no-toolbox')
  if (!existsSync(mark)) {
    prose('installing TIAToolbox with PyTorch into bench/.venv (some gigabytes), once …')
    if (installToolbox(python)) return python
    writeFileSync(mark, 'TIAToolbox could not be installed\n')
  }
  prose('TIAToolbox is not installed here')
  return null
}

function installToolbox(python: string): boolean {
  if (!tryInstall(python, ['torch', 'torchvision']) || !tryInstall(python, ['--no-deps', 'tiatoolbox'])) return false
  const needed = execFileSync(python, ['-c', requirements], { encoding: 'utf8' }).trim().split('\n')
  return tryInstall(python, needed) && canImport(python, predictor)
}
