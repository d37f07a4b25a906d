import { expect, open, test } from './fake.ts'

test('lists nodes, worst first when asked, and opens one', async ({ page }) => {
  await open(page, '/nodes')
  const rows = page.getByRole('table', { name: 'Nodes' }).getByRole('row')
  await expect(rows).toHaveCount(6)
  await page.getByRole('button', { name: 'Health' }).click()
  await expect(page).toHaveURL('/nodes?sort=-health')
  await expect(rows.nth(1)).toContainText('worker-2')
  await rows.nth(1).getByText('Critical').click()
  await expect(page).toHaveURL('/nodes/worker-2')
  await expect(page.getByRole('heading', { level: 1 })).toContainText('worker-2')
})

test('marks simulated nodes, and does not take unknown for zero', async ({ page }) => {
  await open(page, '/nodes')
  await expect(page.getByRole('row', { name: /sim-0001/ })).toContainText('simulated')
  await open(page, '/nodes/worker-5')
  await expect(page.getByText('Kubernetes node').locator('xpath=following-sibling::dd')).toContainText('unknown')
})

test.describe('disk map', () => {
  test.beforeEach(({ page }) => open(page, '/nodes/worker-1'))

  test('draws each disk to scale', async ({ page }) => {
    const strip = page.locator('[data-strip="/dev/vdc"]')
    const whole = (await strip.boundingBox())!.width
    const volume = (await strip.getByRole('link', { includeHidden: true }).boundingBox())!.width
    // 250 of 300 GiB; the metadata's 6 px and the gaps are the difference.
    expect(volume / whole).toBeGreaterThan(0.82)
    expect(volume / whole).toBeLessThan(0.84)
    await expect(page.getByText('drawn wider than true scale to stay visible')).toBeVisible()
  })

  test('names a run on hover and opens its volume on click', async ({ page }) => {
    const run = page.locator('[data-strip="/dev/vdb"] a').first()
    await run.hover()
    await expect(page.getByText('120 GiB · 40%')).toBeVisible()
    await run.click()
    await expect(page).toHaveURL('/volumes/default/data-postgres-0')
  })

  test('draws all disks on one scale when asked', async ({ page }) => {
    await page.getByRole('button', { name: 'Same scale' }).click()
    await expect(page).toHaveURL('/nodes/worker-1?scale=node')
    const width = async (disk: string) => (await page.locator(`[data-strip="${disk}"]`).boundingBox())!.width
    expect((await width('/dev/vdd')) / (await width('/dev/vdb'))).toBeCloseTo(4, 1)
  })

  test('has every run in a table for keyboards', async ({ page }) => {
    await page.getByRole('button', { name: /as a table/ }).press('Enter')
    const table = page.getByRole('region', { name: 'What lies on each disk' })
    await expect(table.getByRole('row')).toHaveCount(13)
    await expect(table.getByRole('link', { name: 'default/analytics' })).toHaveAttribute(
      'href',
      '/volumes/default/analytics',
    )
  })
})

test('holds the open tab in the URL', async ({ page }) => {
  await open(page, '/nodes/worker-1?tab=disks')
  await expect(page.getByRole('tab', { name: /Disks/ })).toHaveAttribute('aria-selected', 'true')
  await expect(page.getByRole('row', { name: /\/dev\/vdd/ })).toContainText('Provably blank')
  await page.getByRole('tab', { name: /Pools/ }).click()
  await expect(page).toHaveURL('/nodes/worker-1?tab=pools')
  await page.goBack()
  await expect(page.getByRole('tab', { name: /Disks/ })).toHaveAttribute('aria-selected', 'true')
})
