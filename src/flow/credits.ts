/**
 * Credits: how many jobs each lane may have been given that are not answered for. Whoever has a job waits here for a credit of a lane, so
 * that a job which waits holds nothing yet, and whoever is slower than the lanes makes them wait.
 *
 * Which job is next: one of the line that came first (the older slide, so that slides end one after another and the next is at work while
 * one ends); in a line one that is meant for the lane, in order. A lane that has nothing at hand takes over the last job of the lane for
 * which most are waiting: what two lanes do next to each other then has one border between them.
 */

interface Waiting {
  readonly signal: AbortSignal
  readonly begin: (lane: number) => void
  readonly refuse: (why: unknown) => void
}

export class Credits {
  /** Per lane. */
  private readonly spent: number[]
  /** Per line, the oldest first, and in it per lane. */
  private readonly lines = new Map<string, Waiting[][]>()
  private sharing = false

  constructor(
    lanes: number,
    /** Of each lane. */
    private readonly each: number,
  ) {
    this.spent = Array.from({ length: lanes }, () => 0)
  }

  /**
   * Does a job of a line that is meant for a lane, once there is a credit, and holds the credit until its work is done. `work` is told the
   * lane that it fell to. What is still waiting when the signal aborts is never begun.
   */
  async spend<T>(line: string, lane: number, work: (lane: number) => Promise<T>, signal: AbortSignal): Promise<T> {
    const given = await new Promise<number>((begin, refuse) => {
      this.lineOf(line)[lane]!.push({ signal, begin, refuse })
      this.grant(lane)
      this.share()
    })
    try {
      return await work(given)
    } finally {
      this.spent[given]!--
      this.grant(given)
    }
  }

  /** The line has ended, or was given up: a job of its name that comes later is the youngest. */
  end(line: string): void {
    for (const { refuse, signal } of this.lines.get(line)?.flat() ?? []) refuse(signal.reason)
    this.lines.delete(line)
  }

  private lineOf(name: string): Waiting[][] {
    const line = this.lines.get(name) ?? this.spent.map(() => [])
    this.lines.set(name, line)
    return line
  }

  private grant(lane: number): void {
    while (this.spent[lane]! < this.each) {
      const next = this.nextFor(lane)
      if (!next) return
      if (next.signal.aborted) next.refuse(next.signal.reason)
      else {
        this.spent[lane]!++
        next.begin(lane)
      }
    }
  }

  private nextFor(lane: number): Waiting | undefined {
    for (const line of this.lines.values()) {
      const own = line[lane]!.shift()
      if (own) return own
      if (this.spent[lane]! > 0) continue
      const other = line.toSorted((a, b) => b.length - a.length)[0]!.pop()
      if (other) return other
    }
    return undefined
  }

  /** Once those who are handing out jobs right now have handed out all: a lane's own jobs come first. */
  private share(): void {
    if (this.sharing) return
    this.sharing = true
    queueMicrotask(() => {
      this.sharing = false
      for (const [lane, spent] of this.spent.entries()) if (spent === 0) this.grant(lane)
    })
  }
}
