/** Owns settings whose value is one of a few words. */
import { didYouMean } from '../help/did-you-mean.js'
import { BadValue } from './bad-value.js'

/** A parser that accepts exactly these words, and lists them in its error. */
export function oneOf<const Word extends string>(...words: Word[]) {
  const parse = (text: string): Word => {
    const found = words.find((word) => word === text)
    if (found === undefined) {
      throw new BadValue(`one of ${words.join(', ')}`, didYouMean(text, words))
    }
    return found
  }
  return Object.assign(parse, { choices: words })
}
