const addressed = /^回复@[^\s@:：]{1,40}[:：]\s*/

/** Cuts a comment into the 「回复@名字:」 that the platform puts before an answer to another comment, and what was written. Either may be empty, not both. */
export function cutAddressee(text: string): [addressee: string, rest: string] {
  const addressee = addressed.exec(text)?.[0] ?? ''
  return [addressee, text.slice(addressee.length)]
}

/** What was written, without whom it answers; an answer of nothing else is shown as it is. */
export const withoutAddressee = (text: string) => cutAddressee(text)[1] || text
