import { storyIds } from '../../apps/web/features/stories/story-ids.ts'
import { expectAccessible } from './axe.ts'
import { expect, test } from './fake.ts'

for (const theme of ['light', 'dark'] as const)
  test.describe(`stories, ${theme}`, () => {
    test.use({ colorScheme: theme })
    for (const id of storyIds)
      test(`${id} renders and is accessible`, async ({ page }) => {
        await page.goto(`/stories/${id}`)
        await expect(page.locator(`[data-story="${id}"]`)).not.toBeEmpty()
        await expectAccessible(page, { wholePage: false })
      })
  })

test('every story holds at 375 px, in Chinese too', async ({ page, context, baseURL }) => {
  test.setTimeout(90_000)
  await page.setViewportSize({ width: 375, height: 800 })
  for (const language of ['en', 'zh']) {
    await context.addCookies([{ name: 'open-local-language', value: language, url: baseURL! }])
    for (const id of storyIds) {
      await page.goto(`/stories/${id}`)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect({ id, language, overflow: Math.max(0, overflow) }).toEqual({ id, language, overflow: 0 })
    }
  }
})
