import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'
import { createMock } from './mock/server'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** `npm run dev` answers /v1 and /local from the mock, so the pages run without a deployment. */
function mockApi(): Plugin {
  return {
    name: 'mock-api',
    apply: 'serve',
    configureServer(server) {
      const mock = createMock()
      server.middlewares.use((request, response, next) => {
        const path = (request.url ?? '/').split('?')[0]
        if (mock.answers(request)) void mock.handle(request, response)
        else {
          if (/^\/(staff|wall)(\/[^.]*)?$/.test(path ?? '')) {
            request.url = `/${(path ?? '').split('/')[1]}/index.html`
          }
          next()
        }
      })
    },
  }
}

export default defineConfig({
  plugins: [vue(), mockApi()],
  resolve: { alias: { '@': here('./src') } },
  build: {
    target: 'es2020',
    // A strict CSP has no `data:` for styles or scripts: every asset stays a file of our own.
    assetsInlineLimit: 0,
    // ECharts is the largest, loaded by the wall and the report when they are opened.
    chunkSizeWarningLimit: 600,
    rollupOptions: {
      input: {
        citizen: here('./index.html'),
        staff: here('./staff/index.html'),
        wall: here('./wall/index.html'),
      },
    },
  },
})
