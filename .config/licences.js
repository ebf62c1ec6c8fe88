// Owns the licences of everything in a bundle: each package with its licence text.
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const LICENCE_FILE = /^(licen[cs]e|copying|notice)(\.|-|$)/i

/** One text, in order of package names. @param files the paths of what is bundled */
export function licencesOf(files) {
  const folders = new Set()
  for (const input of files) {
    const [folder] = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(resolve(input)) ?? []
    if (folder !== undefined) folders.add(folder)
  }
  return [...folders]
    .sort()
    .map(licenceOf)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

function licenceOf(folder) {
  const { name, version, license, author } = JSON.parse(
    readFileSync(`${folder}/package.json`, 'utf8'),
  )
  const files = readdirSync(folder).filter((file) => LICENCE_FILE.test(file))
  const texts = files.map((file) => readFileSync(`${folder}/${file}`, 'utf8').trim())
  if (texts.length === 0)
    texts.push(`Copyright ${author?.name ?? author ?? `the authors of ${name}`}`)
  return `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`
}
