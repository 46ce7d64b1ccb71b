import { VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n } from './i18n'
import { createCache } from './api/cache'
import { createRoutes } from './router'
import './styles/app.css'

createApp(App).use(createPinia()).use(i18n).use(VueQueryPlugin, { queryClient: createCache() }).use(createRoutes()).mount('#app')
