import { expect, open, test } from './fake.ts'

test('leads from the pod down to the disks, each link with its state', async ({ page }) => {
  await open(page, '/volumes/default/data-postgres-0')
  const links = page.getByRole('region', { name: 'Chain' }).getByRole('article')
  await expect(links).toHaveCount(9)
  await expect(links.nth(0)).toContainText('PodRunningpostgres-0')
  await expect(links.nth(4)).toContainText('Logical volume')
  await expect(links.nth(6)).toContainText('/dev/vdb')
  await links.nth(5).getByRole('link').click()
  await expect(page).toHaveURL('/nodes/worker-1?tab=pools')
})

test('shows where the bytes lie, to the scale of each disk', async ({ page }) => {
  await open(page, '/volumes/default/data-postgres-0')
  const bytes = page.getByRole('region', { name: 'Where the bytes lie' })
  await expect(bytes.getByText('12 GiB, from 40 GiB to 52 GiB')).toBeAttached()
  await bytes.getByRole('link', { name: 'Whole disk map' }).click()
  await expect(page).toHaveURL('/nodes/worker-1')
})

test('a pending claim says why, and keeps the place of what is not there yet', async ({ page }) => {
  await open(page, '/volumes/default/too-large')
  const chain = page.getByRole('region', { name: 'Chain' })
  await expect(chain.getByRole('article')).toHaveCount(2)
  await expect(chain).toContainText('Not made yet')
  await expect(page.getByRole('region', { name: 'Events' })).toContainText('no node can hold 8 TiB')
})

test('has the chain as a table', async ({ page }) => {
  await open(page, '/volumes/default/data-postgres-0')
  const chain = page.getByRole('region', { name: 'Chain' }).first()
  await chain.getByRole('button', { name: /as a table/ }).click()
  await expect(chain.getByRole('row')).toHaveCount(10)
})
