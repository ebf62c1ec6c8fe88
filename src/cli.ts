#!/usr/bin/env node
/**
 * Owns the first check: whether this Node.js can run the program. Nothing may be imported before
 * it, as an older version would fail on the first feature it lacks, with an error of its own.
 */
const NEEDED = [20, 19] as const

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) void import('./main.js')
else {
  process.stderr.write(
    `tailer-proxy: Node.js ${process.versions.node} is too old (${process.execPath})\n` +
      `hint: use Node.js ${NEEDED.join('.')} or newer, or the executable, which needs none\n`,
  )
  process.exitCode = 2
}
