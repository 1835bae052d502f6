/** What a benchmark is told: `quick` proves that it runs and gives a first idea, nothing more. */
export interface Asked {
  readonly quick: boolean
  /** For `gpu`: where it computes. */
  readonly device?: string
  /** For `gpu` and `overhead`: which networks. */
  readonly networks?: readonly string[]
  /** For `versus`: the folder of another checkout, built. */
  readonly other?: string
}
