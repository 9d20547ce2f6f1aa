/** HTML that passes unescaped. Only `html` makes it, from its own text and from values that it has escaped. */
export class Html {
  constructor(readonly text: string) {}
}

/** A value that `html` takes: HTML as it is, any text escaped, the parts of a list one after the other, nothing for the rest. */
export type HtmlValue = Html | string | number | undefined | false | readonly HtmlValue[]

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}

/**
 * The tag of a template of HTML. Each value is escaped for an element's text and for a quoted attribute, the only places where one may
 * stand. Names of users are hostile: nothing but `Html` passes as it is.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = strings[0] ?? ''
  values.forEach((value, index) => {
    text += textOf(value) + strings[index + 1]
  })
  return new Html(text)
}

function textOf(value: HtmlValue): string {
  if (value instanceof Html) return value.text
  if (value === undefined || value === false) return ''
  if (typeof value === 'object') return value.map(textOf).join('')
  return String(value).replace(/[&<>"']/g, (character) => entities[character] as string)
}
