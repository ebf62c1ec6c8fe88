import { gaxios } from 'google-auth-library'
import { proxyFor } from '../../settings/environment/proxy-for.js'
import type { Secret, Settings } from '../../settings/table.js'
import { MintError } from '../../token/token-source.js'
import { askEndpoint } from './ask-endpoint.js'
import { endpointError, RefusedByEndpoint } from './endpoint-error.js'
import { isJsonObject, type JsonObject } from '../file/parse-json-object.js'

/** Timeout of each call to an endpoint. */
const CALL_TIMEOUT_MS = 10_000
/** Where google-auth-library sends OAuth calls, whatever the key file says. */
const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token'

export type TransportSettings = Pick<Settings, 'googleTokenUrl' | 'httpsProxy' | 'noProxy'>

export interface Call {
  readonly url: string
  /** The content, unless `json` is given. */
  readonly form?: Readonly<Record<string, string>>
  readonly json?: object
  readonly headers?: Readonly<Record<string, string>>
}

type Prepared = gaxios.GaxiosOptionsPrepared

/**
 * Owns every call to a token endpoint, the library's and our own: at most 10 s, one try (the keeper
 * retries), no redirects, `HTTPS_PROXY` and `--google-token-url` honoured, small responses only,
 * and errors that quote neither bodies nor URLs.
 */
export class TokenTransport extends gaxios.Gaxios {
  readonly #settings: TransportSettings
  /** Aborts the calls of one mint. */
  readonly signal: AbortSignal
  readonly #timeoutMs: number

  /** @param timeoutMs of each call; changed only in tests */
  constructor(settings: TransportSettings, signal: AbortSignal, timeoutMs = CALL_TIMEOUT_MS) {
    super()
    this.#settings = settings
    this.signal = signal
    this.#timeoutMs = timeoutMs
  }

  /** @throws {MintError} */
  override async request<T = gaxios.GaxiosResponse['data']>(
    options: gaxios.GaxiosOptions = {},
  ): Promise<gaxios.GaxiosResponse<T>> {
    const href = String(options.url)
    const url = new URL(href === GOOGLE_TOKEN_URL ? this.#settings.googleTokenUrl : href)
    try {
      // Gaxios builds headers and body from the options; the library's classes ask for retries of
      // their own, which this overrides.
      return await super.request<T>({
        ...options,
        url,
        retryConfig: { retry: 0, noResponseRetries: 0 },
        // We use HTTPS_PROXY ourselves; Gaxios would log its password under DEBUG.
        noProxy: [/^/],
        adapter: <D>(prepared: Prepared) => this.#ask<D>(prepared),
      })
    } catch (error) {
      if (this.signal.aborted) throw new MintError('minting was given up')
      // A proxy's refusal looks like the endpoint's.
      throw endpointError(error, this.#proxyTo(url) ? `${url.host} through HTTPS_PROXY` : url.host)
    }
  }

  /**
   * Posts a form or JSON; the response must be JSON.
   * @throws {MintError}
   */
  async call({ url, form, json, headers = {} }: Call): Promise<JsonObject> {
    const { data } = await this.request<unknown>({
      url,
      headers: { ...headers },
      method: 'POST',
      responseType: 'json',
      data: json ?? new URLSearchParams(form),
    })
    if (isJsonObject(data)) return data
    throw new MintError(`${new URL(url).host} sent a response that is not JSON`)
  }

  async #ask<T>(prepared: Prepared): Promise<gaxios.GaxiosResponse<T>> {
    const { url, method = 'GET', headers, body, responseType } = prepared
    // By hand: on Node 20 an AbortSignal.timeout inside AbortSignal.any is lost to garbage
    // collection, and the call never ends.
    const end = new AbortController()
    const abort = (): void => {
      end.abort()
    }
    const timer = setTimeout(abort, this.#timeoutMs)
    this.signal.addEventListener('abort', abort)
    if (this.signal.aborted) abort()
    if (body instanceof URLSearchParams && !headers.has('content-type')) {
      headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8')
    }
    try {
      const response = await askEndpoint({
        url,
        method,
        headers,
        body: body instanceof URLSearchParams ? body.toString() : (body as string | undefined),
        proxy: this.#proxyTo(url)?.reveal(),
        signal: end.signal,
      })
      const { status, headers: responseHeaders, text } = response
      if (status > 299) throw new RefusedByEndpoint(response)
      const data = (responseType === 'text' ? text : parsed(text)) as T
      return Object.assign(new Response(null, { headers: responseHeaders }), {
        config: prepared,
        data,
      })
    } finally {
      clearTimeout(timer)
      this.signal.removeEventListener('abort', abort)
    }
  }

  /** Plain http is for loopback and the metadata server, which no proxy can reach. */
  #proxyTo(url: URL): Secret | undefined {
    return url.protocol === 'http:' ? undefined : proxyFor(url.origin, this.#settings)
  }
}

/** JSON, or the text itself. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
