import { isUtf8 } from 'node:buffer'
import type { TLocalizedValidationError } from 'typebox/error'
import { StartupError } from '../errors/startup-error.js'
import { readSettingFile } from './setting-file.js'

/** A kind of file of JSON or YAML: the setting that names one, and its content, which completes "a file of JSON or YAML with …". */
export interface DocumentKind {
  readonly setting: string
  readonly content: string
}

/**
 * The value in a file of JSON or YAML.
 *
 * @throws `StartupError` (wrong setting) that names the setting, and the line of a mistake in YAML. It quotes nothing.
 */
export async function readSettingDocument(kind: DocumentKind, path: string): Promise<unknown> {
  const bytes = await readSettingFile(kind.setting, path)
  // A replacement character would stand for a part of a name or of a password.
  if (!isUtf8(bytes)) throw wrongDocument(kind, 'it is not UTF-8')
  const text = bytes.toString()
  if (text.trim() === '') throw wrongDocument(kind, 'it is empty')
  try {
    return JSON.parse(text)
  } catch {
    return await parseYaml(kind, text)
  }
}

// Loaded for a file that is no JSON alone.
async function parseYaml(kind: DocumentKind, text: string): Promise<unknown> {
  const { parse, YAMLParseError } = await import('yaml')
  try {
    // The library prints its warnings, which may quote the text, as it prints its errors.
    const value: unknown = parse(text, { logLevel: 'error' })
    // A value that JSON has no form for would not come back from the store as it is here.
    return JSON.parse(JSON.stringify(value))
  } catch (error) {
    const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined
    const place = line === undefined ? '' : ` (line ${line})`
    throw wrongDocument(kind, `it is neither valid JSON nor valid YAML${place}`)
  }
}

/** The refusal of a file for this reason. */
export function wrongDocument({ setting, content }: DocumentKind, reason: string): StartupError {
  return new StartupError(
    'wrongSetting',
    `${setting} takes a file of JSON or YAML with ${content}: ${reason}`
  )
}

/**
 * Says which member of a document is wrong, by the errors of its schema.
 *
 * @param entry completes "is no member of …".
 */
export function describeFault(errors: readonly TLocalizedValidationError[], entry: string): string {
  // It comes first: an unknown member is most likely the misspelt one that is missing.
  const unknown = errors.find(({ keyword }) => keyword === 'boolean')
  if (unknown !== undefined) return `${unknown.instancePath} is no member of ${entry}`
  const [error] = errors
  if (error?.keyword === 'required')
    return `${error.instancePath}/${error.params.requiredProperties[0]} is missing`
  if (error?.keyword === 'type')
    return `${error.instancePath || 'the document'} must be of the type ${error.params.type}`
  return `${error?.instancePath} ${error?.message}`
}
