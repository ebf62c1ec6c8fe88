/** Owns a real browser, Debian's Chromium, and a demo that it looks at. */
import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'
import { type Cli, spawnCli } from '../cli/spawn-cli.js'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path))

/** Names what is missing, for a machine without a browser; else undefined. */
export const MISSING_BROWSER =
  CHROMIUM === undefined ? 'chromium is not installed: the page is not looked at' : undefined

export async function launchBrowser(t: Pick<Test, 'teardown'>): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('no chromium')
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  return browser
}

export interface Demo {
  readonly cli: Cli
  readonly listen: string
  readonly admin: string
}

/** The built demo, on free ports unless some are given. */
export async function startDemo(
  t: Pick<Test, 'teardown'>,
  ports: readonly string[] = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'],
): Promise<Demo> {
  const cli = spawnCli(t, ['demo', ...ports])
  const ready = await cli.logged('ready')
  return { cli, listen: String(ready['listen']), admin: String(ready['admin']) }
}

export interface OpenPage {
  readonly page: Page
  /** What the browser complained of: console messages, errors, violations of the policy. */
  readonly complaints: string[]
}

/** The page of a proxy; what the browser says is kept. */
export async function openPage(
  browser: Browser,
  admin: string,
  options: { width?: number; height?: number; dark?: boolean } = {},
): Promise<OpenPage> {
  const { width = 1280, height = 900, dark = false } = options
  const page = await browser.newPage({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
  })
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('requestfailed', (failed) => complaints.push(`${failed.url()} failed`))
  await page.goto(`${admin}/`)
  await page.getByText('Ready', { exact: true }).waitFor()
  return { page, complaints }
}
