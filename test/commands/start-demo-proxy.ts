/** Owns a proxy in this process before an embedded Tailer API, for tests of what surrounds it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import type { Test } from 'tap'
import { type RunningProxy, startProxy } from '../../src/commands/start-proxy.js'
import { createTailerApi, type TailerApi } from '../../src/demo/tailer-api.js'
import { loadIdentity } from '../../src/identity/load-identity.js'
import { load } from '../settings/load.js'
import { SHARED_ACCOUNT } from '../demo/shared-account.js'

export interface DemoFiles {
  readonly api: TailerApi
  readonly credentials: string
  readonly caFile: string
  /** Flags that name all of it. */
  readonly flags: readonly string[]
}

/** The embedded API, and its key and CA as files; all gone at the end of the test. */
export async function createDemoFiles(t: Test): Promise<DemoFiles> {
  const api = await createTailerApi({ account: SHARED_ACCOUNT })
  const folder = mkdtempSync(join(tmpdir(), 'tailer-proxy-test-'))
  t.teardown(async () => {
    await api.close()
    rmSync(folder, { recursive: true })
  })
  const credentials = join(folder, 'key.json')
  const caFile = join(folder, 'ca.pem')
  writeFileSync(credentials, JSON.stringify(api.serviceAccount), { mode: 0o600 })
  writeFileSync(caFile, api.caPem)
  const flags = ['--upstream', api.origin, '--credentials', credentials, '--ca-file', caFile]
  return { api, credentials, caFile, flags }
}

export interface DemoProxy extends DemoFiles {
  readonly proxy: RunningProxy
  readonly admin: string
}

/** On ports of their own; drained at the end of the test. */
export async function startDemoProxy(t: Test, more: readonly string[] = []): Promise<DemoProxy> {
  const files = await createDemoFiles(t)
  const admin = more.includes('--admin') ? [] : ['--admin', '127.0.0.1:0']
  const ports = ['--listen', '127.0.0.1:0', ...admin]
  const settings = load([...files.flags, ...ports, ...more])
  const proxy = await startProxy(settings, loadIdentity(settings), pino({ level: 'silent' }))
  t.teardown(() => proxy.drain())
  return { ...files, proxy, admin: proxy.admin ?? '' }
}
