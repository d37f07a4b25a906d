import { expect, fake, open, test } from './fake.ts'

const claims = (page: import('@playwright/test').Page) => page.locator('[data-row-link]')

test('filters and sorts into the URL; a link shows the same; back undoes', async ({ page, context }) => {
  await open(page, '/volumes')
  await expect(claims(page)).toHaveCount(5)
  await page.getByRole('combobox', { name: 'Phase' }).selectOption('InUse')
  await expect(page).toHaveURL('/volumes?phase=InUse')
  await expect(claims(page)).toHaveText(['default/data-postgres-0', 'default/data-postgres-1'])
  await page.getByRole('button', { name: 'Used (GiB)' }).click()
  await expect(page).toHaveURL('/volumes?phase=InUse&sort=-usedBytes')
  await expect(claims(page)).toHaveText(['default/data-postgres-1', 'default/data-postgres-0'])
  await expect(page.getByText('2 of 5 volumes')).toBeVisible()

  const other = await context.newPage()
  await other.goto(page.url())
  await expect(claims(other)).toHaveText(['default/data-postgres-1', 'default/data-postgres-0'])
  await other.close()

  await page.goBack()
  await page.goBack()
  await expect(claims(page)).toHaveCount(5)
})

test('searches claims, nodes and pods; says so when nothing matches, and shows the way back', async ({ page }) => {
  await open(page, '/volumes?q=worker-2')
  await expect(claims(page)).toHaveText(['default/data-postgres-1'])
  await page.getByRole('searchbox').fill('nothing-like-this')
  await expect(page.getByText('No volume matches “nothing-like-this”')).toBeVisible()
  await page.getByRole('button', { name: 'Show all volumes' }).click()
  await expect(page).toHaveURL('/volumes')
  await expect(claims(page)).toHaveCount(5)
})

test('unknown values sort last in either direction', async ({ page }) => {
  await open(page, '/volumes?sort=usedBytes')
  await expect(claims(page).first()).toHaveText('default/data-postgres-0')
  await open(page, '/volumes?sort=-usedBytes')
  await expect(claims(page).first()).toHaveText('default/data-postgres-1')
})

test('an empty list says what would fill it', async ({ page }) => {
  await fake.reset({ volumes: 0 })
  await open(page, '/volumes')
  await expect(page.getByText('No volumes yet')).toBeVisible()
  await expect(page.getByText('kubectl apply -f examples/quickstart.yaml')).toBeVisible()
})

test('1,500 volumes: only rows in sight are in the document, the last is reached by scrolling', async ({ page }) => {
  await fake.reset({ volumes: 1500 })
  await open(page, '/volumes')
  await expect(page.getByText('1,500 volumes')).toBeVisible()
  expect(await claims(page).count()).toBeLessThan(100)
  await expect(async () => {
    await page.mouse.wheel(0, 100_000)
    await expect(page.getByRole('link', { name: 'default/claim-01499' })).toBeVisible({ timeout: 500 })
  }).toPass()
})

test('10,000 volumes: the server sorts and filters, and further pages come while scrolling', async ({ page }) => {
  await fake.reset({ volumes: 10_000 })
  await open(page, '/volumes?sort=-sizeBytes')
  await expect(page.getByText('10,000 volumes')).toBeVisible()
  await expect(page.getByRole('row').nth(1)).toContainText('999')
  await page.getByRole('searchbox').fill('claim-09999')
  await expect(page.getByText('1 of 10,000 volumes')).toBeVisible()
  await expect(claims(page)).toHaveText(['default/claim-09999'])
})
