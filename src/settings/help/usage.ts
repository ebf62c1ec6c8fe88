/** Owns what `--help` prints: a literal text for each command, with flags from the table. */
import { type Command, COMMANDS, OTHER_FLAGS, SHELLS } from '../command-line/parse-command-line.js'
import { OTHER_VARIABLES } from '../environment/read-variables.js'
import { lines, settingsInGroups, settingsOf } from './setting-lines.js'

/** The text for one command or for all of them, in lines of at most 100 columns. */
export function usageFor(command: Command | undefined): string {
  return command === undefined ? overview() : USAGE[command]()
}

const EXIT_CODES = `exit codes: 0 done, 1 unexpected failure, 2 bad setting, 3 unusable credentials,
4 cannot listen, 5 not ready or not reachable`

const READY = `ready means that the proxy holds a token. Only a request shows whether the upstream accepts it:
tailer-proxy check sends one`

const MORE = `it takes every setting too, as a flag, a variable or a key of --config FILE:
tailer-proxy help start lists them`

const LAST_STATUS = `$ curl http://127.0.0.1:8080/v1/dag/status --json '{
      "action": "get_last_status", "account": "000099", "environment": "DEV",
      "configuration_type": "table-to-table",
      "configuration_id": "000099_iowa_liquor_prepare_pda_DEV"}'`

/** The usage and a short summary of each command. */
export const SUMMARIES: Readonly<Record<Command, readonly [usage: string, meaning: string]>> = {
  start: ['start', 'run the proxy in the foreground (the default)'],
  demo: ['demo', 'try it with an embedded Tailer API: no network, no credentials'],
  token: ['token [FILE]', 'print one token'],
  check: ['check', 'check settings, credentials, token and upstream, step by step'],
  healthcheck: ['healthcheck', 'exit 0 if the running proxy is ready'],
  wait: ['wait', 'wait until the running proxy is ready'],
  run: ['run -- CMD [ARG...]', 'run CMD with a proxy of its own, at $TAILER_API_URL'],
  completion: ['completion SHELL', `print the completion script for ${SHELLS.join(', ')}`],
  help: ['help [COMMAND]', 'show this text, or the flags and an example of a command'],
  version: ['version', 'show the version'],
}

function overview(): string {
  return `usage: tailer-proxy [COMMAND] [FLAGS]

call the Tailer API on localhost without a token: a local authenticating reverse proxy

commands:
${COMMANDS.map((command) => lines(...SUMMARIES[command])).join('\n')}

most used flags (tailer-proxy help start lists them all):
${settingsOf('credentials', 'listen', 'read-only', 'log-level')}
${lines('--config FILE', OTHER_VARIABLES.TAILER_PROXY_CONFIG)}
${lines('-h, --help; -v, --version', 'on every command')}

${EXIT_CODES}

example:
  $ tailer-proxy --credentials your-credentials.json &
  $ tailer-proxy wait --pid $!
  ${LAST_STATUS}
`
}

