import type { RealSystem } from '@open-local/e2e/system'
import { chromium } from '@playwright/test'
import { type Figure, percentile } from './report.ts'

const COUNT = 20
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/** From the moment the API server has answered a create until the row stands in the browser's page. */
export async function painted(system: RealSystem): Promise<Figure[]> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args })
  try {
    const page = await browser.newPage()
    await page.goto(`${system.openLocal.dashboardUrl}/volumes`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    const samples: number[] = []
    for (let i = 0; i < COUNT; i++) {
      const name = `painted-${i}-${Date.now()}`
      const claim = {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'open-local-lvm',
          resources: { requests: { storage: '16Mi' } },
        },
      }
      await system.cluster.controlPlane.api.post('/api/v1/namespaces/default/persistentvolumeclaims', claim)
      const from = performance.now()
      await page.getByText(name).first().waitFor({ timeout: 30_000 })
      samples.push(performance.now() - from)
      await system.cluster.kubectl(['delete', 'pvc', name, '--wait=false'])
    }
    return [
      {
        what: `change at the API server → painted (${COUNT})`,
        value: `p50 ${percentile(samples, 0.5).toFixed(0)} ms, p95 ${percentile(samples, 0.95).toFixed(0)} ms`,
        goal: '< 1 s',
      },
    ]
  } finally {
    await browser.close()
  }
}
