import { gaxios } from 'google-auth-library'
import { proxyFor } from '../settings/proxy-for.js'
import type { Settings } from '../settings/table.js'
import { MintError } from '../token/token-source.js'
import { endpointError } from './endpoint-error.js'
import { createQuietAgent } from './quiet-agent.js'

/** Each call to an endpoint ends within this time, answered or not. */
const CALL_TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 64 * 1024
/** Where google-auth-library sends OAuth calls, whatever the key file says. */
const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token'

export type TransportSettings = Pick<Settings, 'googleTokenUrl' | 'httpsProxy' | 'noProxy'>

/** An answer's members; none of them is to be trusted before it is looked at. */
export type Answer = Readonly<Partial<Record<string, unknown>>>

export interface Call {
  readonly url: string
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly json?: object
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Owns every call to a token endpoint, the library's and our own: 10 s at most, one try (the
 * keeper tries again), no redirects, `HTTPS_PROXY` and `--google-token-url` honoured, small
 * answers only, and errors that quote neither bodies nor URLs.
 */
export class TokenTransport extends gaxios.Gaxios {
  readonly #settings: TransportSettings
  readonly #signal: AbortSignal

  /** @param signal ends the calls of one mint */
  constructor(settings: TransportSettings, signal: AbortSignal) {
    super()
    this.#settings = settings
    this.#signal = signal
  }

  /** @throws {MintError} */
  override async request<T = gaxios.GaxiosResponse['data']>(
    options: gaxios.GaxiosOptions = {},
  ): Promise<gaxios.GaxiosResponse<T>> {
    const url = this.#urlOf(options)
    try {
      // The library's classes ask for retries of their own; this wins over them.
      return await super.request<T>({
        ...options,
        url,
        retryConfig: { retry: 0, noResponseRetries: 0 },
        timeout: CALL_TIMEOUT_MS,
        signal: this.#signal,
        redirect: 'manual',
        maxContentLength: MAX_ANSWER_BYTES,
        ...this.#wayTo(url),
      })
    } catch (error) {
      throw endpointError(error, url.host)
    }
  }

  /**
   * One call whose answer is JSON; a POST if it carries something.
   * @throws {MintError}
   */
  async call({ url, form, json, headers = {} }: Call): Promise<Answer> {
    const data = form === undefined ? json : new URLSearchParams(form)
    const { data: answer } = await this.request<unknown>({
      url,
      headers: { ...headers },
      method: data === undefined ? 'GET' : 'POST',
      responseType: 'json',
      ...(data !== undefined && { data }),
    })
    if (typeof answer === 'object' && answer !== null) return answer as Answer
    throw new MintError(`${new URL(url).host} answered with something other than JSON`)
  }

  #urlOf({ url }: gaxios.GaxiosOptions): URL {
    const href = String(url)
    return new URL(href === GOOGLE_TOKEN_URL ? this.#settings.googleTokenUrl : href)
  }

  /** With an agent of our own, Gaxios does not read the proxy variables in its own way. */
  #wayTo(url: URL): gaxios.GaxiosOptions {
    // Plain http is for loopback and the metadata server: no proxy knows them.
    const proxy = url.protocol === 'http:' ? undefined : proxyFor(url.origin, this.#settings)
    if (proxy !== undefined) return { proxy: proxy.reveal() }
    return { agent: createQuietAgent(url.protocol) }
  }
}
