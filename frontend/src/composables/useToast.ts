import { shallowReactive } from 'vue'

export interface Toast {
  id: number
  tone: 'plain' | 'danger'
  text: string
  requestId?: string
}

const toasts = shallowReactive<Toast[]>([])
let next = 1

function dismiss(id: number) {
  const index = toasts.findIndex((toast) => toast.id === id)
  if (index >= 0) toasts.splice(index, 1)
}

function show(tone: Toast['tone'], text: string, seconds: number, requestId?: string) {
  const id = next++
  toasts.push({ id, tone, text, requestId })
  setTimeout(() => dismiss(id), seconds * 1000)
}

/** Short notices at the edge of the screen: what was done (4 s), or why it was not (10 s). */
export function useToast() {
  return {
    toasts,
    dismiss,
    done: (text: string) => show('plain', text, 4),
    failed: (text: string, requestId?: string) => show('danger', text, 10, requestId),
  }
}
