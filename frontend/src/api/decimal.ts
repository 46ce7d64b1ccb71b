/** Compares two whole numbers written as decimal strings: ids, versions and change numbers do not fit a JavaScript number. */
export function compareDecimal(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

export const later = (a: string, b: string) => (compareDecimal(a, b) >= 0 ? a : b)
