import { inspect } from 'node:util'

/** The styles of text on a terminal. */
export type Style = 'bold' | 'dim' | 'green' | 'red' | 'reset' | 'yellow'

/** Makes a function that gives text a style, or leaves it as it is where the output has no colours. */
export function createPaint(hasColours: boolean): (style: Style, text: string) => string {
  return (style, text) => {
    if (!hasColours) return text
    const [begin, end] = inspect.colors[style] as [number, number]
    return `\u001b[${begin}m${text}\u001b[${end}m`
  }
}
