/** TIAToolbox in the environment of the peers: tried once, and what hindered it is said. */

import { existsSync, writeFileSync } from 'node:fs'
import { dataPath } from './folders.js'
import { canImport, peerPython, tryInstall } from './peers.js'
import { prose } from './table.js'

/** The Python that has TIAToolbox, or null. A failed attempt is not repeated: remove bench/.data/no-toolbox to try again. */
export function toolboxPython(): string | null {
  const python = peerPython()
  if (python === null) return null
  if (canImport(python, 'cpu_torchvision, tiatoolbox.models.engine.patch_predictor')) return python
  const mark = dataPath('no-toolbox')
  if (!existsSync(mark)) {
    prose('installing TIAToolbox with PyTorch into bench/.venv (some gigabytes), once …')
    if (
      tryInstall(python, ['torch', 'torchvision', 'tiatoolbox']) &&
      canImport(python, 'cpu_torchvision, tiatoolbox.models.engine.patch_predictor')
    )
      return python
    writeFileSync(mark, 'TIAToolbox could not be installed\n')
  }
  prose('TIAToolbox is not installed here')
  return null
}
