/** Whether a header's name, in any case, is this one. Most names differ in length, which costs less than another string. */
export function isNamed(name: string, lowerCaseName: string): boolean {
  return name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName
}
