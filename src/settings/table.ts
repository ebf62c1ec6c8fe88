/**
 * Owns the one table of settings. Flags, variables, keys of the config file, defaults, help, the
 * schema and the reference in config/README.md all come from it: to add a setting, add an entry
 * here and run `npm run build:schema`.
 */
import { oneOf } from './values/one-of.js'
import { type Address, parseAddress, parseAddressOrOff } from './values/parse-address.js'
import { parseBoolean } from './values/parse-boolean.js'
import { parseCommandWords } from './values/parse-command-words.js'
import { parseDuration } from './values/parse-duration.js'
import { parseEmail } from './values/parse-email.js'
import { parseHeader } from './values/parse-header.js'
import { parseHost } from './values/parse-host.js'
import { parseInteger } from './values/parse-integer.js'
import { parseMode } from './values/parse-mode.js'
import { parseHttpsOrigin, parseOrigin } from './values/parse-origin.js'
import { parsePattern } from './values/parse-pattern.js'
import { parseRule, type Rule } from './values/parse-rule.js'
import { parseSize } from './values/parse-size.js'
import { parsePath, parseText } from './values/parse-text.js'
import { parseTokenUrl } from './values/parse-token-url.js'
import { parseUser } from './values/parse-user.js'
import type { Secret } from './values/secret.js'

export type { Address, Rule, Secret }

/** How a setting is given, parsed and explained. Its variable and key are derived from its flag. */
export interface Setting {
  /** Without dashes. */
  readonly flag: string
  /** Throws `BadValue`. For a list, parses one item. */
  readonly parse: ((text: string) => unknown) & { readonly choices?: readonly string[] }
  /** As a user would write it. */
  readonly default?: string
  /** In words, if there is no default or it is hard to read. */
  readonly defaultText?: string
  /** May be given more than once. */
  readonly list?: true
  /** The type the config file allows besides text; a boolean flag needs no value. */
  readonly type?: 'boolean' | 'number'
  /** What `false` in the config file means. */
  readonly whenFalse?: string
  /** YAML numbers are not accepted: YAML reads 0660 as 660, and 0o660 as 432. */
  readonly isTextAlone?: true
  /** An empty variable is an error: counted as unset, it would let everybody in. */
  readonly mustHaveValue?: true
  /** Its value is never shown. */
  readonly secret?: true
  readonly placeholder?: string
  readonly help: string
}

