import path from 'node:path'
import { defineConfig } from '@playwright/test'
import { API, API_PORT, WEB, WEB_PORT } from './ports.ts'

const root = path.join(import.meta.dirname, '../..')
const node = path.join(root, 'node_modules/.bin/node')

/**
 * The dashboard as built (`npm run build -w @open-local/web` first), in Debian's Chromium, against a fake API that
 * holds the contracts' shapes and changes on request. One worker: the fake API has one state.
 */
export default defineConfig({
  testDir: '.',
  outputDir: path.join(root, 'test-results/dashboard'),
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  timeout: 30_000,
  reporter: [['list']],
  use: {
    baseURL: WEB,
    locale: 'en-US',
    colorScheme: 'light',
    reducedMotion: 'reduce',
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
  webServer: [
    {
      command: `${path.join(root, 'node_modules/.bin/tsx')} ${path.join(import.meta.dirname, 'fake-api.ts')}`,
      env: { PORT: String(API_PORT), PATH: `${path.join(root, 'node_modules/.bin')}:${process.env.PATH}` },
      url: `${API}/api/v1/nodes`,
    },
    {
      command: `${node} apps/web/.next/standalone/apps/web/server.js`,
      cwd: root,
      env: { HOSTNAME: '127.0.0.1', PORT: String(WEB_PORT), OPEN_LOCAL_API: API, OPEN_LOCAL_STORIES: '1' },
      url: `${WEB}/icon.svg`,
    },
  ],
})
