/** `npm run bench -- NAME [--quick] [--device D] [--networks A,B] [--other FOLDER]`: one benchmark, or `all` of them; prints tables and ratios. Without a name it lists what there is. */

import { parseArgs } from 'node:util'
import type { Asked } from './support/asked.js'
import { machineLine } from './support/machine.js'
import { stopPeers } from './support/peers.js'
import { prose } from './support/table.js'

type Bench = (asked: Asked) => Promise<void>

const benches: Readonly<Record<string, { readonly about: string; readonly load: () => Promise<{ readonly default: Bench }> }>> = {
  reading: {
    about: 'patches/s against OpenSlide, libvips, tifffile, tiffslide, fastslide, geotiff, bare codecs',
    load: () => import('./reading.js'),
  },
  half: { about: 'patches at half the resolution, decode: fast against exact', load: () => import('./half.js') },
  formats: { about: 'MPix/s of every format against OpenSlide on the same file, one worker each', load: () => import('./formats.js') },
  remote: { about: 'slides 30 ms and 1 Gbit/s away, against the link and against the disk', load: () => import('./remote.js') },
  overhead: { about: 'the whole pipeline against bare onnxruntime on batches in memory', load: () => import('./overhead.js') },
  openvino: {
    about: 'of overhead the part by OpenVINO: bfloat16 and int8 on AMX, and a ViT-S',
    load: () => import('./overhead-openvino.js'),
  },
  'end-to-end': { about: 'against TIAToolbox, and against a loop of OpenSlide and PyTorch', load: () => import('./end-to-end.js') },
  memory: { about: 'peak memory against the area of a slide and the number of slides', load: () => import('./memory.js') },
  sinks: { about: 'rows a second into every sink', load: () => import('./sinks.js') },
  huge: { about: 'the exports of a slide of 200,000 patches: memory, and what they cost the run', load: () => import('./huge.js') },
  start: { about: 'how long until the first word and the first patch', load: () => import('./start.js') },
  scaling: { about: 'lanes measured, and many lanes with a GPU on paper', load: () => import('./scaling.js') },
  'main-thread': { about: 'processor time of the main thread a row, with next to no model', load: () => import('./main-thread.js') },
  journal: { about: 'rows a second on a disk that takes 25 ms to flush, with 1 and 4 lanes', load: () => import('./journal.js') },
  valley: { about: 'small slides one after another: how long the lanes stand idle between them', load: () => import('./valley.js') },
  cohort: {
    about: '5,000 slides on 64 workers by simulation, with kills; what 1,000 workers ask of queue and store',
    load: () => import('./cohort.js'),
  },
  gpu: {
    about: 'a device (--device cuda, tensorrt, webgpu, openvino, cpu): model-only and whole runs, busy share, equal bytes',
    load: () => import('./gpu.js'),
  },
  versus: {
    about: 'an earlier version (--other FOLDER) asked the same pipelines: time, processor, memory',
    load: () => import('./versus.js'),
  },
  resample: { about: 'the resampling loops, millisecond by millisecond', load: () => import('./resample.js') },
}

function given() {
  const options = {
    quick: { type: 'boolean', default: false },
    device: { type: 'string' },
    networks: { type: 'string' },
    other: { type: 'string' },
  } as const
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    const [name = 'list', ...more] = positionals
    return { name, more, ...values }
  } catch {
    return null
  }
}

const said = given()
const name = said?.name ?? 'list'
// The one of a device is asked for by its name: on a machine without one it says only that. So is the one that needs another checkout.
const chosen = name === 'all' ? Object.keys(benches).filter((one) => one !== 'gpu' && one !== 'versus') : [name]
if (
  said === null ||
  said.more.length > 0 ||
  (said.device !== undefined && name !== 'gpu') ||
  (said.networks !== undefined && name !== 'gpu' && name !== 'overhead') ||
  (said.other !== undefined && name !== 'versus') ||
  chosen.some((one) => !Object.hasOwn(benches, one))
) {
  prose(
    `npm run bench -- NAME [--quick]\n\n${Object.entries({ ...benches, all: { about: 'one after another, but for gpu and versus' } })
      .map(([one, { about }]) => `  ${one.padEnd(12)} ${about}`)
      .join('\n')}`,
  )
  process.exitCode = said?.name === 'list' ? 0 : 2
} else {
  const { quick, device, networks, other } = said
  const asked: Asked = {
    quick,
    ...(device === undefined ? {} : { device }),
    ...(networks === undefined ? {} : { networks: networks.split(',') }),
    ...(other === undefined ? {} : { other }),
  }
  for (const one of chosen) {
    prose(`\n# ${one}: ${benches[one]!.about}\n${machineLine()}`)
    await (await benches[one]!.load()).default(asked)
    prose(`(at the end: load ${machineLine().split('load ')[1]})`)
  }
  await stopPeers()
}
