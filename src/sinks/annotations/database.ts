/** SQLite's doorway: a database written from nothing to a plain file. */

import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Database as SqliteDatabase, Statement } from 'node-sqlite3-wasm'
import { SinkError } from '../../core/errors.js'
import { sinkErrorOf } from '../common/file.js'

export type Database = Pick<SqliteDatabase, 'exec' | 'run' | 'get' | 'all' | 'prepare'> & {
  /** Lets go of the file, whatever went wrong before. Once more does nothing. */
  close(): void
}

const require = createRequire(import.meta.url)

/** Loaded when first used: it compiles a megabyte of WebAssembly. */
const sqlite = () => require('node-sqlite3-wasm') as typeof import('node-sqlite3-wasm')

/** A database in an empty file. Nothing is journaled: an unfinished file is thrown away, and `sync` comes at the end. */
export function createDatabase(path: string): Database {
  return guarded(path, () => {
    // A killed process leaves its lock, a folder, behind.
    rmSync(`${path}.lock`, { recursive: true, force: true })
    const database = closing(new (sqlite().Database)(path))
    try {
      database.exec('PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192')
      return database
    } catch (error) {
      database.close()
      throw error
    }
  })
}

export const openDatabase = (path: string): Database => guarded(path, () => closing(new (sqlite().Database)(path, { readOnly: true })))

/** A statement that is not finalized keeps the file open, and with it the room of a file that is removed; one that failed says so once more when it is. */
function closing(database: SqliteDatabase): Database {
  const statements: Statement[] = []
  return {
    exec: (sql) => database.exec(sql),
    run: (sql, values) => database.run(sql, values),
    get: (sql, values) => database.get(sql, values),
    all: (sql, values) => database.all(sql, values),
    prepare(sql) {
      const statement = database.prepare(sql)
      statements.push(statement)
      return statement
    },
    close() {
      for (const statement of statements.splice(0)) {
        try {
          statement.finalize()
        } catch {}
      }
      if (database.isOpen) database.close()
    },
  }
}

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
