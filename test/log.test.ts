import { spawnSync } from 'node:child_process'
import t from 'tap'
import { createLog } from '../src/log.js'
import { projectFile } from './project-file.js'

t.test('what is told after the end is no error', async (t) => {
  const opened = createLog({ level: 'fatal', format: 'json' })
  await opened.flush()
  t.doesNotThrow(() => {
    opened.log.fatal('too late')
  })
})

t.test('what was told just before the process breaks is written', (t) => {
  const script = `
    import { createLog } from ${JSON.stringify(projectFile('.build/src/log.js'))}
    const opened = createLog({ level: 'info', format: 'json' })
    opened.log.info('the last word')
    opened.writeNow()
    process.exit()`
  const { stderr } = spawnSync('env', ['-i', process.execPath, '--input-type=module', '-e', script])
  t.equal(stderr.toString().match(/the last word/g)?.length, 1)
  t.end()
})
