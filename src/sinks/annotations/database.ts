/** SQLite's doorway: a database written from nothing to a plain file. */

import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Database as SqliteDatabase } from 'node-sqlite3-wasm'
import { SinkError } from '../../core/errors.js'
import { sinkErrorOf } from '../common/file.js'

export type Database = SqliteDatabase

const require = createRequire(import.meta.url)

/** Loaded when first used: it compiles a megabyte of WebAssembly. */
const sqlite = () => require('node-sqlite3-wasm') as typeof import('node-sqlite3-wasm')

/** A database in an empty file. Nothing is journaled: an unfinished file is thrown away, and `sync` comes at the end. */
export function createDatabase(path: string): Database {
  return guarded(path, () => {
    // A killed process leaves its lock, a folder, behind.
    rmSync(`${path}.lock`, { recursive: true, force: true })
    const database = new (sqlite().Database)(path)
    database.exec('PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192')
    return database
  })
}

export const openDatabase = (path: string): Database => guarded(path, () => new (sqlite().Database)(path, { readOnly: true }))

/** SQLite only says "disk I/O error": what the disk says is asked of it. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof SinkError) throw error
    throw sinkErrorOf((/disk I\/O error|full/.test((error as Error).message) && refusal(path)) || error, path)
  }
}

/** What the disk says to some more bytes behind those of a file that is thrown away; undefined where it takes them. */
function refusal(path: string): unknown {
  try {
    const file = openSync(path, 'a')
    try {
      writeSync(file, new Uint8Array(65_536))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    return undefined
  } catch (error) {
    return error
  }
}
