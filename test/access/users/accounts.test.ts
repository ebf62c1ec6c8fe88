import t from 'tap'
import { readAccounts } from '../../../src/access/users/accounts.js'

t.test('names and numbers are those of the lines that are a user’s', (t) => {
  const accounts = readAccounts(
    [
      'root:x:0:0:root:/root:/bin/bash',
      'toor:x:0:0::/root:/bin/sh',
      '# a comment',
      'svc-build$:x:998:998::/:/bin/false',
      'CORP\\eve:*:70001:70001:Eve:/home/eve:/bin/zsh',
      '+::::::',
      '+nis:::0:::',
      'broken:x:-1:0::/:',
      'odd:x:12x:0::/:',
      'huge:x:4294967295:0::/:',
      ':x:5:5::/:',
      'root:x:7:7:a second one of that name:/:',
      'last:x:4294967294:0::/:',
    ].join('\n'),
  )
  t.equal(accounts.uidOf('root'), 0, 'the first of a name counts')
  t.equal(accounts.uidOf('toor'), 0)
  t.equal(accounts.nameOf(0), 'root', 'and the first of a number')
  t.equal(accounts.uidOf('svc-build$'), 998)
  t.equal(accounts.nameOf(70001), 'CORP\\eve')
  t.equal(accounts.nameOf(4294967294), 'last')
  for (const name of ['nobody', '', '+', '+nis', 'broken', 'odd', 'huge', '# a comment']) {
    t.equal(accounts.uidOf(name), undefined, name)
  }
  t.equal(accounts.nameOf(5), undefined)
  t.end()
})
