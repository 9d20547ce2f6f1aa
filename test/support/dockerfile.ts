import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of package.json, which is what an image is built from. */
export const root = join(import.meta.dirname, '../../..')

interface Instruction {
  keyword: string
  value: string
}

interface Copy {
  source: string
  target: string
}

/** The instructions of each stage of the Dockerfile, comments left out. */
function readStages(): Instruction[][] {
  const text = readFileSync(join(root, 'Dockerfile'), 'utf8').replace(/^\s*#.*\n/gm, '')
  const lines = text
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter(Boolean)
  const stages: Instruction[][] = []
  for (const line of lines) {
    const [, keyword = '', value = ''] = /^(\w+) +(.*)$/.exec(line) ?? []
    if (keyword === 'FROM') stages.push([])
    stages.at(-1)?.push({ keyword, value })
  }
  return stages
}

const [buildStage = [], finalStage = []] = readStages()

/** What the first stage copies from the context. */
export const buildCopies = copies(buildStage)

/** What the last stage copies from the first one; the targets are relative to its working folder. */
export const finalCopies = copies(finalStage)

/** The commands of the first stage. */
export const buildCommands = valuesOf(buildStage, 'RUN')

/** How the image is run. */
export const image = {
  workingFolder: theOnly(finalStage, 'WORKDIR'),
  user: theOnly(finalStage, 'USER'),
  volume: theOnly(finalStage, 'VOLUME'),
  environment: Object.fromEntries(
    theOnly(finalStage, 'ENV')
      .split(' ')
      .map((pair) => pair.split('='))
  ) as Record<string, string>,
  command: [...parseList(theOnly(finalStage, 'ENTRYPOINT')), ...parseList(theOnly(finalStage, 'CMD'))],
  healthCommand: parseList(theOnly(finalStage, 'HEALTHCHECK').replace(/^.*CMD /, ''))
}

/** Copies files as a stage does. */
export function copyAll(copies: readonly Copy[], from: string, to: string): void {
  for (const { source, target } of copies) {
    cpSync(join(from, source), join(to, target), { recursive: true, dereference: true })
  }
}

function copies(stage: Instruction[]): Copy[] {
  return valuesOf(stage, 'COPY').flatMap((value) => {
    const paths = value.split(' ').filter((word) => !word.startsWith('--'))
    const target = paths.pop() ?? ''
    return paths.map((path) => {
      const source = path.replace('/opt/postern/', '')
      return { source, target: target.endsWith('/') ? join(target, source) : target }
    })
  })
}

function valuesOf(stage: Instruction[], keyword: string): string[] {
  return stage.filter((instruction) => instruction.keyword === keyword).map(({ value }) => value)
}

function theOnly(stage: Instruction[], keyword: string): string {
  const [value, ...others] = valuesOf(stage, keyword)
  if (value === undefined || others.length > 0) throw new Error(`the Dockerfile needs one ${keyword}`)
  return value
}

function parseList(value: string): string[] {
  return JSON.parse(value)
}
