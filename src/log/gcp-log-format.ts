import type { LoggerOptions } from 'pino'

/** https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity */
const SEVERITIES: Readonly<Record<string, string>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
}

/**
 * Owns Cloud Logging's names for what pino logs: `severity`, `message`, `time`, and `httpRequest`
 * for a request, as its agents read them from one JSON object a line:
 * https://cloud.google.com/logging/docs/structured-logging
 *
 * No package does it: Google's own, @google-cloud/pino-logging-gcp-config 1.3, brings the whole
 * logging client with gRPC (87 packages, 42 MB) and calls the metadata server at start; the light
 * ones (pino-cloud-logging, @relaycorp/pino-cloud) are still at pino 8.
 */
export const GCP_FORMAT: LoggerOptions = {
  messageKey: 'message',
  timestamp: () => `,"time":"${new Date().toISOString()}"`,
  formatters: {
    level: (label) => ({ severity: SEVERITIES[label] ?? 'DEFAULT' }),
    log: (fields) => ('requestId' in fields ? withHttpRequest(fields) : fields),
  },
}

/**
 * https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#HttpRequest
 * A latency has up to nine digits, and no exponent.
 */
function withHttpRequest(fields: Record<string, unknown>): Record<string, unknown> {
  const { method, path, status, durationMs, ...others } = fields
  const httpRequest = {
    requestMethod: method,
    requestUrl: path,
    status,
    latency: typeof durationMs === 'number' ? `${(durationMs / 1000).toFixed(6)}s` : undefined,
  }
  return { ...others, httpRequest }
}
