import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Deployment, type IDeployment } from 'kubernetes-models/apps/v1/Deployment'
import { type IJob, Job } from 'kubernetes-models/batch/v1/Job'
import t, { type Test } from 'tap'
import ts from 'typescript'
import { parse } from 'yaml'
import { projectFile } from '../project-file.js'

const textOf = (name: string) => readFileSync(projectFile(`config/kubernetes/${name}.yaml`), 'utf8')
/** With the lines for Prometheus. */
const uncommented = (text: string) => text.replace(/^( +)# (?=- \{)/gm, '$1')

const deployments = [textOf('deployment'), uncommented(textOf('deployment'))].map(
  (text) => parse(text) as IDeployment,
)
const jobs = [textOf('job'), uncommented(textOf('job'))].map((text) => parse(text) as IJob)

/**
 * What the API's types say of literals, file by file: unlike its schema they know which fields
 * there are. `kubectl apply` would tell too, with a server to ask.
 */
function faultsOf(t: Test, files: Record<string, { IDeployment: object; IJob: object }>) {
  const folder = t.testdir()
  for (const [name, { IDeployment, IJob }] of Object.entries(files)) {
    writeFileSync(
      join(folder, `${name}.ts`),
      `import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment'
import type { IJob } from 'kubernetes-models/batch/v1/Job'
export const deployment: IDeployment = ${JSON.stringify(IDeployment)}
export const job: IJob = ${JSON.stringify(IJob)}
`,
    )
  }
  const names = Object.keys(files).map((name) => join(folder, `${name}.ts`))
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

t.test('the manifests are valid by the schema of the Kubernetes API', (t) => {
  for (const manifest of deployments) {
    t.doesNotThrow(() => {
      new Deployment(manifest).validate()
    })
  }
  for (const manifest of jobs) {
    t.doesNotThrow(() => {
      new Job(manifest).validate()
    })
  }
  const [wrong] = structuredClone(deployments)
  Object.assign(wrong?.spec?.template ?? {}, { spec: { containers: [{ image: 'nameless' }] } })
  t.throws(() => {
    new Deployment(wrong).validate()
  }, /name/)
  t.end()
})

t.test('the manifests have no field that the API does not know', (t) => {
  const [IDeployment, IJob] = [deployments[1] ?? {}, jobs[1] ?? {}]
  const slip = JSON.stringify(IDeployment).replace('"restartPolicy"', '"restartPolcy"')
  const faults = faultsOf(t, {
    right: { IDeployment, IJob },
    wrong: { IDeployment: JSON.parse(slip) as object, IJob },
  })
  t.same(faults('right'), [])
  t.match(faults('wrong'), [/restartPolcy/], 'a slip of the pen is found')
  t.end()
})

for (const [name, manifest] of [
  ['deployment', deployments[0]],
  ['job', jobs[0]],
] as const) {
  t.test(`the ${name} has a native sidecar that a restricted namespace admits`, (t) => {
    const spec = manifest?.spec?.template.spec
    const [sidecar] = spec?.initContainers ?? []
    t.match(sidecar, { name: 'tailer-proxy', restartPolicy: 'Always' })
    t.match(sidecar?.securityContext, { readOnlyRootFilesystem: true, runAsUser: 65532 })
    for (const probe of [sidecar?.startupProbe, sidecar?.readinessProbe]) {
      t.same(probe?.exec?.command, ['node', '/app/dist/cli.js', 'healthcheck'])
    }
    // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
      t.match(container.securityContext, {
        allowPrivilegeEscalation: false,
        runAsNonRoot: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      })
      t.ok(container.resources?.requests?.['cpu'], container.name)
      t.ok(container.resources?.requests?.['memory'], container.name)
    }
    for (const volume of spec?.volumes ?? []) t.ok(volume.secret, 'restricted volume types only')
    const [mount] = sidecar?.volumeMounts ?? []
    t.match(mount, { mountPath: '/var/run/secrets/tailer', readOnly: true })
    t.notOk(mount && 'subPath' in mount, 'a subPath mount never changes')
    t.end()
  })
}