const USAGE: Readonly<Record<Command, () => string>> = {
  start: () => `usage: tailer-proxy [start] [FLAGS]

run the proxy in the foreground: programs on this machine call it without a token, and it forwards
their requests over HTTP/2 with one. Ctrl-C or SIGTERM drains it and stops it

${READY}

${settingsInGroups()}

and:
${lines('--config FILE', OTHER_VARIABLES.TAILER_PROXY_CONFIG)}
${lines('-h, --help', 'show this text')}
${lines('-v, --version', 'show the version')}

durations are like 500ms, 10s, 5m or 1h, sizes like 512B, 64KiB or 1MiB
each flag is a variable too: --connect-timeout is TAILER_PROXY_CONNECT_TIMEOUT; empty means unset
each flag is a key of the config file too: connectTimeout
lists: repeat the flag, put commas into the variable, write a YAML list
a flag wins over a variable, a variable over the file

variables without a flag:
${lines('TAILER_PROXY_TOKEN', OTHER_VARIABLES.TAILER_PROXY_TOKEN)}
${lines('TAILER_PROXY_TOKEN_FILE', OTHER_VARIABLES.TAILER_PROXY_TOKEN_FILE)}
${lines('HTTPS_PROXY, NO_PROXY', 'proxy for the upstream and the token endpoints (or ALL_PROXY)')}

${EXIT_CODES}

example:
  $ tailer-proxy start --credentials your-credentials.json --read-only &
  $ tailer-proxy wait --pid $!
  ${LAST_STATUS}
`,

  demo: () => `usage: tailer-proxy demo [FLAGS]

run an embedded Tailer API with a throwaway service account, and the proxy in front of it: no
network, no credentials, no setup. It shows a curl command to try; stdout has that command alone

If the usual ports are in use, it takes free ones. It takes every setting of tailer-proxy start but
those about the upstream, the identity and its token

example:
  $ tailer-proxy demo --read-only
`,

  token: () => `usage: tailer-proxy token [FILE] [FLAGS]

print one token and nothing else; FILE is short for --credentials FILE

${MORE}

example:
  $ TAILER_API_JWT=$(tailer-proxy token your-credentials.json)
`,

  check: () => `usage: tailer-proxy check [--json] [FLAGS]

check settings, credentials, token, clock and upstream, one line per step, and say how to fix what
fails; the exit code is that of the first step that failed. The report holds no secrets

${lines('--json', OTHER_FLAGS['--json'].help)}

${MORE}

example:
  $ tailer-proxy check --credentials your-credentials.json
`,

  healthcheck: () => `usage: tailer-proxy healthcheck [FLAGS]

exit 0 if the proxy at the --admin address is ready, else 5

${READY}

${MORE}

example:
  $ tailer-proxy demo &
  $ tailer-proxy wait --pid $!
  $ tailer-proxy healthcheck && echo healthy
`,

  wait: () => `usage: tailer-proxy wait [--timeout DURATION] [--pid PID] [FLAGS]

wait until the proxy at the --admin address is ready: exit 0 once it is, else 5

${lines('--timeout DURATION', OTHER_FLAGS['--timeout'].help)}
${lines('--pid PID', OTHER_FLAGS['--pid'].help)}

${READY}

${MORE}

example:
  $ tailer-proxy demo &
  $ tailer-proxy wait --pid $! --timeout 10s && echo ready
`,

  run: () => `usage: tailer-proxy run [FLAGS] -- CMD [ARG...]

run CMD with a proxy of its own on a free port, whose address is in TAILER_API_URL. Signals go to
CMD, and the exit code is CMD's: 127 if it is not found, 126 if it cannot be run. The proxy logs
warnings only, unless --log-level is given, since stderr is CMD's

${MORE}

example:
  $ tailer-proxy run --credentials your-credentials.json -- sh -c '
      curl "$TAILER_API_URL/v1/dag/status" --json "{
        \\"action\\": \\"get_last_status\\", \\"account\\": \\"000099\\", \\"environment\\": \\"DEV\\",
        \\"configuration_type\\": \\"table-to-table\\",
        \\"configuration_id\\": \\"000099_iowa_liquor_prepare_pda_DEV\\"}"'
`,

  completion: () => `usage: tailer-proxy completion ${SHELLS.join('|')}

print the completion script for a shell: commands, flags, their values, and files

example:
  $ source <(tailer-proxy completion bash)

to keep it:
  bash: tailer-proxy completion bash > ~/.local/share/bash-completion/completions/tailer-proxy
  zsh:  tailer-proxy completion zsh > "\${fpath[1]}/_tailer-proxy"
  fish: tailer-proxy completion fish > ~/.config/fish/completions/tailer-proxy.fish
`,

  help: () => `usage: tailer-proxy help [COMMAND]

show what the program does, or the flags and an example of one command

example:
  $ tailer-proxy help start
`,

  version: () => `usage: tailer-proxy version

show the version

example:
  $ tailer-proxy version
`,
}
