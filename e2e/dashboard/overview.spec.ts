import { expect, open, test } from './fake.ts'

test('answers whether anything is wrong, most urgent first, each with its way out', async ({ page }) => {
  await open(page, '/')
  const items = page.getByRole('region', { name: 'Needs attention' }).getByRole('listitem')
  await expect(items.first()).toContainText('Critical:')
  await expect(items.first()).toContainText('has promised 101 % of what it holds')
  await items.first().getByRole('link').click()
  await expect(page).toHaveURL('/nodes/worker-2?tab=pools')
})

test('says how much is available, allocated and reserved, by medium too', async ({ page }) => {
  await open(page, '/')
  const capacity = page.getByRole('region', { name: 'Capacity', exact: true })
  await expect(capacity).toContainText('4.49 TiBavailable of')
  await expect(capacity).toContainText('Allocated1.91 TiB29%')
  await expect(capacity).toContainText('Reserved140 GiB2%')
  await expect(capacity.getByRole('img', { name: /of 3.13 TiB taken/ })).toBeVisible()
})

test('shows a number exactly on hover', async ({ page }) => {
  await open(page, '/')
  await page.getByRole('region', { name: 'Capacity', exact: true }).locator('data').first().hover()
  await expect(page.getByText('4,939,212,390,400 bytes')).toBeVisible()
})

test('names the reasons of pending claims, and what waits by design', async ({ page }) => {
  await open(page, '/')
  const pending = page.getByRole('region', { name: 'Pending claims' })
  await expect(pending).toContainText('worker-1 asked for 8 TiB')
  await expect(pending).toContainText('Waits for a pod')
})

test('keeps the time range in the URL, back included, and has the chart as a table', async ({ page }) => {
  await open(page, '/')
  const history = page.getByRole('region', { name: 'Capacity over time' })
  await expect(history.locator('.recharts-area').first()).toBeVisible()
  await history.getByRole('button', { name: '7 d' }).click()
  await expect(page).toHaveURL('/?range=7d')
  await page.goBack()
  await expect(page).toHaveURL('/')
  await expect(history.getByRole('button', { name: '24 h' })).toHaveAttribute('aria-pressed', 'true')
  await history.getByRole('button', { name: 'Table' }).click()
  await expect(history.getByRole('columnheader', { name: 'Allocated' })).toBeVisible()
})
