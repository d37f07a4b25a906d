import type { ReactNode } from 'react'
import { AppShell } from '../../features/shell/app-shell.tsx'
import { requestSettings } from '../../lib/request-settings.ts'

export default async function DashboardLayout({ children }: { children: ReactNode }) {
  const { railCollapsed } = await requestSettings()
  return <AppShell railCollapsed={railCollapsed}>{children}</AppShell>
}
