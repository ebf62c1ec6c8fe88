/** Owns the error a value parser throws: what it wanted, never what it was given. */
export class BadValue extends Error {
  override readonly name = 'BadValue'
  readonly hint: string | undefined

  /**
   * @param wants completes "--flag wants …", for example `a size like 64KiB or 1MiB`
   * @param hint how to mend it, where `wants` does not say so
   */
  constructor(wants: string, hint?: string) {
    super(wants)
    this.hint = hint
  }
}
