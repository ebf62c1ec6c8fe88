/** Owns the error of value parsers: it says what a value must be, never what it was. */
export class BadValue extends Error {
  override readonly name = 'BadValue'
  readonly hint: string | undefined

  /**
   * @param expected completes "--flag must be …", for example `a size like 64KiB or 1MiB`
   * @param hint how to fix it, if `expected` does not say so
   */
  constructor(expected: string, hint?: string) {
    super(expected)
    this.hint = hint
  }
}
