/** Owns the error a value parser throws: what it must be, never what it was given. */
export class BadValue extends Error {
  override readonly name = 'BadValue'
  readonly hint: string | undefined

  /**
   * @param expected completes "--flag must be …", for example `a size like 64KiB or 1MiB`
   * @param hint how to fix it, where `expected` does not say so
   */
  constructor(expected: string, hint?: string) {
    super(expected)
    this.hint = hint
  }
}
