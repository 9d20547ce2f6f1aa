import { StartupError } from '../errors/startup-error.js'
import { visibleText } from '../visible-text.js'
import type { AdminCommand } from './admin-command.js'
import { writePrivateFile } from './private-file.js'

/** Writes a backup of everything into a file, or to standard output for `-`. */
export const backUp: AdminCommand = async (client, { operands: [file = ''], flags }) => {
  const { recipient, force = false } = flags
  const download = () => client.download('POST', '/admin/backup', recipient && { recipient })
  if (file === '-') {
    if (process.stdout.isTTY) {
      throw new StartupError('wrongSetting', '- takes a pipe or a file: a backup is not for a terminal')
    }
    return await download()
  }
  await writePrivateFile(file, force, download)
  const warning =
    recipient === undefined
      ? '. It is not encrypted, and holds the signing keys: keep it as you keep them'
      : ''
  return `The backup is in ${visibleText(file)}${warning}\n`
}
