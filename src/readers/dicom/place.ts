/** A file among those of a slide; `base` is where it begins in their common source. */
export interface Place {
  readonly uri: string
  readonly base: number
  readonly size: number
}
