/** Something of the machine that a device needs is not there, or does not fit: what it is, and the one line that cures it. */
export class Lacking extends Error {
  constructor(
    message: string,
    readonly cure: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
