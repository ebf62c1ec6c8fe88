/** Owns what the embedded API responds when it refuses a call: a status and a message. */

/** Thrown anywhere in a call; the response is `{"message": …}`. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
