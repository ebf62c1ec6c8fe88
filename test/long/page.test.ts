import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import t from 'tap'
import type { Test } from 'tap'
import { launchBrowser, MISSING_BROWSER, openPage, startDemo } from '../page/browser.js'

const MARKUP = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** A test with a browser; without one its name says so. */
function inBrowser(title: string, check: (t: Test) => Promise<void>): void {
  if (MISSING_BROWSER === undefined) t.test(title, check)
  else t.comment(`${title}: ${MISSING_BROWSER}`)
}

const call = (listen: string, body: object, id = 'mine') =>
  fetch(`${listen}/v1/dag/launch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': id },
    body: JSON.stringify(body),
  })

const JOB = {
  action: 'launch_job',
  account: '000099',
  environment: 'DEV',
  configuration_type: 'table-to-table',
  configuration_id: '000099_stores_DEV',
}

inBrowser(
  'it loads without a complaint, says what to do, and shows a request as it comes',
  async (t) => {
    const { listen, admin } = await startDemo(t)
    const { page, complaints } = await openPage(await launchBrowser(t), admin)
    await page.getByText('demo@tailer-demo.iam.gserviceaccount.com').waitFor()
    t.match(await page.locator('.command pre').innerText(), `curl ${listen}/v1/dag/status`)
    const startedMs = performance.now()
    await call(listen, JOB)
    const row = page.locator('button.row')
    await row.waitFor()
    t.ok(performance.now() - startedMs < 1_000, 'within a second')
    await page.locator('.row .action', { hasText: 'launch_job' }).waitFor()
    t.match(await row.innerText(), /POST\s+\/v1\/dag\/launch[^]*000099_stores_DEV\s+200/)
    await row.click()
    await page.locator('.body .key', { hasText: '"configuration_id"' }).waitFor()
    t.match(await page.locator('.more').innerText(), /"run_id": "/)
    t.same(complaints, [])
  },
)

inBrowser('markup in paths, headers and bodies stays text', async (t) => {
  const { listen, admin } = await startDemo(t)
  const { page, complaints } = await openPage(await launchBrowser(t), admin)
  await fetch(`${listen}/v1/<script>alert(1)</script>?${encodeURIComponent(MARKUP)}`, {
    headers: { 'x-markup': MARKUP },
  })
  await call(listen, { ...JOB, action: MARKUP, configuration_id: MARKUP, account: MARKUP })
  await page.locator('.row .action', { hasText: '<img' }).waitFor()
  for (const row of await page.locator('button.row').all()) {
    await row.click()
    await page.locator('.message').first().waitFor()
    t.equal(await page.locator('main img, main script').count(), 0)
  }
  t.match(await page.title(), /tailer-proxy$/)
  t.same(complaints, [])
})

inBrowser('errors say whose they are, what they mean, and what to do', async (t) => {
  const { listen, admin } = await startDemo(t)
  const { page } = await openPage(await launchBrowser(t), admin)
  await fetch(`${listen}/a//b`)
  await fetch(`${listen}/v1/nowhere`)
  await page.locator('button.row').nth(1).waitFor()
  await page.locator('button.row', { hasText: 'BAD_REQUEST' }).click()
  const more = page.locator('.more')
  t.match(await more.innerText(), /Your request\s+BAD_REQUEST\s+.*\s+What to do:/)
  t.match(await more.innerText(), 'nothing was sent to it')
  await page.getByLabel('Filter requests by text').fill('nowhere')
  t.equal(await page.locator('button.row').count(), 1)
  await page.getByLabel('Filter requests by text').fill('')
  await page.getByLabel('Filter requests by outcome').selectOption('proxyError')
  await page.locator('button.row', { hasText: 'nowhere' }).waitFor({ state: 'detached' })
  await page.locator('button.row', { hasText: 'BAD_REQUEST' }).waitFor()
  t.equal(await page.locator('button.row').count(), 1)
})

