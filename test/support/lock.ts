import { hostname } from 'node:os'

/** What a lock file says; this process holds it unless `over` says otherwise, though not since its own start. */
export const held = (over: object): string =>
  JSON.stringify({ pid: process.pid, host: hostname(), started: 'x', since: '2026-01-01', ...over })
