/** Owns a way around the fixed addresses of Google and of AWS, which no setting changes. */
import type { gaxios } from 'google-auth-library'
import { TokenTransport } from '../../src/identity/endpoint/token-transport.js'
import { load } from '../settings/load.js'

/** Sends what is for some host to a fake instead. */
export class Rerouted extends TokenTransport {
  readonly #originFor: (url: URL) => string | undefined

  /** @param originFor gives the fake's origin; undefined lets the call go where it would */
  constructor(originFor: (url: URL) => string | undefined, settings = load()) {
    super(settings, new AbortController().signal)
    this.#originFor = originFor
  }

  override request<T>(options: gaxios.GaxiosOptions = {}): Promise<gaxios.GaxiosResponse<T>> {
    const url = new URL(String(options.url))
    const origin = this.#originFor(url)
    if (origin === undefined) return super.request<T>(options)
    return super.request<T>({ ...options, url: `${origin}${url.pathname}${url.search}` })
  }
}
