import { expect, fake, test } from './fake.ts'

for (const path of ['/', '/nodes', '/nodes/worker-1', '/volumes', '/volumes/default/data-postgres-0'])
  test(`${path} without an API says so, carries a request id, and recovers by itself`, async ({ page }) => {
    await fake.down(true)
    await page.goto(path)
    const alert = page.getByRole('main').getByRole('alert').first()
    await expect(alert).toContainText('The control plane does not answer')
    await expect(alert.getByText('Request id')).toBeVisible()
    await fake.down(false)
    await expect(page.getByRole('main').getByRole('alert')).toHaveCount(0, { timeout: 20_000 })
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  })

test('an object that is not there is named, not a blank page', async ({ page }) => {
  await page.goto('/nodes/no-such-node')
  await expect(page.getByRole('alert').first()).toContainText('There is no such object')
  await expect(page.getByText('fake-request-1')).toBeVisible()
})

test('an address that is no page leads back', async ({ page }) => {
  await page.goto('/no/such/page')
  await page.getByRole('link', { name: 'Go to the overview' }).click()
  await expect(page).toHaveURL('/')
})
