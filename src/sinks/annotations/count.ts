/** How many annotations a finished store holds. */

import { guarded, openDatabase } from './database.js'

export default async function countRows(path: string): Promise<number> {
  const database = openDatabase(path)
  try {
    return guarded(path, () => Number(database.get('SELECT count(*) AS rows FROM annotations')!.rows))
  } finally {
    database.close()
  }
}
