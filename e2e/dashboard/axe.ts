import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** WCAG 2.2 AA on the page as it stands; a fault is reported by rule and element. */
export async function expectAccessible(page: Page, options: { wholePage?: boolean } = {}): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    // A part shown alone has no page title.
    .disableRules(options.wholePage === false ? ['page-has-heading-one'] : [])
    .analyze()
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 140)).join(' | ')}`),
  ).toEqual([])
}
