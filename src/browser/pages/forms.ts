import { type Html, type HtmlValue, html } from './html.js'
import type { PageContext } from './page-context.js'

/** The name of the hidden field with the form token. */
export const formTokenField = 'form_token'

/** A form that is sent by POST to a path of ours. The form token says that it is ours where a browser does not. */
export function form(context: PageContext, path: string, content: HtmlValue, id?: string): Html {
  return html`<form method="post" action="${context.at(path)}"${id !== undefined && html` id="${id}"`}>
<input type="hidden" name="${formTokenField}" value="${context.formToken}">
${content}
</form>
`
}

/** A form that asks for a page, by GET. */
export function searchForm(context: PageContext, path: string, content: HtmlValue): Html {
  return html`<form method="get" action="${context.at(path)}" role="search" class="search">
${content}
</form>
`
}

/** A value that a form brings along, if there is one. */
export function hidden(name: string, value: string | undefined): Html | false {
  return value !== undefined && html`<input type="hidden" name="${name}" value="${value}">`
}

/** A field of a form. */
export interface Field {
  readonly name: string
  readonly label: string
  /** `text` unless it says so. */
  readonly type?: 'text' | 'password' | 'email' | 'search' | 'number' | 'datetime-local'
  /** As password managers know it (HTML, §4.10.18.7). */
  readonly autocomplete?: string
  readonly value?: string | undefined
  /** A sentence below the label. */
  readonly hint?: string | undefined
  /** The mistake in it; it is announced with the field. */
  readonly error?: string | undefined
  /** One that is not says so, but for a search. */
  readonly isRequired?: boolean
  readonly isFocused?: boolean
  /** It is shown and sent, and cannot be changed. */
  readonly isReadOnly?: boolean
  readonly maxLength?: number
  readonly inputMode?: 'numeric' | 'email'
  /** More lines than one. */
  readonly rows?: number
  /** For names, codes and keys. */
  readonly isVerbatim?: boolean
}

/** A field with its label, its hint and its mistake, each bound to it for screen readers. */
export function field(context: PageContext, options: Field): Html {
  const { name, label, hint, error, value, isRequired = false, rows, type = 'text' } = options
  const described = [hint !== undefined && `${name}-hint`, error !== undefined && `${name}-error`].filter(
    (id) => id !== false
  )
  const attributes = html` id="${name}" name="${name}"${options.autocomplete !== undefined && html` autocomplete="${options.autocomplete}"`}${isRequired && html` required`}${options.isReadOnly && html` readonly`}${options.isFocused && html` autofocus`}${options.maxLength !== undefined && html` maxlength="${options.maxLength}"`}${options.inputMode !== undefined && html` inputmode="${options.inputMode}"`}${options.isVerbatim && html` autocapitalize="none" autocorrect="off" spellcheck="false"`}${error !== undefined && html` aria-invalid="true"`}${described.length > 0 && html` aria-describedby="${described.join(' ')}"`}`
  const control =
    rows === undefined
      ? html`<input type="${type}"${attributes}${value !== undefined && html` value="${value}"`}>`
      : html`<textarea rows="${rows}"${attributes}>${value}</textarea>`
  return html`<div class="field">
<label for="${name}">${label}${!isRequired && type !== 'search' && html` <span class="optional">(${context.texts.optional})</span>`}</label>
${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
${error !== undefined && html`<p class="error" id="${name}-error">${error}</p>`}
${control}
</div>
`
}

/** The name of an account beside its password, for password managers alone: they keep the two together. */
export function knownUserName(name: string): Html {
  return html`<input type="text" name="user" autocomplete="username" value="${name}" hidden>
`
}

/** A box to tick. It is sent with the value `on`. */
export function checkbox(name: string, label: string, isChecked = false, value = 'on'): Html {
  return html`<div class="check"><input type="checkbox" id="${name}-${value}" name="${name}" value="${value}"${isChecked && html` checked`}><label for="${name}-${value}">${label}</label></div>
`
}

/** A choice of one among these. */
export function choice(
  name: string,
  label: string,
  options: readonly { readonly value: string; readonly label: string }[],
  chosen?: string
): Html {
  return html`<div class="field"><label for="${name}">${label}</label>
<select id="${name}" name="${name}">${options.map(
    ({ value, label }) =>
      html`<option value="${value}"${value === chosen && html` selected`}>${label}</option>`
  )}</select></div>
`
}

/** The button that sends a form. @param kind `danger` for what cannot be undone. */
export function button(
  label: string,
  kind: 'primary' | 'plain' | 'danger' = 'primary',
  name?: string,
  value?: string
): Html {
  return html`<button type="submit" class="${kind}"${name !== undefined && html` name="${name}" value="${value}"`}>${label}</button>
`
}

/** A message above everything else: a mistake is announced at once, a success when there is time. */
export function notice(kind: 'error' | 'success' | 'info', content: HtmlValue): Html {
  return html`<div class="notice ${kind}" role="${kind === 'error' ? 'alert' : 'status'}">${content}</div>
`
}

/** A text to copy, such as a key, with a button for it where scripts run. @param shown the text as people read it, if that is another. */
export function copyable(context: PageContext, text: string, label: string, shown = text): Html {
  return html`<div class="copyable"><code aria-label="${label}">${shown}</code>${copyButton(context, text)}</div>
`
}

/** A button that copies a text, to be seen only where scripts run. */
export function copyButton({ texts }: PageContext, text: string): Html {
  return html`<button type="button" class="plain" data-copy="${text}" data-copied="${texts.copied}">${texts.copy}</button>`
}
