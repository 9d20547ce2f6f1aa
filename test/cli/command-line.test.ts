import t from 'tap'
import { scopes } from '../../src/admin/authorization.js'
import { findCall, readCommandLine } from '../../src/cli/command-line.js'
import { options } from '../../src/cli/command-options.js'
import { type CommandName, commandOf, commands, groups } from '../../src/cli/command-table.js'
import { commandHelp, programHelp } from '../../src/cli/help.js'
import { ConfigSchema } from '../../src/config/schema.js'
import { temporaryFolder } from '../support/helper.js'
import { Program } from '../support/process.js'

/** The message with which a command line is refused. */
function refusal(...args: string[]): string {
  try {
    findCall(readCommandLine(args))
  } catch (error) {
    t.match(error, { name: 'StartupError', exitCode: 2 })
    return (error as Error).message
  }
  return ''
}

t.test('an option that is a setting is refused with the variable that sets it', (t) => {
  t.equal(refusal('serve', '--port', '4000'), 'there is no option --port: set POSTERN_PORT=4000')
  t.equal(refusal('serve', '--data-dir=/x'), 'there is no option --data-dir: set POSTERN_DATA_DIR=/x')
  t.equal(refusal('serve', '--host'), 'there is no option --host: set POSTERN_HOST')
  t.equal(
    refusal('serve', '--signing-key=hunter2'),
    'there is no option --signing-key: set POSTERN_SIGNING_KEY'
  )
  t.notMatch(refusal('serve', '--port', '\u001b[2J'), '\u001b')
  t.end()
})

t.test('a misspelt option or command is refused with the one that was most likely meant', (t) => {
  for (const [args, message] of [
    ['serve --fixtur', 'there is no option --fixtur: did you mean --fixture?'],
    ['--constructor', 'there is no option --constructor: see postern --help'],
    ['serve --constructor', 'there is no option --constructor: see postern serve --help'],
    ['user list --constructor', 'there is no option --constructor: see postern user list --help'],
    ['user set --second-factor', 'there is no option --second-factor: did you mean --no-second-factor?'],
    ['sreve', 'there is no command sreve: did you mean serve?'],
    ['keys lsit', 'there is no command keys lsit: did you mean keys list?'],
    ['keys rot', 'there is no command keys rot: there is keys list, keys rotate, keys retire, keys export'],
    ['user lst', 'there is no command user lst: did you mean user list?'],
    ['apikey list', 'there is no command apikey: did you mean api-key list?'],
    ['user ad alice', 'there is no command user ad: did you mean user add?'],
    ['kesy list', 'there is no command kesy: did you mean keys list?'],
    ['invite lst', 'there is no command invite lst: did you mean invite list?'],
    ['invite bob hunter2', 'there is no command invite bob: there is invite, invite list, invite remove'],
    ['quite-another-thing', 'there is no command quite-another-thing: see postern --help'],
    ['constructor', 'there is no command constructor: see postern --help']
  ] as const) {
    t.equal(refusal(...args.split(' ')), message)
  }
  t.end()
})

t.test('operands and options that a command does not take are refused, and no operand is repeated', (t) => {
  for (const [args, message] of [
    ['serve hunter2', 'serve takes nothing after it'],
    ['user add alice hunter2', 'user add takes one NAME after it'],
    ['keys retire', 'keys retire takes one KID after it'],
    ['user end-session alice', 'user end-session takes NAME and ID after it'],
    ['user list a b', 'user list takes at most one PREFIX after it'],
    ['user show alice --yes', 'user show takes no --yes'],
    ['keys list --fixture', 'keys list takes no --fixture'],
    ['serve --format pem', 'serve takes no --format'],
    ['serve --users', '--users takes a value'],
    ['serve --fixture=yes', '--fixture takes no value'],
    ['serve --', '-- takes the COMMAND to run']
  ] as const) {
    t.equal(refusal(...args.split(' ')), message)
  }
  t.end()
})

t.test('a key id that begins with a hyphen is an operand, and what follows -- is of the command', (t) => {
  const kid = `-${'x'.repeat(42)}`
  t.same(findCall(readCommandLine(['keys', 'retire', kid])), { name: 'keys retire', operands: [kid] })
  t.match(readCommandLine(['serve', '--fixture', '--', 'npm', 'test', '--', '--port', '1']), {
    words: ['serve'],
    flags: { fixture: true },
    beside: ['npm', 'test', '--', '--port', '1']
  })
  t.end()
})

t.test('an option that may be repeated gives all its values, and any other its last', (t) => {
  const { flags } = readCommandLine([
    'user',
    'add',
    'a',
    '--group',
    'x',
    '--group=y',
    '--email',
    'a',
    '--email',
    'b'
  ])
  t.match(flags, { group: ['x', 'y'], email: 'b' })
  t.end()
})

t.test(
  'every option of a command is one that the program reads, with or without a value as the help says',
  (t) => {
    for (const name of Object.keys(commands) as CommandName[]) {
      for (const [option, { takes }] of Object.entries(commandOf(name).options ?? {})) {
        if (option === '') continue
        t.equal(
          options[option as keyof typeof options]?.type,
          takes === undefined ? 'boolean' : 'string',
          option
        )
      }
    }
    t.ok(commandHelp('api-key add').includes(`Scopes: ${scopes.join(', ')}.`))
    t.end()
  }
)

t.test('the help of serve has the meaning of each setting, and each command has its own', (t) => {
  const help = commandHelp('serve')
  for (const name of Object.keys(ConfigSchema.properties)) {
    t.match(help, new RegExp(`^  ${name}( \\(default .*\\))?\n {6}[A-Z0-9].*\\.\n {6}Takes .*\\.$`, 'm'))
  }
  for (const [name, { effect }] of Object.entries(commands)) {
    const [word = ''] = name.split(' ')
    const group = groups[word]
    // A string that is looked for as it is: the effect of a group stands for those of its commands.
    t.ok(programHelp().includes(group ?? effect), name)
    if (group !== undefined) t.ok(commandHelp(word).toLowerCase().includes(effect.toLowerCase()), name)
    t.ok(commandHelp(name).includes(`Usage: postern ${name}`), name)
  }
  t.ok(programHelp().split('\n').length < 25)
  t.end()
})

t.test(
  '--help, help and a word that commands begin with give help; anything else is refused with 2',
  async (t) => {
    const folder = temporaryFolder(t)
    const run = async (...args: string[]) => {
      const program = new Program(t, args, {}, folder)
      return { code: await program.exit, stdout: program.stdout, stderr: program.stderr }
    }
    const asked: [string[], string][] = [
      [['--help'], programHelp()],
      [['-h'], programHelp()],
      [['help'], programHelp()],
      [['serve', '--help'], commandHelp('serve')],
      [['help', 'serve'], commandHelp('serve')],
      [['keys'], commandHelp('keys')],
      [['user'], commandHelp('user')],
      [['user', 'add', 'alice', '-h'], commandHelp('user add')]
    ]
    for (const [args, stdout] of asked) t.same(await run(...args), { code: 0, stdout, stderr: '' })
    t.match(await run('--version'), { code: 0, stdout: /^\d+\.\d+\.\d+\n$/, stderr: '' })
    for (const args of [
      [],
      ['serve', 'extra'],
      ['health', 'extra'],
      ['serve', '--port', '1'],
      ['help', 'x']
    ]) {
      t.match(await run(...args), { code: 2, stdout: '', stderr: /^postern: [^\n]+\n$/ })
    }
  }
)
