/** The languages of the pages, the first one for everybody who asks for none of them. */
export const languages = ['en', 'de', 'fr', 'es', 'zh'] as const

/** A language of the pages, as a tag of BCP 47. */
export type Language = (typeof languages)[number]

/** The names of the languages, each in itself. */
export const languageNames: Record<Language, string> = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  zh: '中文'
}

/** The texts of an area in each language. A text that is missing in one of them fails the build. */
export type Translations<Texts> = Readonly<Record<Language, Texts>>

/**
 * The language of a page: of the first list that names one of ours.
 *
 * @param wishes lists of language tags, the dearest first: `ui_locales` (OpenID Connect Core §3.1.2.1), the cookie, the tags of
 *   `Accept-Language` as `acceptedLanguages` sorts them.
 */
export function chooseLanguage(...wishes: readonly (readonly string[])[]): Language {
  for (const tag of wishes.flat()) {
    const primary = tag.toLowerCase().split('-', 1)[0]
    const language = languages.find((name) => name === primary)
    if (language !== undefined) return language
  }
  return 'en'
}

/** The language tags of an `Accept-Language` (RFC 9110 §12.5.4), the most wanted first, without those of weight 0. */
export function acceptedLanguages(header = ''): string[] {
  return header
    .slice(0, 1024)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.split(';').map((text) => text.trim())
      const weight = parameters.find((text) => /^q=/i.test(text))
      return { tag, weight: weight === undefined ? 1 : Number(weight.slice(2)) }
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag)
}
