/** What a slip of the pen is, and a line of a text as its writer meant it. */

export interface Slip {
  /** Slips of one kind are told together. */
  readonly kind:
    | 'fence'
    | 'conflict'
    | 'comment'
    | 'flow-tab'
    | 'quotes'
    | 'quote'
    | 'comma'
    | 'no-comma'
    | 'bracket'
    | 'escape'
    | 'rest'
    | 'colon'
    | 'tab'
    | 'dash'
    | 'column'
    | 'space'
  readonly line: number
  readonly column: number
  readonly message: string
  /** What it is about, for those of its kind that follow. */
  readonly text?: string
}

/** A line that begins something: not one inside a bracket, a quoted text or a block of text. */
export interface Line {
  readonly number: number
  /** White space before the first character. */
  readonly indent: string
  /** Columns from 0: of each dash, then of what follows them. */
  readonly dashes: readonly number[]
  readonly column: number
  /** `key:`; undefined for a value without a key. */
  readonly key: string | undefined
  /** Something stands behind the key, or in place of one. */
  readonly hasValue: boolean
  /** What stands behind the dashes. */
  readonly text: string
}

export const tabbed = 'this line is indented with a tab: replace the tab by spaces'