inBrowser('a plot with nothing in it says of what there was nothing', async (t) => {
  const { listen, admin } = await startDemo(t)
  await fetch(`${listen}/a//b`)
  const { page } = await openPage(await launchBrowser(t), admin)
  const latency = page.locator('.plot', { hasText: 'Latency' })
  await latency.getByText('No responses from the API in the last 15 minutes').waitFor()
  t.equal(await page.getByText('No requests in the last 15 minutes').count(), 0)
})

inBrowser('the list is used by keys alone, and pauses and clears', async (t) => {
  const { listen, admin } = await startDemo(t)
  const { page } = await openPage(await launchBrowser(t), admin)
  for (const id of ['1', '2', '3']) await call(listen, JOB, id)
  await page.locator('button.row').nth(2).waitFor()
  await page.getByLabel('Filter requests by text').focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByText('Request id').waitFor()
  t.equal(await page.locator('button.row').nth(1).getAttribute('aria-expanded'), 'true')
  await page.keyboard.press('Escape')
  t.equal(await page.locator('.more').count(), 0)
  await page.keyboard.press('p')
  await call(listen, JOB, '4')
  await page.getByText('Resume (1 new)').waitFor()
  t.equal(await page.locator('button.row').count(), 3)
  await page.keyboard.press('p')
  await page.locator('button.row').nth(3).waitFor()
  await page.keyboard.press('c')
  await page.getByText('Cleared. New requests appear here.').waitFor()
  await call(listen, JOB, '5')
  await page.locator('button.row').waitFor()
})

inBrowser('a proxy that is gone is said to be, and comes back by itself', async (t) => {
  const first = await startDemo(t)
  const { page } = await openPage(await launchBrowser(t), first.admin)
  await call(first.listen, JOB)
  await page.locator('button.row').waitFor()
  const startedMs = performance.now()
  first.cli.process.kill('SIGTERM')
  t.equal(await first.cli.ended, 0, 'the page does not hold up the end')
  t.ok(performance.now() - startedMs < 5_000)
  await page.getByText(/^Disconnected since/).waitFor()
  t.match(await page.title(), /^Disconnected/)
  const portOf = (url: string) => url.slice('http://'.length)
  const ports = ['--listen', portOf(first.listen), '--admin', portOf(first.admin)]
  const second = await startDemo(t, ports)
  await page.getByText('Ready', { exact: true }).waitFor()
  await call(second.listen, JOB, 'later')
  await page.locator('button.row').nth(1).waitFor()
})

inBrowser('five hundred rows come and stay, and axe finds nothing serious', async (t) => {
  const { listen, admin } = await startDemo(t)
  const browser = await launchBrowser(t)
  for (let i = 0; i < 520; i += 40) {
    await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        at % 4 === 0 ? fetch(`${listen}/a//b`) : call(listen, JOB, `${i + at}`),
      ),
    )
  }
  for (const look of [{}, { width: 360, dark: true }]) {
    const { page, complaints } = await openPage(browser, admin, look)
    await page.getByText('500', { exact: true }).waitFor()
    t.equal(await page.locator('button.row').count(), 500)
    await page.locator('button.row', { hasText: 'BAD_REQUEST' }).first().click()
    await page.locator('.message').first().waitFor()
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
    t.ok(wide <= (look.width ?? 1_280), `nothing is wider than the window: ${wide}`)
    // The policy lets the page run no text of ours; the browser's own console is not bound by it.
    const session = await page.context().newCDPSession(page)
    await session.send('Runtime.evaluate', { expression: axe })
    const { result } = await session.send('Runtime.evaluate', {
      // Rows are alike: twenty of them tell.
      expression: `axe.run({ exclude: ['.table li:nth-child(n+20)'] })
        .then(({ violations }) => JSON.stringify(violations))`,
      awaitPromise: true,
    })
    const violations = JSON.parse(String(result.value)) as {
      id: string
      impact: string
      nodes: { html: string }[]
    }[]
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    t.same(
      serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`),
      [],
      JSON.stringify(look),
    )
    t.same(complaints, [])
    await page.close()
  }
})
