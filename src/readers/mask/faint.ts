/** Pixels of lossy pictures: where a colour is not black. Those that are nearly black may be noise of the compression. */
export class Faint {
  #pixels = 0

  take(colours: Uint8Array, channels: number, out: Uint8Array): void {
    for (let i = 0, at = 0; at < colours.length; i++, at += channels) {
      const most = channels < 3 ? colours[at]! : Math.max(colours[at]!, colours[at + 1]!, colours[at + 2]!)
      const clear = (channels === 2 || channels === 4) && colours[at + channels - 1] === 0
      out[i] = most > 0 && !clear ? 1 : 0
      if (most > 0 && most < 32) this.#pixels++
    }
  }

  warn(warnings: string[]): void {
    if (this.#pixels > 0) {
      warnings.push(
        `${this.#pixels} of its pixels are nearly black and count as tissue; its compression may have made them: save masks without loss`,
      )
    }
  }
}
