/**
 * Owns finding which user of the machine a connection comes from, and whether that user may call.
 * Each connection is checked once; one read of the kernel's tables serves all that are waiting.
 */
import { codeOf } from '../../errors.js'
import type { Accounts } from './accounts.js'
import { type Ends, readOwners, type RowName, rowNamesOf } from './socket-table.js'

/** Who is at the other end of a connection. */
export interface Caller {
  /** The name, or else the uid; undefined if the kernel does not say. */
  readonly user: string | undefined
  readonly isAllowed: boolean
}

export interface CallersOptions {
  /** Uids of those who may call. */
  readonly allowed: ReadonlySet<number>
  readonly accounts: Pick<Accounts, 'nameOf'>
  /** Stands for all users outside the namespace: it identifies nobody. */
  readonly overflowUid: number | undefined
  /** The kernel's tables, searched in this order; each returns its text, one call at a time. */
  readonly tables: readonly { read(): Promise<string> }[]
  /** Called when the tables become unreadable, with the system's code, or readable again. */
  readonly onReadable: (isReadable: boolean, code: string | undefined) => void
}

/**
 * The ends of a connection now; undefined if the client's is gone. It must ask the kernel when
 * called, after the tables were read: as long as our end still has its peer, no other connection
 * can have had the same addresses and ports.
 */
export type LookAtEnds = () => Ends | undefined

interface Question {
  readonly look: LookAtEnds
  readonly tell: (caller: Caller) => void
  /** The tables did not list it, though the client was connected. */
  isRepeated: boolean
}

const UNKNOWN: Caller = { user: undefined, isAllowed: false }

export class Callers {
  readonly #options: CallersOptions
  #questions: Question[] = []
  #isReading = false
  #isReadable = true

  constructor(options: CallersOptions) {
    this.#options = options
  }

  /** Looks up a connection that was just accepted; `tell` is called once, later. */
  ask(look: LookAtEnds, tell: (caller: Caller) => void): void {
    this.#questions.push({ look, tell, isRepeated: false })
    if (this.#isReading) return
    this.#isReading = true
    // Connections accepted in the same turn share one read.
    setImmediate(() => void this.#readForAll())
  }

  async #readForAll(): Promise<void> {
    while (this.#questions.length > 0) {
      // Anyone who asks from now on waits for the next read: part of this one may predate their
      // connection, and show who had its port before.
      let open = this.#questions
      this.#questions = []
      try {
        for (const table of this.#options.tables) {
          if (open.length > 0) open = this.#lookUp(open, await table.read())
        }
        this.#setReadable(true)
        this.#giveUp(open)
      } catch (error) {
        this.#setReadable(false, codeOf(error))
        for (const { tell } of open) tell(UNKNOWN)
      }
    }
    this.#isReading = false
  }

  /** Returns those that the table does not list. */
  #lookUp(questions: readonly Question[], table: string): Question[] {
    const namesOf = new Map<Question, readonly RowName[]>()
    for (const question of questions) {
      const ends = question.look()
      if (ends === undefined) question.tell(UNKNOWN)
      else namesOf.set(question, rowNamesOf(ends))
    }
    const owners = readOwners(table, new Set([...namesOf.values()].flat()))
    const open: Question[] = []
    for (const [question, names] of namesOf) {
      const uid = names.map((name) => owners.get(name)).find((owner) => owner !== undefined)
      if (uid === undefined) open.push(question)
      else question.tell(this.#callerOf(uid))
    }
    return open
  }

  #giveUp(questions: readonly Question[]): void {
    for (const question of questions) {
      if (question.isRepeated) question.tell(UNKNOWN)
      else {
        // The kernel returns a table a page at a time, and a row can slip between pages.
        question.isRepeated = true
        this.#questions.push(question)
      }
    }
  }

  #setReadable(isReadable: boolean, code?: string): void {
    if (isReadable !== this.#isReadable) this.#options.onReadable(isReadable, code)
    this.#isReadable = isReadable
  }

  #callerOf(uid: number): Caller {
    const { allowed, accounts, overflowUid } = this.#options
    if (uid === overflowUid) return UNKNOWN
    return { user: accounts.nameOf(uid) ?? String(uid), isAllowed: allowed.has(uid) }
  }
}
