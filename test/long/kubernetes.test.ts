import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  type IPodMonitor,
  PodMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor'
import { Deployment, type IDeployment } from 'kubernetes-models/apps/v1/Deployment'
import { Job } from 'kubernetes-models/batch/v1/Job'
import {
  type INetworkPolicy,
  NetworkPolicy,
} from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import t, { type Test } from 'tap'
import ts from 'typescript'
import { parseAllDocuments } from 'yaml'
import { projectFile } from '../project-file.js'
import { runIfInstalled } from '../config/installed.js'
import { kustomize, type Manifest } from '../config/kustomize.js'

const FOLDERS = ['base', 'overlays/job', 'overlays/workload-identity', 'overlays/monitoring']
const pathOf = (name: string) => projectFile(`config/kubernetes/${name}`)
const built = new Map(FOLDERS.map((name) => [name, kustomize(pathOf(name))]))

/** Of one folder, the manifest of a kind. */
function manifestOf(folder: string, ...kinds: readonly string[]): unknown {
  return built.get(folder)?.find(({ kind }) => kinds.includes(String(kind)))
}
const workloadOf = (folder: string) => manifestOf(folder, 'Deployment', 'Job') as IDeployment

const podOf = (folder: string) => workloadOf(folder).spec?.template.spec
const sidecarOf = (folder: string) =>
  podOf(folder)?.initContainers?.find(({ name }) => name === 'tailer-proxy')
const valuesOf = (folder: string) =>
  Object.fromEntries((sidecarOf(folder)?.env ?? []).map(({ name, value }) => [name, value]))

/** Where the API's types and its schema are, by kind. */
const MODELS: Record<string, { module: string; validate: (manifest: never) => void }> = {
  Deployment: {
    module: 'kubernetes-models/apps/v1/Deployment',
    validate: (manifest) => {
      new Deployment(manifest).validate()
    },
  },
  Job: {
    module: 'kubernetes-models/batch/v1/Job',
    validate: (manifest) => {
      new Job(manifest).validate()
    },
  },
  ServiceAccount: {
    module: 'kubernetes-models/v1/ServiceAccount',
    validate: (manifest) => {
      new ServiceAccount(manifest).validate()
    },
  },
  NetworkPolicy: {
    module: 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy',
    validate: (manifest) => {
      new NetworkPolicy(manifest).validate()
    },
  },
  PodMonitor: {
    module: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor',
    validate: (manifest) => {
      new PodMonitor(manifest).validate()
    },
  },
}

/**
 * What the API's types say of literals, by name: unlike its schema they know which fields there
 * are. `kubectl apply` would tell too, with a server to ask.
 */
function faultsOf(t: Test, manifests: Readonly<Record<string, Manifest>>) {
  const folder = t.testdir()
  for (const [name, manifest] of Object.entries(manifests)) {
    const kind = String(manifest['kind'])
    writeFileSync(
      join(folder, `${name}.ts`),
      `import type { I${kind} } from '${MODELS[kind]?.module ?? ''}'
export const manifest: I${kind} = ${JSON.stringify(manifest)}
`,
    )
  }
  const names = Object.keys(manifests).map((name) => join(folder, `${name}.ts`))
  const program = ts.createProgram(names, {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    lib: ['lib.es2022.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  })
  const faults = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, '\n')
    return [basename(file?.fileName ?? '', '.ts'), text] as const
  })
  return (name: string) => faults.filter(([of]) => of === name).map(([, text]) => text)
}

t.test('kustomize builds the base and every overlay', (t) => {
  // The kustomize in kubectl before 1.21 knows no components.
  const probe = t.testdir({ 'kustomization.yaml': 'components: [part]\n' })
  mkdirSync(join(probe, 'part'))
  writeFileSync(
    join(probe, 'part/kustomization.yaml'),
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamespace: any\nconfigMapGenerator: [{ name: any }]\n',
  )
  for (const [name, ours] of built) {
    const said =
      runIfInstalled(['kustomize', 'build', probe], ['kustomize', 'build', pathOf(name)]) ??
      runIfInstalled(['kubectl', 'kustomize', probe], ['kubectl', 'kustomize', pathOf(name)])
    if (said === undefined) {
      t.comment('NOT CHECKED: neither kustomize nor kubectl 1.21 is installed')
      break
    }
    t.equal(said.status, 0, said.text)
    const theirs = parseAllDocuments(said.text).map((one) => one.toJS() as Manifest)
    const byKind = (a: Manifest, b: Manifest) => String(a['kind']).localeCompare(String(b['kind']))
    t.same(theirs.sort(byKind), [...ours].sort(byKind), name)
  }
  t.end()
})

t.test('the manifests are valid by the schema of the Kubernetes API', (t) => {
  for (const [folder, manifests] of built) {
    for (const manifest of manifests) {
      const kind = String(manifest['kind'])
      t.doesNotThrow(() => MODELS[kind]?.validate(manifest as never), `${kind} of ${folder}`)
    }
  }
  const wrong = structuredClone(workloadOf('base'))
  Object.assign(wrong.spec?.template ?? {}, { spec: { containers: [{ image: 'nameless' }] } })
  t.throws(() => MODELS['Deployment']?.validate(wrong as never), /name/)
  t.end()
})

