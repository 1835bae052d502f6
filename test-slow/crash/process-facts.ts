/** What the system tells of another process (Linux); undefined when it is gone, or elsewhere. */

import { readFileSync } from 'node:fs'

/** Resident bytes. */
export function rssBytes(pid: number): number | undefined {
  const pages = fieldsOf(`/proc/${pid}/statm`)?.[1]
  return pages === undefined ? undefined : Number(pages) * 4096
}

/** Processor time so far, of all its threads. */
export function cpuSeconds(pid: number): number | undefined {
  // Fields 14 and 15 are user and system time in hundredths; the name in field 2 may hold spaces and brackets.
  const fields = fieldsOf(`/proc/${pid}/stat`, /^.*\) /s)
  return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) / 100
}

function fieldsOf(file: string, before = /^/): string[] | undefined {
  try {
    return readFileSync(file, 'utf8').replace(before, '').split(' ')
  } catch {
    return undefined
  }
}
