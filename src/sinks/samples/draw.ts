/** Which rows are shown: those with the smallest seeded hash of their index, so the choice needs one pass and depends on nothing else. */

interface Ticket<T> {
  readonly hash: number
  readonly index: number
  readonly drawn: T
}

export interface Drawing<T> {
  /** The row of this index. */
  add(index: number, group: number, drawn: T): void
  /** The chosen ones in the order of the grid. */
  chosen(): readonly T[]
}

/** Keeps `count` rows of all, or `count` rows over the groups as evenly as they allow (holding up to `count` of each). */
export function drawing<T>(count: number, seed: number, byGroup: boolean): Drawing<T> {
  const groups = new Map<number, Ticket<T>[]>()
  return {
    add(index, group, drawn) {
      const key = byGroup ? group : 0
      const tickets = groups.get(key) ?? []
      groups.set(key, tickets)
      insert(tickets, { hash: hashOf(index, seed), index, drawn }, count)
    },
    chosen() {
      const chosen: Ticket<T>[] = []
      const lines = [...groups.entries()].sort(([a], [b]) => a - b).map(([, tickets]) => tickets)
      for (let rank = 0; chosen.length < count && lines.some((tickets) => tickets.length > rank); rank++) {
        for (const tickets of lines) {
          const ticket = tickets[rank]
          if (ticket && chosen.length < count) chosen.push(ticket)
        }
      }
      return chosen.sort((a, b) => a.index - b.index).map(({ drawn }) => drawn)
    },
  }
}

function insert<T>(tickets: Ticket<T>[], ticket: Ticket<T>, most: number): void {
  if (tickets.length === most && tickets.at(-1)!.hash <= ticket.hash) return
  const at = tickets.findIndex(({ hash }) => hash > ticket.hash)
  tickets.splice(at < 0 ? tickets.length : at, 0, ticket)
  if (tickets.length > most) tickets.pop()
}

/** A 32-bit mix of index and seed. */
function hashOf(index: number, seed: number): number {
  let h = (Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b)) | 0
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d)
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b)
  return (h ^ (h >>> 16)) >>> 0
}
