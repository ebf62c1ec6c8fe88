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
 * Owns the names of Cloud Logging for what pino logs: `severity`, `message`, `time`, and
 * `httpRequest` for a request's line. Google's own package for pino brings its whole logging
 * client with gRPC, for what its agents do with one JSON object a line:
 * https://cloud.google.com/logging/docs/structured-logging
 */
export const GCP_FORMAT: LoggerOptions = {
  messageKey: 'message',
  timestamp: () => `,"time":"${new Date().toISOString()}"`,
  formatters: {
    level: (label) => ({ severity: SEVERITIES[label] ?? 'DEFAULT' }),
    log: (fields) => ('requestId' in fields ? withHttpRequest(fields) : fields),
  },
}

/** https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#HttpRequest */
function withHttpRequest(fields: Record<string, unknown>): Record<string, unknown> {
  const { method, path, status, durationMs, ...others } = fields
  const httpRequest = {
    requestMethod: method,
    requestUrl: path,
    status,
    latency: typeof durationMs === 'number' ? `${durationMs / 1000}s` : undefined,
  }
  return { ...others, httpRequest }
}
