/** A colour by its red, green and blue, 0 to 255 each. */
type Colour = readonly [number, number, number]

// WCAG 2.2, 1.4.3: the least contrast of text.
const leastContrast = 4.5

const white: Colour = [255, 255, 255]
const black: Colour = [0, 0, 0]

/** The accent of one colour scheme: that of links and buttons, and that of the text on it. */
export interface Accent {
  readonly accent: string
  readonly onAccent: string
}

/**
 * An accent that can be read on this background: made darker on a light one, lighter on a dark one, until its contrast is that of WCAG 2.2
 * §1.4.3.
 *
 * @param accent `#rgb` or `#rrggbb`, as the background.
 */
export function readableAccent(accent: string, background: string): Accent {
  const behind = parse(background)
  const towards = luminance(behind) > 0.5 ? black : white
  let colour = parse(accent)
  for (let share = 0; contrast(colour, behind) < leastContrast && share <= 1; share += 0.05) {
    colour = mix(parse(accent), towards, share)
  }
  return {
    accent: format(colour),
    onAccent: format(contrast(colour, white) >= leastContrast ? white : black)
  }
}

function parse(text: string): Colour {
  const digits = text.length === 4 ? text.slice(1).replace(/./g, '$&$&') : text.slice(1)
  const part = (start: number) => Number.parseInt(digits.slice(start, start + 2), 16)
  return [part(0), part(2), part(4)]
}

function format(colour: Colour): string {
  return `#${colour.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`
}

function mix([r, g, b]: Colour, [toR, toG, toB]: Colour, share: number): Colour {
  const between = (from: number, to: number) => from + (to - from) * share
  return [between(r, toR), between(g, toG), between(b, toB)]
}

/** The contrast ratio of two colours (WCAG 2.2). */
function contrast(one: Colour, other: Colour): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(colour: Colour): number {
  const [r = 0, g = 0, b = 0] = colour.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
