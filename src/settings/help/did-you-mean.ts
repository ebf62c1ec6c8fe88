/** Owns the hint for an unknown name: what it is called here, or the nearest name. */
import { distance } from 'fastest-levenshtein'

/** A name longer than any of ours needs no exact distance. */
const LONGEST = 80

/** Names used elsewhere, and ours: flags, commands or values. */
const CALLED_HERE: Readonly<Record<string, string>> = {
  p: 'listen',
  port: 'listen',
  host: 'listen',
  addr: 'listen',
  address: 'listen',
  bind: 'listen',
  socket: 'listen',
  metrics: 'admin',
  health: 'admin healthcheck',
  status: 'admin check',
  url: 'upstream',
  target: 'upstream',
  backend: 'upstream',
  ca: 'cafile',
  cacert: 'cafile',
  key: 'credentials serviceaccount',
  keyfile: 'credentials',
  serviceaccount: 'credentials',
  c: 'config',
  configfile: 'config',
  aud: 'audience',
  cmd: 'exec',
  command: 'exec',
  header: 'requireheader',
  cors: 'allowedorigin',
  timeout: 'responsetimeout',
  verbose: 'loglevel debug',
  debug: 'loglevel',
  quiet: 'loglevel warn',
  format: 'logformat',
  json: 'logformat',
  pretty: 'logformat',
  text: 'pretty',
  plain: 'pretty',
  warning: 'warn',
  notice: 'info',
  critical: 'fatal',
  none: 'silent',
  off: 'silent',
  false: 'silent',
  google: 'adc',
  gcloud: 'adc',
  firebase: 'tailer',
  token: 'static',
  oidc: 'idtoken',
  serve: 'start',
  server: 'start',
  up: 'start',
  try: 'demo',
  doctor: 'check',
  test: 'check',
  completions: 'completion',
}

/** The hint with the valid name that `name` most likely stands for, if there is one. */
export function didYouMean(name: string, valid: readonly string[]): string | undefined {
  const meant = nearest(name, valid)
  return meant === undefined ? undefined : `did you mean ${meant}?`
}

function nearest(name: string, valid: readonly string[]): string | undefined {
  const given = bare(name.slice(0, LONGEST))
  const aliases = Object.hasOwn(CALLED_HERE, given) ? CALLED_HERE[given]?.split(' ') : undefined
  const found =
    valid.find((one) => bare(one) === given) ?? valid.find((one) => aliases?.includes(bare(one)))
  if (found !== undefined) return found
  const near = valid
    .map((one) => ({ one, steps: stepsBetween(given, bare(one)) }))
    .sort((a, b) => a.steps - b.steps)
  const [best] = near
  return best !== undefined && best.steps <= given.length / 3 ? best.one : undefined
}

/** The number of one-letter changes; swapping two neighbours counts as one. */
function stepsBetween(given: string, name: string): number {
  const swapped = Array.from(
    { length: given.length - 1 },
    (_, at) => given.slice(0, at) + (given[at + 1] ?? '') + (given[at] ?? '') + given.slice(at + 2),
  )
  return Math.min(distance(given, name), ...swapped.map((text) => 1 + distance(text, name)))
}

/** The name without dashes, capitals and the prefix of variables. */
function bare(name: string): string {
  return name
    .toLowerCase()
    .replace(/^tailer_proxy_/, '')
    .replace(/[-_]/g, '')
}
