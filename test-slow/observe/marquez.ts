/** A server that takes OpenLineage's events, and openlineage-python to read them. */

import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import { ask, observePython } from '../peers.js'

export async function marquez(t: ExecutionContext) {
  const came: { path: string; key: string | undefined; event: unknown }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    came.push({ path: request.url!, key: request.headers.authorization, event: JSON.parse(body) })
    response.writeHead(201).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => server.close())
  return { came, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** By its classes: throws where an event is none of theirs. */
export const read = async (folder: string, events: readonly unknown[]) => {
  const file = path.join(folder, 'events.json')
  await writeFile(file, JSON.stringify(events))
  return (await ask(await observePython(), 'test-slow/observe/read_lineage.py', [file])) as {
    type: string
    job: string
    facets: string[]
    columns: string[]
    inputs: string[]
    rows: number[]
  }[]
}
