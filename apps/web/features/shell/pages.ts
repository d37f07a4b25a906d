import { Gauge, HardDrive, type LucideIcon, Server } from 'lucide-react'

export interface Page {
  id: 'overview' | 'nodes' | 'volumes'
  href: string
  icon: LucideIcon
  /** After `g`. */
  key: string
}

/** The pages of the rail, in order. */
export const pages: readonly Page[] = [
  { id: 'overview', href: '/', icon: Gauge, key: 'o' },
  { id: 'nodes', href: '/nodes', icon: Server, key: 'n' },
  { id: 'volumes', href: '/volumes', icon: HardDrive, key: 'v' },
]

export function isCurrent(page: Page, pathname: string): boolean {
  return page.href === '/' ? pathname === '/' : pathname === page.href || pathname.startsWith(`${page.href}/`)
}
