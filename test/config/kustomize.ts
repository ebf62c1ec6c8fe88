/**
 * Owns what the kustomizations of `config/kubernetes` come to, where kustomize is not installed:
 * as much of it as they use. Where it is, a test holds the two together.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

export type Manifest = Readonly<Record<string, unknown>>

interface Kustomization {
  readonly resources?: readonly string[]
  readonly components?: readonly string[]
  readonly patches?: readonly {
    readonly path: string
    readonly target: { readonly kind: string }
  }[]
}

/** @param folder with a `kustomization.yaml` */
export function kustomize(folder: string): readonly Manifest[] {
  return apply(folder, [])
}

function apply(folder: string, found: readonly Manifest[]): readonly Manifest[] {
  const kustomization: Kustomization = read(join(folder, 'kustomization.yaml'))
  const { resources = [], components = [], patches = [] } = kustomization
  let manifests = [...found]
  for (const resource of resources) {
    const path = join(folder, resource)
    if (existsSync(join(path, 'kustomization.yaml'))) manifests.push(...kustomize(path))
    else manifests.push(read(path))
  }
  for (const component of components) manifests = [...apply(join(folder, component), manifests)]
  for (const { path, target } of patches) {
    // Its names say nothing: the target says whom it changes.
    const { spec } = read(join(folder, path))
    const kinds = new RegExp(`^(?:${target.kind})$`)
    manifests = manifests.map((manifest) =>
      kinds.test(String(manifest['kind'])) ? (merge(manifest, { spec }) as Manifest) : manifest,
    )
  }
  return manifests
}

/** By what the items of a list are told apart. */
const MERGE_KEYS = ['mountPath', 'name']

/** A strategic merge: null deletes, items of a list are matched by their key, new ones go first. */
function merge(base: unknown, patch: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(patch)) return mergeLists(base, patch)
  if (!isObject(base) || !isObject(patch)) return patch
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged[key] = undefined
    else merged[key] = merge(base[key], value)
  }
  return JSON.parse(JSON.stringify(merged)) as unknown
}

function mergeLists(base: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const key = MERGE_KEYS.find((name) => patch.every((item) => isObject(item) && name in item))
  if (key === undefined) return [...patch]
  const keyOf = (item: unknown) => (item as Manifest)[key]
  const kept = base.flatMap((item) => {
    const change = patch.find((other) => keyOf(other) === keyOf(item)) as Manifest | undefined
    if (change?.['$patch'] === 'delete') return []
    return [change === undefined ? item : merge(item, change)]
  })
  const known = new Set(base.map(keyOf))
  return [...patch.filter((item) => !known.has(keyOf(item))), ...kept]
}

function isObject(value: unknown): value is Manifest {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function read(path: string): Manifest {
  return parse(readFileSync(path, 'utf8')) as Manifest
}
