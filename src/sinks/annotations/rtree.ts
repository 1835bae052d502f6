/**
 * SQLite's R-tree, written as the tables it consists of (sqlite.org/rtree.html, section 6), bottom-up while patches stream by:
 * one open node a level, whatever the number of patches. The module itself is not in the build of SQLite we write with.
 *
 *   rtree_node    nodeno → node:  2 bytes depth (of the tree, in the root: node 1), 2 bytes number of cells, cells of
 *                                 8 bytes id (a row, or a child node) and 4 floats min_x, max_x, min_y, max_y; all big-endian
 *   rtree_rowid   row → its leaf
 *   rtree_parent  node → its parent
 */

import type { Database } from './database.js'

const cellBytes = 8 + 4 * 4
/** SQLite takes at most 51 cells a node, and makes every node that long. */
const mostCells = 51
const nodeBytes = 4 + mostCells * cellBytes

export interface Bounds {
  readonly minX: number
  readonly maxX: number
  readonly minY: number
  readonly maxY: number
}

interface Cell extends Bounds {
  readonly id: number
}

const root = 1

export class RtreeWriter {
  /** The open node of each level, leaves first. */
  readonly #levels: Cell[][] = [[]]
  #nodes = root

  readonly #node
  readonly #rowid
  readonly #parent

  /** Makes the tables, with the statements that TIAToolbox would have used. */
  constructor(database: Database, declaration: string) {
    database.exec(`
      CREATE TABLE "rtree_rowid"(rowid INTEGER PRIMARY KEY,nodeno);
      CREATE TABLE "rtree_node"(nodeno INTEGER PRIMARY KEY,data);
      CREATE TABLE "rtree_parent"(nodeno INTEGER PRIMARY KEY,parentnode);
      PRAGMA writable_schema = ON;`)
    database.run('INSERT INTO sqlite_schema(type, name, tbl_name, rootpage, sql) VALUES (?, ?, ?, 0, ?)', [
      'table',
      'rtree',
      'rtree',
      declaration,
    ])
    database.exec('PRAGMA writable_schema = OFF')
    this.#node = database.prepare('INSERT INTO "rtree_node" VALUES (?, ?)')
    this.#rowid = database.prepare('INSERT INTO "rtree_rowid" VALUES (?, ?)')
    this.#parent = database.prepare('INSERT INTO "rtree_parent" VALUES (?, ?)')
  }

  add(id: number, bounds: Bounds): void {
    this.#push(0, { id, minX: down(bounds.minX), maxX: up(bounds.maxX), minY: down(bounds.minY), maxY: up(bounds.maxY) })
  }

  /** Closes the open nodes; the last one is the root. */
  finish(): void {
    for (let level = 0; ; level++) {
      if (level === this.#levels.length - 1) {
        this.#write(level, root)
        return
      }
      if (this.#levels[level]!.length > 0) this.#close(level)
    }
  }

  /** A full node is closed when the next cell comes, so that the last level never is. */
  #push(level: number, cell: Cell): void {
    this.#levels[level] ??= []
    if (this.#levels[level]!.length === mostCells) this.#close(level)
    this.#levels[level]!.push(cell)
  }

  #close(level: number): void {
    const node = ++this.#nodes
    const cells = this.#levels[level]!
    this.#write(level, node)
    this.#levels[level] = []
    this.#push(level + 1, { id: node, ...around(cells) })
  }

  #write(level: number, node: number): void {
    const cells = this.#levels[level]!
    this.#node.run([node, encode(cells, node === root ? level : 0)])
    const owner = level === 0 ? this.#rowid : this.#parent
    for (const { id } of cells) owner.run([id, node])
  }
}

function encode(cells: readonly Cell[], depth: number): Uint8Array {
  const bytes = new Uint8Array(nodeBytes)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, depth)
  view.setUint16(2, cells.length)
  for (const [i, { id, minX, maxX, minY, maxY }] of cells.entries()) {
    const at = 4 + i * cellBytes
    view.setBigInt64(at, BigInt(id))
    for (const [k, value] of [minX, maxX, minY, maxY].entries()) view.setFloat32(at + 8 + k * 4, value)
  }
  return bytes
}

function around(cells: readonly Cell[]): Bounds {
  let { minX, maxX, minY, maxY } = cells[0]!
  for (const cell of cells) {
    minX = Math.min(minX, cell.minX)
    maxX = Math.max(maxX, cell.maxX)
    minY = Math.min(minY, cell.minY)
    maxY = Math.max(maxY, cell.maxY)
  }
  return { minX, maxX, minY, maxY }
}

/** The nearest float32 that is not above, or not below: the box in the tree holds the patch. */
function down(value: number): number {
  const near = Math.fround(value)
  return near > value ? next(near, -1) : near
}

function up(value: number): number {
  const near = Math.fround(value)
  return near < value ? next(near, 1) : near
}

const bits = new DataView(new ArrayBuffer(4))

/** The float32 beside a finite one: its bits count up away from zero. */
function next(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * 2 ** -149
  bits.setFloat32(0, value)
  bits.setInt32(0, bits.getInt32(0) + (value > 0 === direction > 0 ? 1 : -1))
  return bits.getFloat32(0)
}
