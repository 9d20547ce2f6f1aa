import { Type } from 'typebox'
import { integer, oneOf } from './setting-kinds.js'

const day = 86_400

/** The settings of the pages for people; see `ConfigSchema`. */
export const browserSettings = {
  POSTERN_PAGES: Type.Optional(
    oneOf(
      'whether there are pages for people; unset: on, but off where an earlier release has made the data folder or the database',
      ['on', 'off']
    )
  ),
  POSTERN_BROWSER_IDLE_TTL: integer(
    'how long a browser stays signed in without being used',
    60,
    365 * day,
    14 * day,
    'seconds'
  ),
  POSTERN_BROWSER_TTL: integer(
    'how long a browser stays signed in at most',
    60,
    365 * day,
    90 * day,
    'seconds'
  ),
  POSTERN_SITES_FILE: Type.Optional(
    Type.String({
      title: 'a file that says who may see which site behind a proxy',
      description: 'the path of a JSON or YAML file with sites'
    })
  ),
  POSTERN_BRAND_NAME: Type.String({
    title: 'the name that the pages show',
    default: 'Postern',
    minLength: 1,
    maxLength: 100,
    description: 'a name of at most 100 characters'
  }),
  POSTERN_BRAND_LOGO_FILE: Type.Optional(
    Type.String({
      title: 'a file with the logo that the pages show',
      pattern: '\\.(svg|png|jpe?g|webp|gif)$',
      description: 'the path of an .svg, .png, .jpg, .webp or .gif file'
    })
  ),
  POSTERN_BRAND_ACCENT: Type.String({
    title:
      'the colour of links and buttons on the pages; where it would be hard to read it is made darker or lighter',
    default: '#0f6b5c',
    pattern: '^#([0-9a-fA-F]{3}){1,2}$',
    description: 'a colour such as #0f6b5c'
  }),
  POSTERN_BRAND_SUPPORT: Type.Optional(
    Type.String({
      title: 'a line that the pages show to somebody who is stuck, such as whom to ask',
      maxLength: 300,
      description: 'a text of at most 300 characters'
    })
  )
}
