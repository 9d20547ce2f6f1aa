import type { ReadEnvironment } from '../config/environment.js'
import { StartupError } from '../errors/startup-error.js'
import { visibleText } from '../visible-text.js'
import { reportConfig, type SettingReport } from './config-report.js'
import { jsonText, type Output, rowsText } from './output.js'
import type { Column } from './table.js'

const columns: readonly Column<SettingReport>[] = [
  { title: 'Setting', of: ({ name }) => name },
  { title: 'Value', of: ({ value }) => value ?? 'unset', isCut: true },
  { title: 'From', of: ({ source }) => source }
]

/**
 * Prints the settings of an environment, and what is odd: in JSON as a part of the document, else on standard error.
 *
 * @param now in seconds.
 * @throws `StartupError` (wrong setting) that says why the service would not start with them.
 */
export async function printConfig(environment: ReadEnvironment, now: number, output: Output): Promise<void> {
  const report = await reportConfig(environment, now)
  if (output.format === 'json') {
    process.stdout.write(jsonText(report))
  } else {
    process.stdout.write(rowsText(columns, report.settings, output))
    process.stderr.write(report.warnings.map((text) => `warning: ${visibleText(text)}\n`).join(''))
  }
  if (report.errors.length === 0) return
  throw new StartupError('wrongSetting', `the service would not start: ${report.errors.join('; ')}`)
}
