import crypto = require('node:crypto')
import fs = require('node:fs')
import nodeModule = require('node:module')
import path = require('node:path')
import url = require('node:url')
import vm = require('node:vm')

const digestLength = 32

/** The program in one file and V8's code cache of it, which spares compiling it, in the folder that `scripts/bundle/bundle.ts` fills. */
export = { run, compile, writeCodeCache, scriptFile, cacheFile }

/** The file of the program: a function expression that takes what Node hands to a CommonJS module, and the file's URL. */
function scriptFile(folder: string): string {
  return path.join(folder, 'postern.js')
}

/** The file of the code cache: a digest, and then what V8 made. */
function cacheFile(folder: string): string {
  return path.join(folder, 'postern.cache')
}

/** Runs the program of this folder, whose stack traces name the TypeScript sources. */
function run(folder: string): vm.Script {
  const file = scriptFile(folder)
  const script = compile(folder)
  nameSources(file)
  const program = { exports: {} }
  const requireBeside = nodeModule.createRequire(file)
  script.runInThisContext()(
    requireBeside,
    program,
    program.exports,
    file,
    folder,
    url.pathToFileURL(file).href
  )
  return script
}

/** Compiles the program of this folder, from the code cache if it is there and was made of this program by this V8. */
function compile(folder: string): vm.Script {
  const filename = scriptFile(folder)
  const source = fs.readFileSync(filename)
  const cachedData = readCodeCache(folder, source)
  // The bundle is ASCII only, and as Latin-1 V8 need not look for anything else.
  return new vm.Script(source.toString('latin1'), { filename, ...(cachedData && { cachedData }) })
}

/** Keeps what V8 has compiled of a script so far, functions that were called included, for the next start. */
function writeCodeCache(folder: string, script: vm.Script): void {
  const data = script.createCachedData()
  fs.writeFileSync(
    cacheFile(folder),
    Buffer.concat([digest(fs.readFileSync(scriptFile(folder)), data), data])
  )
}

// V8 refuses the cache of another V8 by itself. But it takes a damaged one, or one of another script of the same length,
// and then crashes, or does what was never written.
function readCodeCache(folder: string, source: Buffer): Buffer | undefined {
  let cache: Buffer
  try {
    cache = fs.readFileSync(cacheFile(folder))
  } catch {
    return undefined
  }
  const data = cache.subarray(digestLength)
  return digest(source, data).equals(cache.subarray(0, digestLength)) ? data : undefined
}

function digest(source: Buffer, data: Buffer): Buffer {
  return crypto.createHash('sha256').update(source).update(data).digest()
}

// Node's own source maps are not for scripts like this one, and slow down the start of every program. Here the map is
// read when the first stack is looked at.
function nameSources(file: string): void {
  let map: nodeModule.SourceMap | undefined

  function describe(site: NodeJS.CallSite): string {
    const [line, column] = [site.getLineNumber(), site.getColumnNumber()]
    if (site.getFileName() !== file || line === null || column === null) return String(site)
    map ??= new nodeModule.SourceMap(JSON.parse(fs.readFileSync(`${file}.map`, 'utf8')))
    const origin = map.findEntry(line - 1, column - 1)
    if (!('originalSource' in origin)) return String(site)
    const source = path.resolve(path.dirname(file), origin.originalSource)
    const position = `${source}:${origin.originalLine + 1}:${origin.originalColumn + 1}`
    return String(site).replace(`${file}:${line}:${column}`, () => position)
  }

  Error.prepareStackTrace = (error, sites) => {
    try {
      return [String(error), ...sites.map(describe)].join('\n    at ')
    } catch {
      return [String(error), ...sites].join('\n    at ')
    }
  }
}
