import { expectAccessible } from './axe.ts'
import { expect, open, test } from './fake.ts'

const pages = [
  '/',
  '/nodes',
  '/nodes/worker-1',
  '/nodes/worker-1?tab=disks',
  '/volumes',
  '/volumes/default/data-postgres-0',
]

for (const theme of ['light', 'dark'] as const)
  for (const path of pages)
    test(`${path} is accessible, ${theme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: theme })
      await open(page, path)
      await expectAccessible(page)
    })

test('palette, keys and menu are accessible', async ({ page }) => {
  await open(page, '/')
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('option').first()).toBeVisible()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog')).toBeVisible()
  await expectAccessible(page)
})
