import t from 'tap'
import { createExecSource } from '../../src/identity/exec.js'
import { idToken } from '../fakes/google.js'
import { load } from '../settings/load.js'

/** The token that is found in what a command prints. */
function found(printed: string, pattern = load().execPattern) {
  return createExecSource(['/bin/echo', printed], pattern).mint(new AbortController().signal)
}

t.test('a pattern with ^ and $ is of the whole output, or of one of its lines', async (t) => {
  t.equal((await found('banner\nt=abc\nBye', /^t=(\w+)$/)).reveal(), 'abc')
  t.equal((await found('banner\r\nt=abc\r\nBye', /^t=(\w+)$/)).reveal(), 'abc')
  t.equal((await found(' \n begin\nabc\nend \n', /^begin\n(\w+)\nend$/)).reveal(), 'abc')
})

t.test('a token that tells its end expires then', async (t) => {
  const { expiresAtMs } = await found(`User token : ${idToken({}, '10m')}`)
  t.ok(expiresAtMs > Date.now() + 500_000 && expiresAtMs <= Date.now() + 600_000)
})

t.test('without a token it says where to look', async (t) => {
  const failure = {
    message: 'the command of --exec printed no token',
    hint: 'run the command of --exec by hand: it must print the token; see also --exec-pattern',
    permanent: false,
  }
  for (const printed of ['', 'please log in first', 'User token : é']) {
    await t.rejects(found(printed), failure)
  }
  await t.rejects(found('abc', /a(x)?bc/), failure, 'a group that took no part')
})
