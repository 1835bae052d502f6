/** One run at a time may write to an output folder; runs of different shards of the same count may share it. */

import { mkdir, readdir } from 'node:fs/promises'
import path from 'node:path'
import { SinkError } from '../../core/errors.js'
import { type Holder, isMovedAside, livingHolder, type Release, takeLockFile } from '../../flow/lock-file.js'
import { sinkErrorOf } from '../../sinks/common/file.js'

export interface Shard {
  readonly index: number
  readonly count: number
  /** Of tasks: the set they are of; those of another set may have the same slides. */
  readonly set?: string
}

export interface Lock {
  readonly release: Release
}

const nameOf = (shard: Shard | undefined): string =>
  shard ? `lock.${shard.set === undefined ? '' : `${shard.set}.`}${shard.index}-of-${shard.count}` : 'lock'

const shardName = /^lock\.(\w+\.)?(\d+)-of-(\d+)$/

/** True when both runs would work on different slides. */
const apart = (mine: string, other: string): boolean => {
  const a = shardName.exec(mine)
  const b = shardName.exec(other)
  return a !== null && b !== null && a[1] === b[1] && a[3] === b[3] && a[2] !== b[2]
}

/** Takes the lock of the state folder. Throws SinkError OUTPUT_BUSY naming the holder. */
export async function takeLock(folder: string, shard?: Shard): Promise<Lock> {
  await mkdir(folder, { recursive: true })
  const name = nameOf(shard)
  const file = path.join(folder, name)
  const taken = await takeLockFile(file).catch((error: unknown) => {
    throw sinkErrorOf(error, file)
  })
  if ('holder' in taken) throw busy(folder, taken.holder)
  try {
    for (const other of await readdir(folder)) {
      if (!other.startsWith('lock') || other === name || isMovedAside(other) || apart(name, other)) continue
      const holder = await livingHolder(path.join(folder, other))
      if (holder) throw busy(folder, holder)
    }
  } catch (error) {
    await taken.release()
    throw error
  }
  return taken
}

function busy(folder: string, { pid, host, since }: Holder): SinkError {
  return new SinkError('OUTPUT_BUSY', `${path.dirname(folder)} is in use by process ${pid} on ${host} since ${since}`, {
    hint: 'wait for it to end, or give this run another output',
  })
}
