// How the app looks on this phone: light or dark, normal or large type. Kept in localStorage, read before the first paint.
import { ref, watchEffect } from 'vue'

export type Theme = 'auto' | 'light' | 'dark'
export type TypeSize = 'normal' | 'large'

const THEMES: readonly Theme[] = ['auto', 'light', 'dark']
const SIZES: readonly TypeSize[] = ['normal', 'large']

const system = window.matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = ref(system.matches)

export const theme = ref<Theme>(kept('doorstep.theme', THEMES, 'auto'))
export const typeSize = ref<TypeSize>(kept('doorstep.type', SIZES, 'normal'))

function kept<T extends string>(key: string, allowed: readonly T[], otherwise: T): T {
  const value = localStorage.getItem(key)
  return allowed.find((one) => one === value) ?? otherwise
}

/** Call once, before mounting. */
export function applyLook(): void {
  system.addEventListener('change', () => {
    systemIsDark.value = system.matches
  })
  // What was chosen in another tab of this browser holds here too.
  window.addEventListener('storage', () => {
    theme.value = kept('doorstep.theme', THEMES, 'auto')
    typeSize.value = kept('doorstep.type', SIZES, 'normal')
  })
  watchEffect(() => {
    const dark = theme.value === 'dark' || (theme.value === 'auto' && systemIsDark.value)
    const page = document.documentElement
    page.dataset.theme = dark ? 'dark' : 'light'
    page.dataset.type = typeSize.value
    document.querySelector('meta[name=theme-color]')?.setAttribute('content', dark ? '#172226' : '#0b5a70')
    localStorage.setItem('doorstep.theme', theme.value)
    localStorage.setItem('doorstep.type', typeSize.value)
  })
}
