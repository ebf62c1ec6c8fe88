/** Owns the table: what breaks, when, and what of the response was said before. */
import { type Break, BREAKS } from './breaks.js'
import { hasLeft, type Moment, MOMENTS, NOTHING, SAID, type Said } from './responses.js'

export interface Cell {
  readonly said: Said
  readonly moment: Moment
  readonly break: Break
  readonly title: string
  /** The upstream says that it has not processed the request. */
  readonly isRefusal: boolean
  /** The request's body is still being sent. */
  readonly isUploading: boolean
  /** A byte of the response must be with the client when the break comes. */
  readonly hasLeft: boolean
}

function createCell(said: Said, moment: Moment, breaks: Break): Cell {
  return {
    said,
    moment,
    break: breaks,
    title: `${said.name}, then ${breaks.name} ${moment.name}`,
    isUploading: false,
    isRefusal: said === NOTHING && breaks.refuses === true,
    hasLeft: moment.hasLeft(said),
  }
}

const ALL: readonly Cell[] = SAID.flatMap((said) =>
  BREAKS.filter(({ fits }) => fits(said)).flatMap((breaks) =>
    MOMENTS.filter(({ fits }) => fits(said)).map((moment) => createCell(said, moment, breaks)),
  ),
)

export const BREAKING: readonly Cell[] = ALL.filter((cell) => cell.break.isSilence !== true)

export const UPLOADING: readonly Cell[] = BREAKING.map((cell) => ({
  ...cell,
  title: `${cell.title}, while the body is being sent`,
  isUploading: true,
}))

/** The proxy's patience ends long after all was said, whenever that was. */
export const SILENT: readonly Cell[] = ALL.filter(
  (cell) => cell.break.isSilence === true && cell.moment === MOMENTS[0],
).map((cell) => ({ ...cell, hasLeft: hasLeft(cell.said) }))
