import t from 'tap'
import { parseJsonObject } from '../../../src/store/file/json-object.js'

async function* inChunks(text: string | Buffer, length: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length)
}

t.test('it reads what JSON.parse reads, wherever the chunks are cut', async (t) => {
  for (const text of [
    '{}',
    ' {\r\n\t} \n',
    '{"a":1}',
    '{"a":[]}',
    '{"a": [ ] , "b":[1]}',
    '{"a":[1,[2,[3,"]"]],{"b":[4,{"c":"}"}]}],"d":{"e":[5]}}',
    '{"a":"\\"","b":"\\\\","c":"\\\\\\"[{,","d":["\\"","\\\\"]}',
    '{"é":"👩‍🚀","list":["ü\\u0000","\\ud83d\\ude00"]}',
    '{"constructor":1,"toString":[2]}',
    '{\n"users": [\n{"a": 1},\n{"a": 2}\n],\n"n": null, "t": true, "x": -1.5e3\n}\n'
  ]) {
    const expected = JSON.stringify(JSON.parse(text))
    for (const length of [1, 2, 3, 7, 1000]) {
      const parsed = await parseJsonObject(inChunks(text, length))
      t.equal(JSON.stringify(parsed), expected, `${text} in chunks of ${length}`)
    }
  }
})

t.test('a member called __proto__ is only a member', async (t) => {
  const parsed = await parseJsonObject(inChunks('{"__proto__":[1],"a":{"__proto__":2}}', 5))
  t.same(Object.keys(parsed), ['__proto__', 'a'])
  t.equal(Object.getPrototypeOf(parsed), null)
})

t.test('it refuses what JSON.parse refuses, and says at which line', async (t) => {
  for (const [text, message] of [
    ['', 'it ends too early'],
    ['{"a":1', 'it ends too early'],
    ['{"a":[1,2', 'it ends too early'],
    ['{"a":"', 'it ends too early'],
    ['[]', 'it is not a JSON object'],
    ['null', 'it is not a JSON object'],
    ['x{}', 'it is not a JSON object'],
    ['{"a":1}}', 'it is not valid JSON at line 1'],
    ['{"a":1}\n{}', 'it is not valid JSON at line 2'],
    ['{"a":1}\nx', 'it is not valid JSON at line 2'],
    ['{"a":1,}', 'it is not valid JSON at line 1'],
    ['{,}', 'it is not valid JSON at line 1'],
    ['{,"a":1}', 'it is not valid JSON at line 1'],
    ['{"a":[1,]}', 'it is not valid JSON at line 1'],
    ['{"a":[,1]}', 'it is not valid JSON at line 1'],
    ['{"a":[1}', 'it is not valid JSON at line 1'],
    ['{"a":1]', 'it is not valid JSON at line 1'],
    ['{"a":[1]]', 'it is not valid JSON at line 1'],
    ['{"a":[1] 2}', 'it is not valid JSON at line 1'],
    ['{"a":[1] [2]}', 'it is not valid JSON at line 1'],
    ['{"a":1 [2]}', 'it is not valid JSON at line 1'],
    ['{"a" [1]}', 'it is not valid JSON at line 1'],
    ['{[1]}', 'it is not valid JSON at line 1'],
    ['{"a"}', 'it is not valid JSON at line 1'],
    ['{\n"a": [\n{"b": 1},\n{"b": x},\n{"b": 3}\n]}', 'it is not valid JSON at line 4'],
    ['{\n"a": [\n{"b": "1},\n{"b": 2},\n{"b": 3}\n]}', 'it is not valid JSON at line 3'],
    ['{"a":[1],"a":[2]}', 'the member "a" is there twice'],
    ['{"a":1,"a":2}', 'the member "a" is there twice']
  ] as const) {
    for (const length of [1, 3, 1000]) {
      await t.rejects(parseJsonObject(inChunks(text, length)), { message }, `${text} in chunks of ${length}`)
    }
  }
  for (const bytes of [
    [0x7b, 0xff, 0x7d],
    [0x7b, 0x22, 0xc3, 0x22, 0x3a, 0x31, 0x7d]
  ]) {
    await t.rejects(parseJsonObject(inChunks(Buffer.from(bytes), 2)), { message: 'it is not valid UTF-8' })
  }
})