t.test('the manifests have no field that the API does not know', (t) => {
  const all = [...built.values()].flat().map((manifest, at) => [`number${at}`, manifest] as const)
  const slip = JSON.stringify(built.get('base')?.[0]).replace('"restartPolicy"', '"restartPolcy"')
  const faults = faultsOf(t, { ...Object.fromEntries(all), wrong: JSON.parse(slip) as Manifest })
  for (const [name, { kind }] of all) t.same(faults(name), [], `${String(kind)} ${name}`)
  t.match(faults('wrong'), [/restartPolcy/], 'a misspelled field is found')
  t.end()
})

for (const folder of FOLDERS) {
  t.test(`${folder} has a native sidecar that a restricted namespace admits`, (t) => {
    const pod = podOf(folder)
    t.match(sidecarOf(folder), { restartPolicy: 'Always', args: ['start'] })
    t.match(sidecarOf(folder)?.securityContext, { readOnlyRootFilesystem: true, runAsUser: 65532 })
    // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    for (const container of [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])]) {
      t.match(container.securityContext, {
        allowPrivilegeEscalation: false,
        runAsNonRoot: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      })
      t.ok(container.resources?.requests?.['cpu'], container.name)
      t.ok(container.resources?.requests?.['memory'], container.name)
    }
    for (const volume of pod?.volumes ?? []) t.ok(volume.secret, 'restricted volume types only')
    t.end()
  })
}

t.test(
  'only the sidecar mounts the key, as a directory, for a subPath mount never changes',
  (t) => {
    for (const folder of ['base', 'overlays/job']) {
      const [mount] = sidecarOf(folder)?.volumeMounts ?? []
      t.match(mount, { mountPath: '/var/run/secrets/tailer', readOnly: true })
      t.notOk(mount && 'subPath' in mount)
      for (const { volumeMounts } of podOf(folder)?.containers ?? []) t.notOk(volumeMounts)
    }
    t.end()
  },
)

t.test('no probe runs a command again and again', (t) => {
  for (const folder of FOLDERS) {
    const { startupProbe, readinessProbe, livenessProbe } = sidecarOf(folder) ?? {}
    t.notOk(readinessProbe?.exec ?? livenessProbe?.exec, folder)
    if (folder === 'overlays/monitoring') continue
    const [node, cli, wait, flag, timeout = ''] = startupProbe?.exec?.command ?? []
    t.same([node, cli, wait, flag], ['node', '/app/dist/cli.js', 'wait', '--timeout'])
    t.ok(Number.parseInt(timeout) < (startupProbe?.timeoutSeconds ?? 0), 'it says why it failed')
  }
  t.end()
})

t.test('with monitoring, the kubelet and Prometheus ask the admin listener by its name', (t) => {
  const folder = 'overlays/monitoring'
  const { startupProbe, readinessProbe, livenessProbe, ports } = sidecarOf(folder) ?? {}
  t.equal(startupProbe?.exec, undefined)
  t.same(startupProbe?.httpGet, { path: '/readyz', port: 'admin' })
  t.same(readinessProbe?.httpGet, { path: '/readyz', port: 'admin' })
  t.same(livenessProbe?.httpGet, { path: '/livez', port: 'admin' })
  const port = ports?.find(({ name }) => name === 'admin')?.containerPort
  t.equal(valuesOf(folder)['TAILER_PROXY_ADMIN'], `$(POD_IP):${port ?? 0}`)
  t.notOk('TAILER_PROXY_LISTEN' in valuesOf(folder), 'the proxy itself stays on loopback')

  const labels = workloadOf(folder).spec?.template.metadata?.labels ?? {}
  const { selector, podMetricsEndpoints } = (manifestOf(folder, 'PodMonitor') as IPodMonitor).spec
  t.match(labels, selector.matchLabels)
  t.match(podMetricsEndpoints, [{ port: 'admin', path: '/metrics' }])
  const policy = (manifestOf(folder, 'NetworkPolicy') as INetworkPolicy).spec
  t.match(labels, policy?.podSelector.matchLabels)
  const [metrics, ...others] = policy?.ingress ?? []
  t.match(metrics, { from: [{ namespaceSelector: {} }], ports: [{ port }] })
  t.notOk(JSON.stringify(others).includes(String(port)), 'nobody else reaches it')
  t.end()
})

t.test(
  'with Workload Identity there is no key, and a token that the metadata server gives',
  (t) => {
    const folder = 'overlays/workload-identity'
    t.match(valuesOf(folder), { TAILER_PROXY_IDENTITY: 'adc', TAILER_PROXY_TOKEN_TYPE: 'id-token' })
    t.same(podOf(folder)?.volumes, [])
    t.same(sidecarOf(folder)?.volumeMounts, [])
    const account = manifestOf(folder, 'ServiceAccount') as Manifest
    t.match(account['metadata'], { name: podOf(folder)?.serviceAccountName })
    t.end()
  },
)
