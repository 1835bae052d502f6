import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { inflateSync } from 'node:zlib'
import test from 'ava'
import countRows from '../../../src/sinks/annotations/count.js'
import { createDatabase, type Database, openDatabase } from '../../../src/sinks/annotations/database.js'
import { predictionColumns, predictions, temporary, writeTable } from '../tables.js'

/** Rows whose box in the tree meets a rectangle: walks the nodes from the root as SQLite does. Throws when a child sticks out. */
function search(database: Database, [x0, y0, x1, y1]: readonly [number, number, number, number]): number[] {
  const nodeOf = (node: number) => {
    const { data } = database.get('SELECT data FROM rtree_node WHERE nodeno = ?', [node]) as { data: Uint8Array }
    if (data.length !== 1228) throw new Error(`a node of ${data.length} bytes`)
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
    const cells = Array.from({ length: view.getUint16(2) }, (_, i) => {
      const at = 4 + i * 24
      const box = [0, 4, 8, 12].map((k) => view.getFloat32(at + 8 + k)) as [number, number, number, number]
      return { id: Number(view.getBigInt64(at)), box }
    })
    return { depth: view.getUint16(0), cells }
  }
  const found: number[] = []
  const visit = (node: number, depth: number, around: readonly number[]) => {
    for (const { id, box } of nodeOf(node).cells) {
      const [minX, maxX, minY, maxY] = box
      if (minX < around[0]! || maxX > around[1]! || minY < around[2]! || maxY > around[3]!)
        throw new Error(`node ${node} does not hold ${id}`)
      if (depth > 0) {
        const { parentnode } = database.get('SELECT parentnode FROM rtree_parent WHERE nodeno = ?', [id]) as { parentnode: number }
        if (parentnode !== node) throw new Error(`node ${id} names ${parentnode} its parent`)
        if (minX <= x1 && maxX >= x0 && minY <= y1 && maxY >= y0) visit(id, depth - 1, box)
      } else {
        const { nodeno } = database.get('SELECT nodeno FROM rtree_rowid WHERE rowid = ?', [id]) as { nodeno: number }
        if (nodeno !== node) throw new Error(`row ${id} names ${nodeno} its leaf`)
        if (minX <= x1 && maxX >= x0 && minY <= y1 && maxY >= y0) found.push(id)
      }
    }
  }
  visit(1, nodeOf(1).depth, [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
  return found.sort((a, b) => a - b)
}

// 51 cells a node: one leaf, one leaf and a cell, two levels, three levels.
for (const count of [0, 1, 51, 52, 2601, 2602, 6000]) {
  test(`${count} patches: every one is found where it lies`, async (t) => {
    const file = path.join(await temporary(t), 'x.db.partial')
    await writeTable('annotations', file, predictionColumns, predictions(count))
    t.is(await countRows(file), count)
    const database = openDatabase(file)
    t.teardown(() => database.close())
    // One lock for all that is read: each is a folder made and removed.
    database.exec('BEGIN')
    const rows = [...predictions(count)]
    for (const [x0, y0, x1, y1] of [
      [0, 0, 1e9, 1e9],
      [1000, 500, 3000, 1500],
      [448, 448, 448, 448],
      [-10, -10, -1, -1],
    ] as const) {
      const expected = rows.flatMap(({ base_x: bx, base_y: by }, i) =>
        Number(bx) <= x1 && Number(bx) + 448 >= x0 && Number(by) <= y1 && Number(by) + 448 >= y0 ? [i + 1] : [],
      )
      t.deepEqual(search(database, [x0, y0, x1, y1]), expected)
    }
  })
}

test('boxes between two floats are rounded outward', async (t) => {
  const file = path.join(await temporary(t), 'x.db')
  const rows = [...predictions(3)].map((row, i) => ({ ...row, base_x: 100_000_000.3 + i, base_y: -0.1 * i, base_w: 0.1, base_h: 0.7 }))
  await writeTable('annotations', file, predictionColumns, rows)
  const database = openDatabase(file)
  t.teardown(() => database.close())
  for (const [i, { base_x: bx, base_y: by, base_w: bw, base_h: bh }] of rows.entries()) {
    const found = search(database, [bx, by, bx + bw, by + bh])
    t.true(found.includes(i + 1))
  }
})

test('an annotation holds polygon, centre, area and properties', async (t) => {
  const file = path.join(await temporary(t), 'x.db')
  await writeTable('annotations', file, predictionColumns, predictions(50))
  const database = openDatabase(file)
  t.teardown(() => database.close())
  const all = database.all('SELECT * FROM annotations ORDER BY id') as Record<string, unknown>[]
  const rows = [...predictions(50)]
  for (const [i, { id, key, objtype, cx, cy, area, geometry, properties }] of all.entries()) {
    const row = rows[i]!
    t.deepEqual(
      [id, key, objtype, cx, cy, area],
      [i + 1, String(i), 'Polygon', Number(row.base_x) + 224, Number(row.base_y) + 224, 448 * 448],
    )
    const wkb = inflateSync(geometry as Uint8Array)
    t.deepEqual([wkb.length, wkb.readUInt8(0), wkb.readUInt32LE(1), wkb.readUInt32LE(5), wkb.readUInt32LE(9)], [93, 1, 3, 1, 5])
    const said = JSON.parse(properties as string)
    t.is(said.type ?? null, row.class as string | null)
    t.is(said.status, row.status === 'ok' ? undefined : 'unreadable')
    if (row.class !== null) t.is(Math.fround(said['prob_Stroma, "loose"']), row.prob_Stroma_loose as number)
  }
  const metadata = database.all('SELECT key, value FROM metadata') as { key: string; value: string }[]
  t.deepEqual(
    metadata.slice(0, 3).map(({ key, value }) => [key, JSON.parse(value)]),
    [
      ['version', '1.0.1'],
      ['compression', 'zlib'],
      ['compression_level', 9],
    ],
  )
})

test('what an earlier attempt left, its lock too, is in nobody’s way; the bytes are the same every time', async (t) => {
  const folder = await temporary(t)
  const files = ['a', 'b'].map((name) => path.join(folder, name))
  await writeFile(files[1]!, 'not a database')
  await mkdir(`${files[1]!}.lock`)
  for (const file of files) await writeTable('annotations', file, predictionColumns, predictions(600))
  t.true((await readFile(files[0]!)).equals(await readFile(files[1]!)))
  t.false(existsSync(`${files[1]!}.lock`))
})

const linux = process.platform === 'linux' ? test : test.skip
linux('a database is closed also after a statement has failed: what keeps a removed file open keeps its room', async (t) => {
  const file = path.join(await temporary(t), 'x.db')
  const database = createDatabase(file)
  database.exec('CREATE TABLE a (b UNIQUE)')
  const insert = database.prepare('INSERT INTO a VALUES (?)')
  insert.run([1])
  t.throws(() => insert.run([1]), { message: /UNIQUE/ })
  database.close()
  database.close()
  const open = readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(file)
    } catch {
      return false
    }
  })
  t.deepEqual(open, [])
})
