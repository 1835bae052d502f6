/** What INFO of a Redis or Valkey says that a queue should know. */

/** Whether it is a node of a cluster. */
export const clusterIn = (info: string): boolean => fieldOf(info, 'redis_mode') === 'cluster' || fieldOf(info, 'cluster_enabled') === '1'

/** What it throws away when its memory is full; undefined where that is nothing, as it should be, or where it is not said. */
export function evictionIn(info: string): string | undefined {
  const policy = fieldOf(info, 'maxmemory_policy')
  return policy === 'noeviction' ? undefined : policy
}

const fieldOf = (info: string, name: string): string | undefined => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]

/** BullMQ and ioredis print these for each of their connections, into a log of JSON as well: they are told once, as what they are. */
export function withoutLibraryWords(): void {
  if (isSilent) return
  isSilent = true
  const { warn } = console
  console.warn = (...words: unknown[]) => {
    if (!/^(IMPORTANT! Eviction policy is|Skipping the ready check because INFO) /.test(String(words[0]))) warn(...words)
  }
}

let isSilent = false
