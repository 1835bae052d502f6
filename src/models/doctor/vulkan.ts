/** What WebGPU lacks on Linux, from what Dawn (its implementation) and the loader of Vulkan print while they look for a GPU. */

import type { WhyNot } from '../session/why-not.js'

type Environment = Readonly<Record<string, string | undefined>>

const drivers = 'Debian: apt install mesa-vulkan-drivers for AMD and Intel, nvidia-vulkan-icd beside the driver for NVIDIA'

/** Null where nothing is recognised. */
export function vulkanLack(printed: string, environment: Environment): WhyNot | null {
  const first = (pattern: RegExp) => pattern.exec(printed)?.[1]
  const library = first(/Couldn't load Vulkan: (.*)/)
  if (library !== undefined)
    return {
      why: `the loader of Vulkan does not load: ${library}`,
      cure: `Vulkan's loader (Debian: apt install libvulkan1), and a driver: ${drivers}`,
    }
  const unreadable = first(/Failed to open JSON file (.*)/)
  const named = namedDrivers(environment)
  if (unreadable !== undefined)
    return { why: `the driver of Vulkan that is named does not exist: ${unreadable}`, cure: named ?? 'install the driver of the GPU again' }
  // The line before it says why.
  const [, why, broken] = /(?:Warning: (.*)\n)?.*Failed loading library associated with ICD JSON (.*?)\.? Ignoring/.exec(printed) ?? []
  if (broken !== undefined)
    return {
      why: `the driver of Vulkan does not load: ${why ?? broken}`,
      cure: named ?? 'install the driver of the GPU again, with what it needs',
    }
  // Every GPU is passed over for a reason of its own, one may lack several things.
  const wanting = [...new Set([...printed.matchAll(/Warning: (Vulkan .* required)\./g)].map(([, said]) => said!))]
  if (wanting.length > 0)
    return {
      why: `a driver of Vulkan is here that cannot do enough: ${wanting.join('; ')}`,
      cure: "a newer driver of the GPU. (Mesa's driver in software, which Debian 12 has, cannot do it, and would be slower than device: cpu)",
    }
  if (/Found no drivers!|VK_ERROR_INCOMPATIBLE_DRIVER/.test(printed))
    return {
      why: 'no driver of Vulkan is here',
      cure: named ?? `the driver of a GPU: ${drivers}; in a container: with its files (/dev/dri)`,
    }
  return null
}

/** Variables that make the loader look nowhere else. */
function namedDrivers(environment: Environment): string | null {
  const set = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'].filter((name) => environment[name])
  return set.length === 0
    ? null
    : `${set.join(' and ')} unset, or naming the file of a driver: it is ${set.map((name) => environment[name]).join(' and ')}`
}
