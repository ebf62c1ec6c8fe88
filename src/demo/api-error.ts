/** Owns what the embedded API responds when it refuses a call: a status and a message. */

/** Thrown anywhere under a call, answered as `{"message": …}`. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
