/** What a stage tells while it works: counts and warnings. They end up in the receipt and on the screen. */

export type StageEvent =
  | { readonly type: 'count'; readonly name: string; readonly by: number }
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
  | { readonly type: 'time'; readonly name: string; readonly ms: number }

export type Tell = (event: StageEvent) => void
