import { expect, open, test } from './fake.ts'

test.use({ viewport: { width: 375, height: 800 } })

for (const path of ['/', '/nodes', '/nodes/worker-1', '/volumes', '/volumes/default/data-postgres-0'])
  test(`${path} fits 375 px`, async ({ page }) => {
    await open(page, path)
    await expect(page.locator('h1')).toBeVisible()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375)
  })

test('tables become cards that name each value', async ({ page }) => {
  await open(page, '/volumes')
  const row = page.getByRole('row', { name: /data-postgres-0/ })
  const cells = row.getByRole('cell')
  const [first, second] = [await cells.nth(0).boundingBox(), await cells.nth(1).boundingBox()]
  expect(second!.y).toBeGreaterThan(first!.y + first!.height - 1)
  await expect(cells.nth(3)).toHaveAttribute('data-label', 'Size (GiB)')
})

test('the chain stands upright', async ({ page }) => {
  await open(page, '/volumes/default/data-postgres-0')
  const links = page.getByRole('region', { name: 'Chain' }).getByRole('article')
  const [pod, claim] = [await links.nth(0).boundingBox(), await links.nth(1).boundingBox()]
  expect(claim!.y).toBeGreaterThan(pod!.y + pod!.height)
  expect(claim!.x).toBe(pod!.x)
})

test('pages are reached from the bar at the bottom', async ({ page }) => {
  await open(page, '/')
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Volumes' }).click()
  await expect(page).toHaveURL('/volumes')
})
