import { spawnSync } from 'node:child_process'
import t from 'tap'
import { projectFile } from '../project-file.js'

/** What a process prints to stderr that has a log. */
function printed(script: string): string {
  const head = `
    import { createLog } from ${JSON.stringify(projectFile('.build/src/log/log.js'))}
    import { LineSink, openForLines } from ${JSON.stringify(projectFile('.build/src/log/line-sink.js'))}
    const sink = new LineSink(openForLines(false))
    const log = createLog({ level: 'info', format: 'json' }, sink)\n`
  const argv = ['-i', process.execPath, '--input-type=module', '-e', head + script]
  return spawnSync('env', argv).stderr.toString()
}

t.test('what is told after the end is no error', (t) => {
  const told = printed(`log.info('before'); await sink.close(); log.info('too late')`)
  t.match(told, 'before')
  t.notMatch(told, 'too late')
  t.end()
})

t.test('what was told just before the process breaks is written', (t) => {
  const told = printed(`log.info('the last word'); sink.pass(); process.exit()`)
  t.equal(told.match(/the last word/g)?.length, 1)
  t.end()
})
