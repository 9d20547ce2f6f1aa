import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Writes the types of the exports for `require` into `build/commonjs`. The types of the sources are those of ES modules, which
 * TypeScript lets no CommonJS module import but by name.
 *
 * @param root the folder of package.json, whose exports are bundled.
 * @param sources the source of each export.
 */
export async function writeCommonJsTypes(root: string, sources: Record<string, string>): Promise<void> {
  for (const [name, source] of Object.entries(sources)) {
    const values: object = await import(join(root, `build/exports/${name}.js`))
    const module = `'../${source.replace(/\.ts$/, '.js')}' with { 'resolution-mode': 'import' }`
    const lines = Object.entries(values).flatMap(([name, value]) => [
      `export declare const ${name}: typeof exported.${name}`,
      // The value hides the type of the same name.
      ...(isClass(value) ? [`export type ${name} = exported.${name}`] : [])
    ])
    const text = [`import type * as exported from ${module}`, `export type * from ${module}`, ...lines, '']
    writeFileSync(join(root, `build/commonjs/${name}.d.cts`), text.join('\n'))
  }
}

function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(String(value))
}
