// A secret may stand by mistake where a name belongs. It hardly ever has letters alone.
const tellable = /^[a-z][a-z_-]{0,31}$/i
const maxTold = 5

/** Of the names of arguments that a client has made up those that an error may repeat, five of them at most. */
export function tellableNames(names: readonly string[]): string[] {
  return names.filter((name) => tellable.test(name)).slice(0, maxTold)
}
