/** Tells a person what went wrong beside what was asked for. */

export const warnHere = (message: string): void => void process.stderr.write(`warning: ${message}\n`)
