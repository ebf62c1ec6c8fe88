/** Owns what `--help` prints: a literal text for each command, with the flags from the table. */
import type { Command } from '../command-line/parse-command-line.js'
import { OTHER_VARIABLES } from '../environment/read-variables.js'
import { SETTING_ENTRIES } from '../setting-names.js'
import type { Setting } from '../table.js'

const WIDTH = 100
const NAME_WIDTH = 36

const COMMON = `it takes every setting too, as a flag, a variable or a key of --config FILE:
tailer-proxy --help lists them`

/** The text for one command, in lines of at most 100 columns. */
export function usageFor(command: Command): string {
  return USAGE[command]()
}

const USAGE: Readonly<Record<Command, () => string>> = {
  start: () => `usage: tailer-proxy [COMMAND] [FLAGS]

call the Tailer API on localhost without a token: a local authenticating reverse proxy

commands:
  start                             run the proxy in the foreground (the default)
  demo                              run it before an embedded Tailer API: no network, no set-up
  token [FILE]                      print one token
  check                             check settings, credentials, token and upstream, step by step
  healthcheck                       tell by the exit code whether the running proxy is ready
  wait                              wait until the running proxy is ready
  run -- CMD [ARG...]               run CMD with a proxy of its own, at $TAILER_API_URL

flags:
${SETTING_ENTRIES.map(([, setting]) => settingLines(setting)).join('\n')}
${lines('--config FILE', 'YAML or JSON file of settings')}
${lines('-h, --help', 'show this text, or that of the command')}
${lines('--version', 'show the version')}

durations are like 500ms, 10s, 5m or 1h, sizes like 512B, 64KiB or 1MiB
each flag is a variable too: --connect-timeout is TAILER_PROXY_CONNECT_TIMEOUT, unset if empty
each flag is a key of the config file too: connectTimeout
lists: repeat the flag, put commas into the variable, write a YAML list
a flag wins over a variable, a variable over the file

variables without a flag:
${lines('TAILER_PROXY_TOKEN', OTHER_VARIABLES.TAILER_PROXY_TOKEN)}
${lines('TAILER_PROXY_TOKEN_FILE', OTHER_VARIABLES.TAILER_PROXY_TOKEN_FILE)}
${lines('HTTPS_PROXY, NO_PROXY', 'proxy for the upstream and the token endpoints (or ALL_PROXY)')}

exit codes: 0 done, 1 unexpected failure, 2 bad setting, 3 credentials cannot be used,
4 cannot listen, 5 not ready or not reachable

example:
  $ tailer-proxy --credentials your-credentials.json &
  $ curl http://127.0.0.1:8080/v1/dag/status --json \\
      '{"action":"get_last_status","job_id":"your-job"}'
`,

  demo: () => `usage: tailer-proxy demo [FLAGS]

run an embedded Tailer API with a throwaway service account, and the proxy in front of it: no
network, no credentials, no set-up; prints the curl line to try

${COMMON}

example:
  $ tailer-proxy demo --listen 127.0.0.1:0
`,

  token: () => `usage: tailer-proxy token [FILE] [FLAGS]

print one token and nothing else; FILE is short for --credentials FILE

${COMMON}

example:
  $ TAILER_API_JWT=$(tailer-proxy token your-credentials.json)
`,

  check: () => `usage: tailer-proxy check [--json] [FLAGS]

check settings, credentials, token, clock and upstream, one line a step, and say how to mend what
fails; the exit code is that of the first step that failed

${lines('--json', 'print {ok, steps:[{name, status, detail, hint, durationMs}]} instead')}

${COMMON}

example:
  $ tailer-proxy check --credentials your-credentials.json
`,

  healthcheck: () => `usage: tailer-proxy healthcheck [FLAGS]

exit 0 if the proxy at the --admin address is ready, else 5

${COMMON}

example:
  HEALTHCHECK CMD ["tailer-proxy", "healthcheck"]
`,

  wait: () => `usage: tailer-proxy wait [--timeout DURATION] [FLAGS]

wait until the proxy at the --admin address is ready, then exit 0, else 5

${lines('--timeout DURATION', 'how long to wait (default 30s)')}

${COMMON}

example:
  $ tailer-proxy & tailer-proxy wait --timeout 10s && ./job.sh
`,

  run: () => `usage: tailer-proxy run [FLAGS] -- CMD [ARG...]

run CMD with a proxy of its own on a free port, whose address is in TAILER_API_URL; signals go to
CMD, and the exit code is CMD's: 127 if it is not found, 126 if it cannot be run; the proxy logs
warnings only, unless --log-level is given, since stderr is CMD's

${COMMON}

example:
  $ tailer-proxy run --read-only -- sh -c 'curl "$TAILER_API_URL/v1/dag/status"'
`,
}

function settingLines(setting: Setting): string {
  const { flag, placeholder, help, list } = setting
  const name = placeholder === undefined ? `--${flag}` : `--${flag} ${placeholder}`
  const shown = setting.defaultText ?? setting.default
  const fallback = shown === undefined || shown === 'false' ? '' : ` (default ${shown})`
  return lines(name, `${help}${list ? '; may be repeated' : ''}${fallback}`)
}

/** A name, and beside it what it means, wrapped. */
function lines(name: string, meaning: string): string {
  const wrapped = ['']
  for (const word of meaning.split(' ')) {
    const line = `${wrapped.at(-1) ?? ''} ${word}`.trimStart()
    if (line.length > WIDTH - NAME_WIDTH) wrapped.push(word)
    else wrapped[wrapped.length - 1] = line
  }
  return wrapped
    .map((line, index) => (index === 0 ? `  ${name}` : '').padEnd(NAME_WIDTH) + line)
    .join('\n')
}
