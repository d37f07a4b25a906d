'use client'

import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { HardDrive, Keyboard, Languages, Link2, Moon, Server, Sun } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { type ReactNode, useState } from 'react'
import { useLocale, useTranslations } from 'use-intl'
import { Dialog } from '../../components/dialog.tsx'
import { nodeHref, volumeHref } from '../../lib/hrefs.ts'
import { nodesQuery, volumesQuery } from '../../lib/queries.ts'
import { copyLink } from './header.tsx'
import { pages } from './pages.ts'
import { languageNames } from './settings-menu.tsx'
import { usePreferences } from './use-preferences.ts'

/** More matches than a person reads; the search narrows them. */
const SHOWN = 30

interface PaletteProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  onKeys: () => void
}

/** Every page, object and action by name. */
export function Palette({ open, onOpenChange, onKeys }: PaletteProps) {
  const t = useTranslations('shell')
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t('palette')} bare className="overflow-hidden">
      <PaletteContent close={() => onOpenChange(false)} onKeys={onKeys} />
    </Dialog>
  )
}

function PaletteContent({ close, onKeys }: { close: () => void; onKeys: () => void }) {
  const t = useTranslations('shell')
  const router = useRouter()
  const locale = useLocale()
  const { setTheme, setLocale } = usePreferences()
  const [typed, setTyped] = useState('')
  const words = typed.trim().toLowerCase().split(/\s+/).filter(Boolean)
  const matches = (text: string) => words.every((word) => text.toLowerCase().includes(word))
  const nodes = useQuery(nodesQuery()).data?.items ?? []
  const volumes = useInfiniteQuery(volumesQuery()).data?.pages.flatMap((page) => page.items) ?? []

  const run = (action: () => void) => () => {
    close()
    action()
  }
  const go = (href: string) => run(() => router.push(href))
  const other = locale === 'en' ? 'zh' : 'en'
  const shownPages = pages.filter((page) => matches(t(`pages.${page.id}`)))
  const shownNodes = nodes.filter((node) => matches(node.name)).slice(0, SHOWN)
  const shownVolumes = volumes
    .filter((volume) => matches(`${volume.key} ${volume.volumeId ?? ''} ${volume.pods.join(' ')}`))
    .slice(0, words.length > 0 ? SHOWN : 6)
  const actions: { id: string; label: string; icon: ReactNode; action: () => void }[] = [
    { id: 'link', label: t('copyLink'), icon: <Link2 />, action: () => copyLink(t('linkCopied'), t('copyFailed')) },
    { id: 'dark', label: t('useTheme', { theme: t('themes.dark') }), icon: <Moon />, action: () => setTheme('dark') },
    { id: 'light', label: t('useTheme', { theme: t('themes.light') }), icon: <Sun />, action: () => setTheme('light') },
    {
      id: 'language',
      label: t('useLanguage', { language: languageNames[other] }),
      icon: <Languages />,
      action: () => setLocale(other),
    },
    { id: 'keys', label: t('keys'), icon: <Keyboard />, action: onKeys },
  ].filter(({ label }) => matches(label))

  return (
    <Command shouldFilter={false} label={t('palette')} loop>
      <Command.Input
        value={typed}
        onValueChange={setTyped}
        placeholder={t('palettePlaceholder')}
        className="h-12 w-full border-b border-line bg-transparent px-4 text-lg outline-none placeholder:text-ink-3"
      />
      <Command.List className="max-h-[56vh] overflow-auto p-1.5">
        <Command.Empty className="px-3 py-8 text-center text-ink-3">{t('paletteEmpty', { text: typed })}</Command.Empty>
        <Group heading={t('paletteGroups.pages')} shown={shownPages.length > 0}>
          {shownPages.map((page) => (
            <Item
              key={page.id}
              value={`page ${page.id}`}
              icon={<page.icon />}
              onSelect={go(page.href)}
              keys={`g ${page.key}`}
            >
              {t(`pages.${page.id}`)}
            </Item>
          ))}
        </Group>
        <Group heading={t('paletteGroups.nodes')} shown={shownNodes.length > 0}>
          {shownNodes.map((node) => (
            <Item key={node.name} value={`node ${node.name}`} icon={<Server />} onSelect={go(nodeHref(node.name))}>
              <span className="font-mono text-sm">{node.name}</span>
            </Item>
          ))}
        </Group>
        <Group heading={t('paletteGroups.volumes')} shown={shownVolumes.length > 0}>
          {shownVolumes.map((volume) => (
            <Item
              key={volume.key}
              value={`volume ${volume.key}`}
              icon={<HardDrive />}
              onSelect={go(volumeHref(volume))}
            >
              <span className="truncate font-mono text-sm">{volume.key}</span>
            </Item>
          ))}
        </Group>
        <Group heading={t('paletteGroups.actions')} shown={actions.length > 0}>
          {actions.map(({ id, label, icon, action }) => (
            <Item key={id} value={`action ${id}`} icon={icon} onSelect={run(action)}>
              {label}
            </Item>
          ))}
        </Group>
      </Command.List>
    </Command>
  )
}

function Group({ heading, shown, children }: { heading: string; shown: boolean; children: ReactNode }) {
  if (!shown) return null
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-ink-3"
    >
      {children}
    </Command.Group>
  )
}

interface ItemProps {
  value: string
  icon: ReactNode
  onSelect: () => void
  keys?: string
  children: ReactNode
}

function Item({ value, icon, onSelect, keys, children }: ItemProps) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex h-9 min-w-0 cursor-default items-center gap-2.5 rounded-md px-2.5 data-[selected=true]:bg-accent-soft"
    >
      <span aria-hidden className="text-ink-3 [&_svg]:size-4">
        {icon}
      </span>
      {children}
      {keys && <kbd className="ml-auto font-mono text-xs text-ink-3">{keys}</kbd>}
    </Command.Item>
  )
}
