import { hostname } from 'node:os'
import { ownBirth } from '../../src/flow/birth.js'

/** What a lock file says; this process holds it unless `over` and `born` say otherwise. */
export async function held(over: object, born: object = {}): Promise<string> {
  const birth = await ownBirth()
  return JSON.stringify({ pid: process.pid, host: hostname(), since: '2026-01-01', birth: birth && { ...birth, ...born }, ...over })
}
