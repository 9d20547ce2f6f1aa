import { copyText } from '../copy-text.js'
import { invalidArgument, type Refusal } from '../errors/refusals.js'

const maxLength = 255

// In UTF-16 units, before NFC. NFC costs the square of a run of combining marks, and no name of 255 characters is longer.
const maxUnits = 4 * maxLength

// Control characters, lone surrogates, line and paragraph separators, and code points without a stable
// meaning. Unassigned ones go too: their NFC form may change with the Unicode version (RFC 8264 §9.10).
const forbidden = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/u

// Invisible characters make two names look alike: format characters (bidi controls, zero-width characters)
// and the rest of Unicode's default-ignorable code points.
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/u

// A leading mark joins the text before the name. The only visible blank is the space between two words.
const deceptive = /^[\p{M} ]| $|[\u2800\ufffd]|(?! )\p{Zs}/u

// The places where joiners and emoji selectors may carry meaning: within an emoji, and between letters of scripts that
// join. That is wider than RFC 5892 appendix A.1 and A.2, whose tables of joining types JavaScript does not have: in such a
// script two names can still differ in a joiner that does not show.
const joiningScripts = 'Arab Syrc Nkoo Mong Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr'
const joiningLetter = `[[\\p{L}\\p{M}]&&[${joiningScripts.replace(/\w+ ?/g, (name) => `\\p{scx=${name.trim()}}`)}]]`
// Compiled at the first name: V8 takes some 3 ms, which would delay the start.
let joinerInWord: RegExp | undefined
const joinerInEmoji =
  /(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?)\u200d(?=\p{Extended_Pictographic})/gu
const emojiSelector = /(?<=\p{Extended_Pictographic})\ufe0f/gu

/**
 * The canonical form of a user name, stored and compared: NFC, otherwise unchanged.
 *
 * @throws `InvalidArgumentError` for a name that is empty or over 255 characters long, or over 1020 UTF-16 units before
 *   NFC, or that holds control, invisible or unassigned characters (RFC 8265 §3.4, UsernameCasePreserved, is the guide;
 *   unlike it, spaces and symbols are allowed).
 */
export function normaliseUserName(name: string): string {
  if (name.length > maxUnits) throw wrongLength()
  const normalised = name.normalize('NFC')
  const length = [...normalised].length
  if (length < 1 || length > maxLength) throw wrongLength()
  if (forbidden.test(normalised)) {
    throw invalidArgument('user', 'must not contain control characters or unassigned code points')
  }
  joinerInWord ??= new RegExp(`(?<=${joiningLetter})[\\u200c\\u200d](?=${joiningLetter})`, 'gv')
  const visible = normalised.replace(joinerInWord, '').replace(joinerInEmoji, '').replace(emojiSelector, '')
  if (invisible.test(visible)) {
    throw invalidArgument('user', 'must not contain invisible or text direction characters')
  }
  return copyText(normalised)
}

/**
 * The canonical form of a name for a new account. An account that is older than these rules keeps its name.
 *
 * @throws as `normaliseUserName`; `InvalidArgumentError` too for a name that begins with a mark, begins or ends with a
 *   space, or holds another blank or U+FFFD: it looks like another name, or like none.
 */
export function normaliseNewUserName(name: string): string {
  const normalised = normaliseUserName(name)
  if (deceptive.test(normalised)) {
    throw invalidArgument(
      'user',
      'must not begin with a mark or a space, end with a space, or hold other blanks'
    )
  }
  return normalised
}

function wrongLength(): Refusal {
  return invalidArgument('user', `must be 1 to ${maxLength} characters long`)
}
