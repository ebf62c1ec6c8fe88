import t from 'tap'
import fc from 'fast-check'
import { isForwardableTarget, pathOf, shownPathOf } from '../../src/access/request-target.js'

t.test('origin-form that spells one path may be forwarded', (t) => {
  for (const target of [
    '/',
    '/a/',
    '/a?//..\'"',
    '/%2e%2E%2e',
    '/a..',
    '/...',
    '/.',
    '/a/./b',
    '/%2f',
  ]) {
    t.ok(isForwardableTarget(target), target)
  }
  for (const target of [
    '',
    'a',
    '*',
    '//',
    '/a//',
    '/..',
    '/../',
    '/%2e.',
    '/a/.%2E?',
    '/\\',
    '/#',
  ]) {
    t.notOk(isForwardableTarget(target), target)
  }
  t.end()
})

t.test('a path ends at the first question mark', (t) => {
  t.equal(pathOf('/a?b?c'), '/a')
  t.equal(pathOf('/a'), '/a')
  t.equal(pathOf('?'), '')
  t.end()
})

t.test('whatever passes is the same to the URL standard, and decodes to no other path', (t) => {
  const unit = fc.constantFrom(...'/.%2eE5cC#?\\a;: é\n\0'.split(''))
  const target = fc.string({ unit, maxLength: 12 }).map((text) => `/${text}`)
  fc.assert(
    fc.property(target, (target) => {
      if (!isForwardableTarget(target)) return true
      const [path = ''] = target.split('?')
      const segments = path.slice(1).split('/').map(unescapeDots)
      const isPlain = !segments.includes('..') && !segments.slice(0, -1).includes('')
      return isPlain && /^[!-~]*$/.test(target) && !/[\\#]/.test(target) && canDecode(target)
    }),
    { numRuns: 20_000, verbose: true },
  )
  t.end()
})

function unescapeDots(segment: string): string {
  return segment.replaceAll(/%2e/gi, '.')
}

function canDecode(target: string): boolean {
  return !target.replaceAll(/%[0-9a-f]{2}/gi, '').includes('%')
}

t.test('of a target that is refused, no more than its path is told', (t) => {
  for (const [target, shown] of [
    ['/a/../b', '/a/../b'],
    ['/a?key=s3cret', '/a'],
    ['/a#s3cret', '/a'],
    ['http://eve:s3cret@host/a', ''],
    ['//eve:s3cret@host/a', ''],
    ['eve:s3cret@host:443', ''],
    ['*', ''],
    ['', ''],
  ] as const) {
    t.equal(shownPathOf(target), shown, target)
  }
  t.end()
})
