/** What a benchmark is told: `quick` proves that it runs and gives a first idea, nothing more. */
export interface Asked {
  readonly quick: boolean
  /** For `gpu`: where it computes, and which networks. */
  readonly device?: string
  readonly networks?: readonly string[]
  /** For `versus`: the folder of another checkout, built. */
  readonly other?: string
}
