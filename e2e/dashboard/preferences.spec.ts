import { expect, open, test } from './fake.ts'

test('the first visit speaks the browser’s language', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ locale: 'zh-CN', baseURL: baseURL! })
  const page = await context.newPage()
  await open(page, '/')
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('概览')
  await expect(page).toHaveTitle('概览 · Open-Local')
  await context.close()
})

test('a language is switched in place, keeps the view, and is remembered', async ({ page }) => {
  await open(page, '/volumes?phase=InUse')
  await page.getByRole('button', { name: 'Theme, language and keys' }).click()
  await page.getByRole('menuitemradio', { name: '简体中文' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('卷')
  await expect(page).toHaveURL('/volumes?phase=InUse')
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN')
  await open(page, '/nodes')
  await expect(page.getByRole('columnheader', { name: '节点' })).toBeVisible()
})

test('the theme follows the system until one is chosen, and is remembered', async ({ page }) => {
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  await open(page, '/')
  const light = await background()
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await background()
  expect(dark).not.toBe(light)
  await page.getByRole('button', { name: 'Theme, language and keys' }).click()
  await page.getByRole('menuitemradio', { name: 'Light' }).click()
  expect(await background()).toBe(light)
  await page.reload()
  expect(await background()).toBe(light)
})

test('the rail stays collapsed', async ({ page }) => {
  await open(page, '/')
  await page.getByRole('button', { name: 'Collapse' }).click()
  await page.reload()
  await expect(page.getByRole('button', { name: 'Expand' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Nodes' })).toBeVisible()
})
