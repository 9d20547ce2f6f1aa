import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'

/**
 * The licences of all packages of which anything is in the bundle, with the text of each.
 *
 * @param root the folder that the paths of the inputs are relative to.
 * @throws `Error` for a package without a licence text.
 */
export function licences(root: string, outputs: Metafile['outputs']): string {
  const folders = new Set<string>()
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder)
    }
  }
  const notices = [...folders].map((folder) => notice(join(root, folder))).sort()
  return `The program holds parts of these packages.\n\n${[...new Set(notices)].join(`\n${'-'.repeat(80)}\n\n`)}`
}

function notice(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const read = (file: string) => readFileSync(join(folder, file), 'utf8').trim()
  const files = readdirSync(folder)
  const texts = files.filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).map(read)
  if (texts.length === 0) {
    // Some authors say it in the readme only.
    const readme = files.filter((file) => /^readme/i.test(file)).map(read)
    const section = /^#+ *licen[cs]e.*/ims.exec(readme.join('\n'))
    if (section === null) throw new Error(`${name} has no licence text`)
    texts.push(section[0])
  }
  return `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`
}
