/**
 * Owns what a client is told about the bytes that Node's parser rejected: which header, which part
 * of the request line. Values are quoted only where they cannot be secret (method, target without
 * its query, version, framing); of any other header only its name and the one invalid byte. A line
 * that began in an earlier packet is not guessed at.
 */
import { isForwardableTarget, targetFault } from '../access/request-target.js'
import { shown } from '../access/shown.js'

/** What the parser was given, one character a byte, and where in it the parser gave up. */
interface Refused {
  readonly text: string
  readonly at: number
}

/**
 * What is wrong, for a person; undefined where the bytes say no more than the code.
 * @param code the parser's
 * @param packet what it could not read
 * @param at how many bytes of it were read
 */
export function detailFrom(code: string, packet: Buffer, at: number): string | undefined {
  return BY_CODE[code]?.({ text: packet.toString('latin1'), at })
}

const BY_CODE: Readonly<Partial<Record<string, (refused: Refused) => string | undefined>>> = {
  HPE_INVALID_METHOD: ofMethod,
  HPE_INVALID_URL: ofTarget,
  HPE_INVALID_CONSTANT: ofWhatFollowsTarget,
  HPE_INVALID_VERSION: ofVersion,
  HPE_INVALID_HEADER_TOKEN: ofHeader,
  HPE_CR_EXPECTED: ofHeaderValue,
  HPE_LF_EXPECTED: ofHeaderValue,
  HPE_INVALID_CONTENT_LENGTH: ofContentLength,
  HPE_UNEXPECTED_CONTENT_LENGTH: ofContentLength,
  HPE_INVALID_TRANSFER_ENCODING: ofTransferEncoding,
  HPE_INVALID_CHUNK_SIZE: ofChunkSize,
  HPE_HEADER_OVERFLOW: ofLength,
}

/** The line in which the parser gave up, without its line ending. */
function lineOf({ text, at }: Refused): { line: string; start: number } {
  const start = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1
  const end = text.indexOf('\n', Math.max(at, start))
  return { line: text.slice(start, end < 0 ? undefined : end).replace(/\r$/, ''), start }
}

function byteAt({ text, at }: Refused): string {
  return `the byte 0x${(text.charCodeAt(at) || 0).toString(16).padStart(2, '0')}`
}

/** The rest of a body can end up here, too: only what looks like a method is quoted. */
function ofMethod({ text, at }: Refused): string | undefined {
  const [before = ''] = /[A-Z-]*$/.exec(text.slice(Math.max(0, at - 32), at)) ?? []
  const [method] = /^[A-Za-z-]{1,32}(?= )/.exec(text.slice(at - before.length)) ?? []
  return method && `${shown(method)} is not an HTTP method: methods are in capitals, like GET.`
}

function ofTarget(refused: Refused): string | undefined {
  const [, target] = /^[A-Z-]+ +([^ ]*)/.exec(lineOf(refused).line) ?? []
  return target === undefined || isForwardableTarget(target) ? undefined : targetFault(target)
}

function ofWhatFollowsTarget(refused: Refused): string | undefined {
  const [, rest = ''] = /^[A-Z-]+ +[^ ]* +([^?#&=]+)/.exec(lineOf(refused).line) ?? []
  if (rest === '') return undefined
  return `The request line has ${shown(rest)} after the target, where only HTTP/1.1 can stand: encode a space in the target as %20.`
}

function ofVersion(refused: Refused): string | undefined {
  const [, version = '1.1'] = / HTTP\/(\S{1,8})$/.exec(lineOf(refused).line) ?? []
  if (version === '1.1' || version === '1.0') return undefined
  return `HTTP version ${shown(version)} is not supported: use HTTP/1.1.`
}

function ofHeader(refused: Refused): string | undefined {
  const { line, start } = lineOf(refused)
  if (start === 0) return undefined
  const colon = line.indexOf(':')
  const at = refused.at - start
  if (at === 0 && /^[ \t]/.test(line)) {
    return 'A header is folded: its second line begins with a space. Send it as one line.'
  }
  if (colon < 0) return 'A header has no colon: send NAME: VALUE.'
  if (colon === 0) return 'A header has no name in front of its colon: send NAME: VALUE.'
  if (at > colon) return ofHeaderValue(refused)
  return `The header name ${shown(line.slice(0, colon))} has ${byteAt(refused)}, which cannot stand in a name.`
}

function ofHeaderValue(refused: Refused): string | undefined {
  const { line, start } = lineOf(refused)
  const [, name = ''] = /^([\w!#$%&'*+.^`|~-]+):/.exec(line) ?? []
  if (start === 0 || name === '' || refused.at - start <= name.length) return undefined
  // At a carriage return without a line feed, the parser has read one byte more.
  const isBareReturn = refused.text[refused.at - 1] === '\r'
  const byte = isBareReturn ? 'the byte 0x0d' : byteAt(refused)
  return `The header ${shown(name)} has ${byte} in its value, which cannot stand there.`
}

function ofContentLength(refused: Refused): string | undefined {
  const value = lastValueOf('content-length', refused)
  if (value === undefined) return undefined
  return `Content-Length ${shown(value)} is not a number of bytes, or a second one, or stands beside Transfer-Encoding: send one of them.`
}

function ofTransferEncoding(refused: Refused): string | undefined {
  const value = lastValueOf('transfer-encoding', refused)
  if (value === undefined) return undefined
  return `Transfer-Encoding ${shown(value)} is not supported as sent: only "chunked" is, without Content-Length.`
}

function lastValueOf(name: string, refused: Refused): string | undefined {
  const { line, start } = lineOf(refused)
  const head = refused.text.slice(0, start + line.length)
  return [...head.matchAll(new RegExp(`\\n${name}:[ \\t]*([^\\r\\n]*)`, 'gi'))].at(-1)?.[1]
}

/** It may be content, taken for a size because of an earlier wrong size. */
function ofChunkSize(refused: Refused): string {
  return /[0-9a-f]/i.test(refused.text.charAt(refused.at))
    ? 'The size of a chunk of the body has too many digits.'
    : `A chunk of the body has ${byteAt(refused)} in its size, where only hexadecimal digits can stand.`
}

/** Names the longest header, most likely the cause. */
function ofLength({ text }: Refused): string {
  const said = 'The request line and the headers are longer than 16 KiB'
  let longest = /^[A-Z-]+ [^\r\n]*/.exec(text)?.[0] ?? ''
  for (const [, line = ''] of text.matchAll(/\n([\w!#$%&'*+.^`|~-]+:[^\r\n]*)/g)) {
    if (line.length > longest.length) longest = line
  }
  const [name] = /^[^ :]+(?=:)/.exec(longest) ?? []
  if (longest === '') return `${said}: send fewer or shorter ones.`
  return `${said}, most of it the ${name === undefined ? 'target' : `header ${shown(name)}`}: send fewer or shorter ones.`
}
