/// <reference lib="dom" />
import type { Change } from '@open-local/shared/api'
import { test as base, expect, type Page } from '@playwright/test'
import { API } from './ports.ts'

async function post(path: string, body: object = {}): Promise<void> {
  const reply = await fetch(`${API}/fake/${path}`, { method: 'POST', body: JSON.stringify(body) })
  if (!reply.ok) throw new Error(`fake API: ${path} answered ${reply.status}`)
}

/** The tests' hand on the fake API. */
export const fake = {
  reset: (options: { volumes?: number } = {}) => post('reset', options),
  tell: (...changes: Change[]) => post('changes', { changes }),
  down: (down: boolean) => post('down', { down }),
}

/**
 * A test with a fresh API, whose page must neither throw, nor log an error, nor ask any other origin for anything.
 * Refused reads (503, 404) are logged by the browser itself and are some tests' subject.
 */
export const test = base.extend<{ watched: undefined }>({
  watched: [
    async ({ page, baseURL }, use) => {
      await fake.reset()
      const faults: string[] = []
      page.on('pageerror', (error) => faults.push(String(error)))
      page.on('console', (message) => {
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          faults.push(message.text())
      })
      page.on('request', (request) => {
        const url = request.url()
        if (!url.startsWith(baseURL!) && !/^(data|blob|about):/.test(url)) faults.push(`asked ${url}`)
      })
      await use(undefined)
      expect(faults).toEqual([])
    },
    { auto: true },
  ],
})

/** Opens a page of the dashboard and waits until it is live, hence past taking over the server's markup. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await expect(page.locator('[data-live="live"]')).toBeAttached({ timeout: 15_000 })
}

export { expect }
