/**
 * Whether a text is a decimal number and nothing else: `-1.5`, `.5`, `2e-3`. `Number` takes a blank for 0, and 0x10 for 16. No digit fits two places of the
 * pattern: a long text is looked at once.
 */
export const isDecimal = (text: string): boolean => /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)
