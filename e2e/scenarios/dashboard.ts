import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { System } from '../harness/system.ts'
import { machineOf } from './support/disk.ts'
import { Workspace } from './support/kubernetes.ts'

const CHROMIUM = '/usr/bin/chromium'
const args = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--no-first-run'],
]
const SHOWN = { timeout: 60_000 }

export function dashboard(system: () => System): void {
  const missing = existsSync(CHROMIUM) ? undefined : `needs Chromium at ${CHROMIUM}: apt-get install chromium`
  if (missing) console.log(`skipped: the dashboard of the real cluster: ${missing}`)
  describe.skipIf(missing)('the dashboard, in a browser', () => {
    let ws: Workspace
    let browser: Browser
    let page: Page
    const row = () => page.getByRole('link', { name: 'in-a-browser/seen' }).first()
    const open = (path: string) => page.goto(`${system().dashboardUrl}${path}`)

    beforeAll(async () => {
      ws = new Workspace(system(), 'in-a-browser')
      await ws.create()
      browser = await chromium.launch({ executablePath: CHROMIUM, args })
      page = await browser.newPage({ locale: 'en-US' })
    })
    afterAll(async () => {
      await browser?.close()
      await ws.remove()
    })

    it('paints what kubectl does without a reload', async () => {
      await open('/volumes')
      await page.locator('[data-live="live"]').first().waitFor(SHOWN)
      await page.evaluate(() => Object.assign(window, { stillTheSamePage: true }))
      await ws.apply('claim.yaml', { 'name: data': 'name: seen' })
      await row().waitFor(SHOWN)
      await ws.apply('pod.yaml', { 'claimName: data': 'claimName: seen' })
      await ws.running('writer')
      await page.getByRole('row').filter({ has: row() }).getByText('In use').waitFor(SHOWN)
      expect(await page.evaluate(() => 'stillTheSamePage' in window)).toBe(true)
    })

    it('shows the chain from the pod down to the disk and the mount', async () => {
      const volumeId = (await ws.claim('seen')).spec.volumeName!
      const { status } = (await ws.volumes())[0]!
      await open('/volumes/in-a-browser/seen')
      for (const text of ['writer', volumeId, status!.devicePath!, '/dev/sd', status!.mounts![0]!.path]) {
        await page.getByText(text).first().waitFor(SHOWN)
      }
    })

    it('draws the volume on the disk that LVM put it on', async () => {
      const { spec } = (await ws.volumes())[0]!
      const [device] = await machineOf(system(), spec.nodeName).physicalVolumes(spec.pool)
      await open(`/nodes/${spec.nodeName}`)
      await page.locator(`[data-strip="${device}"]`).waitFor(SHOWN)
      expect(await page.locator(`[data-strip="${device}"]`).innerHTML()).toContain('seen')
    })

    it('sees it go', async () => {
      await open('/volumes')
      await row().waitFor(SHOWN)
      await ws.clear()
      await page
        .getByText('seen', { exact: true })
        .first()
        .waitFor({ ...SHOWN, state: 'detached' })
    })
  })
}
