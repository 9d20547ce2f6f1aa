import type { PageContext } from './page-context.js'
import { adminTexts } from './texts/admin.js'

const minute = 60
const hour = 3600
const day = 86_400

/** The choices of a lifetime out of these, in seconds; each in whole days, hours or minutes. */
export function lifetimeOptions({ language }: PageContext, lifetimes: readonly number[]) {
  const { minutes, hours, days } = adminTexts[language]
  return lifetimes.map((seconds) => {
    const label =
      seconds % day === 0
        ? days(seconds / day)
        : seconds % hour === 0
          ? hours(seconds / hour)
          : minutes(seconds / minute)
    return { value: String(seconds), label }
  })
}
