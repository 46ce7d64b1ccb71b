const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

function encode(value: number, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32)) text = alphabet[rest % 32] + text
  return text
}

/** A ULID: 48 bits of time and 80 random ones, so that keys made on one page sort by when they were made. */
export function ulid(now = Date.now()): string {
  const random = crypto.getRandomValues(new Uint8Array(16))
  return encode(now, 10) + Array.from(random, (byte) => alphabet[byte % 32]).join('')
}