export const SETTINGS = {
  listen: {
    flag: 'listen',
    parse: parseAddress,
    default: '127.0.0.1:8080',
    placeholder: 'HOST:PORT',
    help: 'where to serve: HOST:PORT, [::1]:PORT, port 0 for any free one, or unix:/path',
  },
  socketMode: {
    flag: 'socket-mode',
    parse: parseMode,
    default: '0600',
    isTextAlone: true,
    placeholder: 'MODE',
    help: 'mode of unix sockets: 0660 lets the group in',
  },
  unsafeListen: {
    flag: 'unsafe-listen',
    parse: parseBoolean,
    default: 'false',
    type: 'boolean',
    help: 'let --listen and --admin be addresses that other machines can reach',
  },
  admin: {
    flag: 'admin',
    parse: parseAddressOrOff,
    default: '127.0.0.1:9901',
    whenFalse: 'off',
    placeholder: 'HOST:PORT',
    help: 'where to serve health, metrics, status and the page: as --listen, or off',
  },
  upstream: {
    flag: 'upstream',
    parse: parseHttpsOrigin,
    default: 'https://tailer-api-nqonovswsq-ew.a.run.app',
    placeholder: 'ORIGIN',
    help: 'the API: an https origin, without path, query, fragment or user',
  },
  caFile: {
    flag: 'ca-file',
    parse: parsePath,
    placeholder: 'FILE',
    help: "PEM file of CAs to trust for the upstream, beside the system's and NODE_EXTRA_CA_CERTS",
  },
  credentials: {
    flag: 'credentials',
    parse: parsePath,
    defaultText: 'GOOGLE_APPLICATION_CREDENTIALS, else tailer-configuration.json in TAILER_HOME',
    placeholder: 'FILE',
    help: 'credentials file; its content says what kind it is',
  },
  identity: {
    flag: 'identity',
    parse: oneOf('auto', 'service-account', 'tailer', 'adc', 'exec', 'static'),
    default: 'auto',
    placeholder: 'KIND',
    help: 'auto, service-account, tailer, adc, exec or static',
  },
  tokenType: {
    flag: 'token-type',
    parse: oneOf('jwt', 'id-token', 'access-token'),
    default: 'jwt',
    placeholder: 'TYPE',
    help: 'jwt (self-signed), id-token (signed by Google) or access-token',
  },
  audience: {
    flag: 'audience',
    parse: parseText,
    defaultText: 'the upstream origin',
    placeholder: 'AUDIENCE',
    help: 'aud of the token',
  },
  impersonate: {
    flag: 'impersonate',
    parse: parseEmail,
    placeholder: 'EMAIL',
    help: 'service account to impersonate, with token type id-token or access-token',
  },
  exec: {
    flag: 'exec',
    parse: parseCommandWords,
    secret: true, // command lines may hold passwords
    placeholder: 'COMMAND',
    help: 'command line that prints a token; split into words as a shell would, run without one',
  },
  execPattern: {
    flag: 'exec-pattern',
    parse: parsePattern,
    default: '(?:User token : |^\\s*(?=\\S+\\s*$))(\\S+)',
    defaultText: 'User token : (\\S+), or a bare token',
    placeholder: 'REGEX',
    help: 'finds the token in what the command prints: its first group',
  },
  tokenHeader: {
    flag: 'token-header',
    parse: oneOf('authorization', 'x-serverless-authorization'),
    default: 'authorization',
    placeholder: 'NAME',
    help: 'header for the token: authorization or x-serverless-authorization',
  },
  googleTokenUrl: {
    flag: 'google-token-url',
    parse: parseTokenUrl,
    default: 'https://oauth2.googleapis.com/token',
    placeholder: 'URL',
    help: 'for every OAuth token call to Google; https, or http on loopback',
  },
  firebaseTokenUrl: {
    flag: 'firebase-token-url',
    parse: parseTokenUrl,
    default: 'https://securetoken.googleapis.com/v1/token',
    placeholder: 'URL',
    help: 'for the tokens of a tailer login; https, or http on loopback',
  },
  allowedHosts: {
    flag: 'allowed-host',
    parse: parseHost,
    list: true,
    defaultText: 'loopback names and the host of --listen',
    placeholder: 'HOST',
    help: 'one more Host that requests may name, on any port',
  },
  allowedOrigins: {
    flag: 'allowed-origin',
    parse: parseOrigin,
    list: true,
    defaultText: 'none',
    placeholder: 'ORIGIN',
    help: 'origin of web pages that may use the proxy; they get CORS headers',
  },
  allowedUsers: {
    flag: 'allowed-user',
    parse: parseUser,
    list: true,
    type: 'number',
    mustHaveValue: true,
    defaultText: 'any',
    placeholder: 'USER',
    help: 'name or number of a user of this machine whose programs may call, or self (Linux)',
  },
  allow: {
    flag: 'allow',
    parse: parseRule,
    list: true,
    defaultText: 'everything',
    placeholder: 'RULE',
    help: 'METHOD /path or METHOD /prefix/*, * for any method; once given, all else is refused',
  },
  readOnly: {
    flag: 'read-only',
    parse: parseBoolean,
    default: 'false',
    type: 'boolean',
    help: "short for --allow 'GET /*' --allow 'HEAD /*' --allow 'POST /v1/dag/status'",
  },
  requireHeader: {
    flag: 'require-header',
    parse: parseHeader,
    secret: true,
    placeholder: "'NAME: VALUE'",
    help: 'header each request must carry, a secret shared with local callers; not forwarded',
  },
  maxInFlight: {
    flag: 'max-in-flight',
    parse: parseInteger,
    default: '512',
    type: 'number',
    placeholder: 'NUMBER',
    help: 'requests at once; more get 503',
  },
  connectTimeoutMs: {
    flag: 'connect-timeout',
    parse: parseDuration,
    default: '10s',
    placeholder: 'DURATION',
    help: 'for DNS, proxy, TCP and TLS together',
  },
  responseTimeoutMs: {
    flag: 'response-timeout',
    parse: parseDuration,
    default: '300s',
    placeholder: 'DURATION',
    help: "until the response's headers",
  },
  idleTimeoutMs: {
    flag: 'idle-timeout',
    parse: parseDuration,
    default: '300s',
    placeholder: 'DURATION',
    help: 'without a byte in either direction, once a response began; not for text/event-stream',
  },
  clientHeaderTimeoutMs: {
    flag: 'client-header-timeout',
    parse: parseDuration,
    default: '10s',
    placeholder: 'DURATION',
    help: 'for a client to send its headers',
  },
  drainTimeoutMs: {
    flag: 'drain-timeout',
    parse: parseDuration,
    default: '25s',
    placeholder: 'DURATION',
    help: 'for requests in flight at SIGTERM',
  },
  replayLimitBytes: {
    flag: 'replay-limit',
    parse: parseSize,
    default: '64KiB',
    placeholder: 'SIZE',
    help: 'largest request body kept for a safe replay',
  },
  inspect: {
    flag: 'inspect',
    parse: parseBoolean,
    default: 'false',
    type: 'boolean',
    help: 'keep the last 100 requests with headers and bodies, in memory, for the page of --admin',
  },
  logLevel: {
    flag: 'log-level',
    parse: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    placeholder: 'LEVEL',
    help: 'fatal, error, warn (what the proxy failed to do), info (every request, refused ones too), debug, trace or silent',
  },
  logFormat: {
    flag: 'log-format',
    parse: oneOf('auto', 'json', 'pretty', 'gcp'),
    default: 'auto',
    placeholder: 'FORMAT',
    help: "json, pretty, gcp (Cloud Logging's field names), or auto: pretty on a terminal, else json",
  },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof SETTINGS

type Item<S extends Setting> = ReturnType<S['parse']>
type Value<S extends Setting> = S extends { list: true }
  ? readonly Item<S>[]
  : S extends { default: string }
    ? Item<S>
    : Item<S> | undefined

/** The table's values; a list without items is empty. */
export type SettingValues = {
  readonly [Name in SettingName]: Value<(typeof SETTINGS)[Name]>
}

/** What only the environment provides: credentials, directories, proxies. */
export interface Surroundings {
  /** `TAILER_PROXY_TOKEN`, trimmed. */
  readonly staticToken: Secret | undefined
  /** `TAILER_PROXY_TOKEN_FILE`. */
  readonly tokenFile: string | undefined
  /** `GOOGLE_APPLICATION_CREDENTIALS`. */
  readonly googleApplicationCredentials: string | undefined
  readonly homeDirectory: string
  /** `TAILER_HOME`, else `~/.tailer-home`. */
  readonly tailerHome: string
  /** `CLOUDSDK_CONFIG`, else `~/.config/gcloud`. */
  readonly gcloudHome: string
  /** `GCE_METADATA_IP` or `GCE_METADATA_HOST`: `HOST` or `HOST:PORT`. */
  readonly metadataHost: string
  /** `HTTPS_PROXY`, else `ALL_PROXY`: an http or https URL that may hold a password. */
  readonly httpsProxy: Secret | undefined
  /** The variable that the proxy comes from, or would. */
  readonly proxyVariable: string
  /** `NO_PROXY`, unparsed. */
  readonly noProxy: string | undefined
  /** `NODE_EXTRA_CA_CERTS`. */
  readonly extraCaFile: string | undefined
  /** `GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1`. */
  readonly allowExecutables: boolean
}

/** All settings of a run, validated and frozen. */
export interface Settings extends Omit<SettingValues, 'allow' | 'audience'>, Surroundings {
  readonly audience: string
  /** What may be called, from `--allow` and `--read-only`; undefined for everything. */
  readonly rules: readonly Rule[] | undefined
  /** Where each setting comes from: its flag, its variable, its file and key, or `default`. */
  readonly sources: Readonly<Record<SettingName, string>>
}
