/** How busy the devices of a run are, and where its blocks of patches wait. Plain sums: nothing here grows with a slide or with their number. */

/** Of one device. */
export interface DeviceUse {
  /** `cuda:0`; of the lanes, `cpu`. */
  readonly device: string
  readonly sessions: number
  readonly patches: number
  /** Share of the time since the threads were ready in which it computed; of the lanes, of all of them together. 0 to 1. */
  readonly busy: number
}

/** Milliseconds that a block waited, as a mean over all blocks. */
export interface Waits {
  /** For a lane that reads it (and, where it has the model, asks it). */
  readonly lanes: number
  /** Read, for the device; 0 where the lanes ask the model. */
  readonly device: number
  /** Answered, for those before it, so that rows come in order. */
  readonly merge: number
}

export class Usage {
  private readonly devices = new Map<string, { sessions: number; patches: number; readonly busy: Union }>()
  private readonly waited = { lanes: 0, device: 0, merge: 0 }
  private blocks = 0
  private inferMs = 0
  private inferred = 0
  private began: number | undefined

  constructor(
    /** Told what the screen should show. */
    readonly warn: (message: string) => void = () => undefined,
  ) {}

  /** The threads are ready: from here on a device that does nothing is idle. */
  start(): void {
    this.began ??= performance.now()
  }

  /** A further session of a device. */
  seat(name: string): void {
    const device = this.devices.get(name) ?? { sessions: 0, patches: 0, busy: new Union() }
    device.sessions++
    this.devices.set(name, device)
  }

  /** Runs of a device: from, to, from, to …, in milliseconds since 1970. */
  ran(name: string, times: readonly number[], patches: number): void {
    const device = this.devices.get(name)
    if (!device) return
    device.patches += patches
    for (let i = 0; i + 1 < times.length; i += 2) device.busy.add(times[i]!, times[i + 1]!)
  }

  /** A lane asked the model itself. */
  inLane(ms: number, patches: number): void {
    this.inferMs += ms
    this.inferred += patches
  }

  /** A block was answered, and waited so long for what. */
  block(waited: Omit<Waits, 'merge'>): void {
    this.blocks++
    this.waited.lanes += waited.lanes
    this.waited.device += waited.device
  }

  /** Answers of a block waited so long for those before them. */
  merged(ms: number): void {
    this.waited.merge += ms
  }

  summary(lanes: number, ofLanes = 'cpu'): { readonly devices: readonly DeviceUse[]; readonly waits: Waits } {
    const ms = Math.max(1, performance.now() - (this.began ?? 0))
    const share = (busy: number) => Number(Math.min(1, busy / ms).toFixed(4))
    const own = [...this.devices].map(([device, { sessions, patches, busy }]) => ({ device, sessions, patches, busy: share(busy.length) }))
    const here = { device: ofLanes, sessions: lanes, patches: this.inferred, busy: share(this.inferMs / lanes) }
    const mean = (sum: number) => Number((sum / Math.max(1, this.blocks)).toFixed(2))
    const { waited } = this
    return {
      devices: this.inferred > 0 ? [...own, here] : own,
      waits: { lanes: mean(waited.lanes), device: mean(waited.device), merge: mean(waited.merge) },
    }
  }
}

/** Stretches of time that are kept apart: older ones are added up. They come a little out of order, since several threads tell them. */
const keptApart = 64

/** The length of many stretches of time that may overlap. */
export class Union {
  /** Disjoint, in order. */
  private stretches: [from: number, to: number][] = []
  private settled = 0

  add(from: number, to: number): void {
    if (!(to > from)) return
    const apart = this.stretches.filter(([start, end]) => end < from || start > to)
    const touched = this.stretches.filter(([start, end]) => !(end < from || start > to))
    const joined: [number, number] = [Math.min(from, ...touched.map(([start]) => start)), Math.max(to, ...touched.map(([, end]) => end))]
    this.stretches = [...apart, joined].sort((a, b) => a[0] - b[0])
    while (this.stretches.length > keptApart) {
      const [start, end] = this.stretches.shift()!
      this.settled += end - start
    }
  }

  get length(): number {
    return this.stretches.reduce((sum, [from, to]) => sum + to - from, this.settled)
  }
}
