/** The tables of a queue in a PostgreSQL: made once, by whoever may. */

import type { assertSchemaCompatibility, runMigrations } from 'bullmq'
import { succeeds } from '../../core/succeeds.js'

interface Library {
  readonly assertSchemaCompatibility: typeof assertSchemaCompatibility
  readonly runMigrations: typeof runMigrations
}

type Client = Parameters<typeof runMigrations>[0]

/** What a server says to who may not. */
const denied = '42501'

/** Quiet where they are there. Only their owner may change them, be it to what they are: who may use them need not. */
export async function makeTables(library: Library, client: Client): Promise<void> {
  const are = await succeeds(library.assertSchemaCompatibility(client))
  await library.runMigrations(client).catch((error: unknown) => {
    if (!are || (error as { readonly code?: unknown } | null)?.code !== denied) throw error
  })
}
