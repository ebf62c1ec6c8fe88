/**
 * `npm run bench [-- NAME…]`: this proxy beside others (compare.ts), by default all that are
 * installed. `BENCH_ROUNDS` and `BENCH_SECONDS` change the length; default 3 rounds of 2 s.
 * `npm run bench -- gc`: what garbage collection costs under load, and whether dead requests keep
 * others alive (gc.ts). `npm run bench -- start`: what a start costs, and an idle proxy (start.ts).
 * `npm run bench -- far`: one download from far away (far-download.ts).
 */
import { compare } from './compare.js'
import { watchGarbage } from './gc.js'
import { withRig } from './rig.js'
import { measureStarts } from './start.js'

const [what, ...rest] = process.argv.slice(2)
if (what === 'gc') await withRig(() => watchGarbage(rest))
else if (what === 'start') await withRig(measureStarts)
else if (what === 'far') await import('./far-download.js')
else await withRig(() => compare(process.argv.slice(2)))
