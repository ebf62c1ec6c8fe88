/** A program of its own, for an engine that can abort it. */
import t from 'tap'
import { runFrameFaults } from './frame-faults.js'

t.test('random frame faults (node)', (t) => runFrameFaults(t, 'node', 300))
