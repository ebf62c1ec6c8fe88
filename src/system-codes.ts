/** Owns the meanings of error codes of system calls, DNS and TLS, in words. */
const WORDS: Readonly<Partial<Record<string, string>>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files on this machine',
  ENOSPC: 'no space left on the device',
  EIO: 'input/output error',
  ENOMEM: 'out of memory',
  ENOEXEC: 'not an executable file',
  E2BIG: 'the arguments are too long',
  ETXTBSY: 'the file is being written',
  EADDRINUSE: 'address in use',
  EADDRNOTAVAIL: 'no such address on this machine',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ECONNABORTED: 'connection aborted',
  EPIPE: 'connection closed',
  ETIMEDOUT: 'timed out',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'DNS does not respond',
  ENODATA: 'DNS has no address for it',
  ESERVFAIL: 'DNS failed',
  EPROTO: 'protocol error',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in the chain',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown issuer',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown issuer',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not a TLS port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'not a TLS port',
}

/** `connection refused (ECONNREFUSED)`; an unknown code is returned as it is. */
export function describeCode(code: string): string {
  // From a proxy: `proxy ECONNREFUSED`.
  if (/^proxy [A-Z0-9_]+$/.test(code)) return `proxy: ${describeCode(code.slice('proxy '.length))}`
  const words = Object.hasOwn(WORDS, code) ? WORDS[code] : undefined
  return words === undefined ? code : `${words} (${code})`
}
