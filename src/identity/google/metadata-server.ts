import { MintError } from '../../token/token-source.js'
import type { GoogleCredential } from './google-credential.js'
import { parseJsonObject } from '../file/parse-json-object.js'
import { toToken } from '../to-token.js'
import type { TokenTransport } from '../endpoint/token-transport.js'

const HINT =
  'there is no metadata server outside Google Cloud: log in with ' +
  '`gcloud auth application-default login`, or name a file with --credentials'

/**
 * The machine's own account, on Google Cloud.
 * https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys
 * @param host of the metadata server, with its port if that is not 80
 */
export function createMetadataServerCredential(host: string): GoogleCredential {
  const base = `http://${host}/computeMetadata/v1/instance/service-accounts/default`
  const get = async (transport: TokenTransport, path: string): Promise<string> => {
    const { headers, data } = await transport
      .request<string>({
        url: `${base}/${path}`,
        headers: { 'metadata-flavor': 'Google' },
        responseType: 'text',
      })
      .catch((error: unknown) => {
        if (!(error instanceof MintError)) throw error
        const { message, retryAfterMs } = error
        throw new MintError(`metadata server: ${message}`, { retryAfterMs, hint: HINT })
      })
    // On another network anything may listen at that address.
    if (headers.get('metadata-flavor') === 'Google') return data
    throw new MintError(`${host} is not a metadata server`, { hint: HINT })
  }
  return {
    email: undefined,
    async accessToken(transport) {
      const answer = parseJsonObject(await get(transport, 'token'))
      if (answer === undefined) {
        throw new MintError('the metadata server sent a response that is not JSON')
      }
      return toToken(answer['access_token'], 'the metadata server', answer['expires_in'])
    },
    async idToken(transport, audience) {
      const query = new URLSearchParams({ audience, format: 'full' }).toString()
      return toToken((await get(transport, `identity?${query}`)).trim(), 'the metadata server')
    },
  }
}
