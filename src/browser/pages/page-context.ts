import type { Brand } from '../brand.js'
import type { Html } from './html.js'
import type { Language } from './languages.js'
import type { CommonTexts } from './texts/common.js'

/** All that each page knows of its request. */
export interface PageContext {
  readonly language: Language
  readonly texts: CommonTexts
  readonly brand: Brand
  /** The path and the query of this page below the public URL, for the links to it in other languages. */
  readonly url: string
  /** The token that each form carries; reading it binds the browser by a cookie. */
  readonly formToken: string
  /** Who is signed in. */
  readonly user: { readonly name: string; readonly isAdmin: boolean } | undefined
  /** Whether people may sign up without an invitation. */
  readonly isRegistrationOpen: boolean
  /** The address of a path of ours, for links and forms: the public URL may have a path of its own. */
  at(path: string): string
  /** A time in seconds since the epoch, in the language of the page, as a `time` element. */
  time(seconds: number): Html
}

/** A page without its frame. */
export interface Page {
  /** Says where one is; the name of the brand follows it. */
  readonly title: string
  /** Begins with the `h1`. */
  readonly main: Html
  /** The links to the sisters of the page, before it. */
  readonly sections?: Html
  /** The origin beside ours to which the form of the page may lead. */
  readonly formTarget?: string | undefined
  /** Whether it has a table that wants all the width there is. */
  readonly isWide?: boolean
}

/** Makes a page of what it shows. It asks nobody else: a render costs the building of a text. */
export type View<Model> = (context: PageContext, model: Model) => Page
