/**
 * Owns the question which user of the machine a connection comes from, and whether that one may
 * call. It is asked once a connection; one reading of the kernel's tables serves all who wait.
 */
import { codeOf } from '../../errors.js'
import type { Accounts } from './accounts.js'
import { type Ends, readOwners, type RowName, rowNamesOf } from './socket-table.js'

/** Who is at the other end of a connection. */
export interface Caller {
  /** The name, else the number; undefined where the kernel does not tell. */
  readonly user: string | undefined
  readonly isAllowed: boolean
}

export interface CallersOptions {
  /** The numbers of those who may call. */
  readonly allowed: ReadonlySet<number>
  readonly accounts: Pick<Accounts, 'nameOf'>
  /** Stands for users of whom the kernel tells no more than that: nobody is told by it. */
  readonly overflowUid: number | undefined
  /** The kernel's, to be looked into in this order; each gives its text, one call at a time. */
  readonly tables: readonly { read(): Promise<string> }[]
  /** Told when the tables turn unreadable, with the system's code, and when they can be read. */
  readonly onReadable: (isReadable: boolean, code: string | undefined) => void
}

/**
 * The ends of a connection as they are now; undefined if the client's is gone. It has to ask the
 * kernel at that very moment, after the tables were read: as long as our end still has its peer,
 * no other connection can have had the same addresses and ports.
 */
export type LookAtEnds = () => Ends | undefined

interface Question {
  readonly look: LookAtEnds
  readonly tell: (caller: Caller) => void
  /** The tables did not have it, though its client is there. */
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

  /** Asks for a connection that was accepted just now; `tell` is called once, later. */
  ask(look: LookAtEnds, tell: (caller: Caller) => void): void {
    this.#questions.push({ look, tell, isRepeated: false })
    if (this.#isReading) return
    this.#isReading = true
    // Those who are accepted in the same turn are read for together.
    setImmediate(() => void this.#readForAll())
  }

  async #readForAll(): Promise<void> {
    while (this.#questions.length > 0) {
      // Who asks from now on waits for the next reading: of this one, a part may be older than
      // their connection, and show who had its port before.
      let open = this.#questions
      this.#questions = []
      try {
        for (const table of this.#options.tables) {
          if (open.length > 0) open = this.#answer(open, await table.read())
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

  /** Gives those that the table does not answer. */
  #answer(questions: readonly Question[], table: string): Question[] {
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
        // The kernel gives a table a page at a time, and a row can slip from one to another.
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
