/// <reference types="vitest/config" />
import { fileURLToPath } from 'node:url'
import tailwind from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { writeFingerprint } from './tools/fingerprint.ts'

const root = fileURLToPath(new URL('.', import.meta.url))
const server = process.env.WEIBOX_URL ?? 'http://127.0.0.1:8080'

// Libraries change rarely: in chunks of their own, a change to a page touches small files only.
const vendors = [
  { name: 'vue', test: /node_modules\/(@vue|vue|vue-router|pinia|vue-demi)\// },
  { name: 'i18n', test: /node_modules\/(vue-i18n|@intlify)\// },
  { name: 'query', test: /node_modules\/(@tanstack|openapi-fetch)\// },
  { name: 'reka', test: /node_modules\/(reka-ui|@floating-ui|@vueuse|aria-hidden)\// },
]

export default defineConfig({
  plugins: [vue(), tailwind(), writeFingerprint(root)],
  resolve: { alias: { '@': `${root}src` } },
  // What we do not use of the libraries stays out of the bundle.
  define: { __VUE_OPTIONS_API__: 'false', __VUE_I18N_LEGACY_API__: 'false', __VUE_I18N_FULL_INSTALL__: 'false', __INTLIFY_PROD_DEVTOOLS__: 'false' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups: vendors } } },
  },
  server: { proxy: Object.fromEntries(['/api', '/sim', '/oauth', '/swagger'].map((path) => [path, server])) },
  test: { environment: 'jsdom', include: ['src/**/*.test.ts'] },
})
