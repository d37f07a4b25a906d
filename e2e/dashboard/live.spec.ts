import { volume } from '../../apps/web/features/stories/fixtures.ts'
import { expect, fake, open, test } from './fake.ts'

test('a changed, a new and a gone row are painted without reload', async ({ page }) => {
  await open(page, '/volumes')
  await page.evaluate(() => Object.assign(window, { loadedOnce: true }))

  await fake.tell({ resource: 'volumes', key: 'default/raw-block', patch: { phase: 'Failed', health: 'critical' } })
  await expect(page.getByRole('row', { name: /raw-block/ })).toContainText('Failed')

  await fake.tell({ resource: 'volumes', key: 'default/brand-new', patch: { ...volume('brand-new') } })
  await expect(page.getByRole('link', { name: 'default/brand-new' })).toBeVisible()
  await expect(page.getByText('6 volumes')).toBeVisible()

  await fake.tell({ resource: 'volumes', key: 'default/brand-new', patch: null })
  await expect(page.getByRole('link', { name: 'default/brand-new' })).toHaveCount(0)
  expect(await page.evaluate(() => 'loadedOnce' in window)).toBe(true)
})

test('a value that becomes unknown is shown as unknown', async ({ page }) => {
  await open(page, '/volumes')
  await fake.tell({ resource: 'volumes', key: 'default/data-postgres-0', patch: { usedBytes: null } })
  await expect(page.getByRole('row', { name: /data-postgres-0/ })).toContainText('unknown')
})

test('an open detail follows its row, and what a row does not carry is fetched again', async ({ page }) => {
  await open(page, '/volumes/default/raw-block')
  const fetched = page.waitForRequest('**/api/v1/volumes/default/raw-block')
  await fake.tell({ resource: 'volumes', key: 'default/raw-block', patch: { phase: 'Deleting' } })
  await expect(page.getByText('Deleting')).toBeVisible()
  await fetched
})

test('the overview changes as a whole', async ({ page }) => {
  await open(page, '/')
  await fake.tell({ resource: 'overview', key: 'overview', patch: { attention: [], counts: { volumes: 42 } } })
  await expect(page.getByText('Nothing needs you.')).toBeVisible()
  await expect(page.getByText('5 nodes, 9 pools, 16 disks, 42 volumes')).toBeVisible()
})

test('a lost stream is said, with a countdown; what is shown stays; it comes back by itself with what was missed', async ({
  page,
}) => {
  await open(page, '/volumes')
  await fake.down(true)
  await expect(page.getByText(/Connection lost, retry in \d+ s/)).toBeVisible()
  await expect(page.getByRole('row', { name: /raw-block/ })).toContainText('Ready')
  await fake.tell({ resource: 'volumes', key: 'default/raw-block', patch: { phase: 'Lost' } })
  await fake.down(false)
  await page.getByRole('button', { name: 'Retry now' }).click()
  await expect(page.locator('[data-live="live"]')).toBeVisible()
  await expect(page.getByRole('row', { name: /raw-block/ })).toContainText('Lost')
})
