import { computed, reactive } from 'vue'

const pauses = [1500, 3000, 8000, 20_000, 60_000]

interface Picture {
  there: boolean
  /** It was not there when it was last asked for; it is asked for again after a pause. */
  waiting: boolean
  failures: number
}

/** What is known of each picture: a fan who stands in many rows is asked for once, and a row that comes back into view does not ask anew. */
const pictures = new Map<string, Picture>()

function pictureAt(url: string): Picture {
  const picture = pictures.get(url) ?? reactive({ there: false, waiting: false, failures: 0 })
  pictures.set(url, picture)
  return picture
}

function missed(picture: Picture) {
  picture.there = false
  if (picture.waiting) return
  picture.waiting = true
  setTimeout(() => (picture.waiting = false), pauses[Math.min(picture.failures++, pauses.length - 1)])
}

/** A picture that the server may still be fetching: nothing is shown until it is there, and as long as somebody looks it is asked for again. */
export function useLatePicture(url: () => string | undefined) {
  const picture = computed(() => pictureAt(url() ?? ''))
  return { picture, missed: () => missed(picture.value) }
}
