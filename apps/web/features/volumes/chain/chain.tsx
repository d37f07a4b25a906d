'use client'

import { Collapsible } from '@base-ui/react/collapsible'
import type { ChainLink } from '@open-local/shared/api'
import {
  ArrowRight,
  Box,
  ChevronRight,
  CornerDownRight,
  Cylinder,
  Database,
  FileBox,
  FolderTree,
  HardDrive,
  Layers,
  PackageOpen,
} from 'lucide-react'
import Link from 'next/link'
import { useTranslations } from 'use-intl'
import { CopyButton } from '../../../components/copy-button.tsx'
import { HealthIcon } from '../../../components/health.tsx'
import { Panel } from '../../../components/panel.tsx'
import { ChainTable } from './chain-table.tsx'
import { type ChainLane, type ChainStep, chainLanes } from './lanes.ts'
import { useChainWords } from './use-words.ts'

const icons = {
  Pod: Box,
  PersistentVolumeClaim: FileBox,
  PersistentVolume: Cylinder,
  NodeLocalVolume: Database,
  LogicalVolume: Layers,
  Pool: PackageOpen,
  Device: HardDrive,
  Mount: FolderTree,
}

/**
 * One volume from the pod that uses it to the disks that hold it, each link live. Two lanes, what Kubernetes knows and
 * what the node holds; one column on a phone. The table beneath says the same.
 */
export function Chain({ chain, node }: { chain: ChainLink[]; node: string | null }) {
  const t = useTranslations('chain')
  return (
    <Panel id="chain" title={t('title')} note={t('subtitle')}>
      <div className="space-y-4">
        {chainLanes(chain).map((lane) => (
          <Lane
            key={lane.lane}
            lane={lane}
            name={lane.lane === 'kubernetes' ? t('laneKubernetes') : node ? t('laneNode', { node }) : t('laneNoNode')}
          />
        ))}
      </div>
      <Collapsible.Root className="mt-4">
        <Collapsible.Trigger className="group inline-flex min-h-6 items-center gap-1 text-sm text-ink-2 hover:text-ink">
          <ChevronRight
            aria-hidden
            className="size-4 motion-safe:transition-transform group-data-panel-open:rotate-90"
          />
          {t('asTable', { count: chain.length })}
        </Collapsible.Trigger>
        <Collapsible.Panel className="mt-2">
          <ChainTable chain={chain} />
        </Collapsible.Panel>
      </Collapsible.Root>
    </Panel>
  )
}

function Lane({ lane, name }: { lane: ChainLane; name: string }) {
  return (
    <div>
      <h3 className="mb-1.5 flex items-center gap-1.5 text-xs text-ink-3">
        {lane.lane === 'node' && <CornerDownRight aria-hidden className="size-3.5" />}
        {name}
      </h3>
      <ol className="grid gap-x-7 gap-y-6 lg:grid-cols-4">
        {lane.steps.map((step, index) => (
          <li key={step.kind} className="relative flex min-w-0 flex-col gap-2">
            {/* A mount is not further down than the disks: it is where the volume comes out again. */}
            {index > 0 && step.kind !== 'Mount' && (
              <ArrowRight
                aria-hidden
                className="absolute -top-5 left-4 size-4 rotate-90 text-ink-3 lg:top-8 lg:-left-[22px] lg:rotate-0"
              />
            )}
            <Step step={step} />
          </li>
        ))}
      </ol>
    </div>
  )
}

function Step({ step }: { step: ChainStep }) {
  const t = useTranslations('chain')
  const Icon = icons[step.kind]
  if (step.links.length === 0)
    return (
      <div className="flex min-h-20 flex-1 flex-col rounded-lg border border-dashed border-line-strong px-3 py-2.5">
        <p className="flex items-center gap-1.5 text-xs text-ink-3">
          <Icon aria-hidden className="size-3.5" />
          {t(`kind.${step.kind}`)}
        </p>
        <p className="mt-1 text-sm text-ink-3">{t(`none.${step.kind}`)}</p>
      </div>
    )
  return step.links.map((link) => <LinkCard key={`${link.namespace}/${link.name}`} link={link} />)
}

function LinkCard({ link }: { link: ChainLink }) {
  const t = useTranslations('chain')
  const { factName, stateName } = useChainWords()
  const Icon = icons[link.kind]
  const name = <span className="min-w-0 font-mono text-sm break-all">{link.name}</span>
  return (
    <article
      aria-label={`${t(`kind.${link.kind}`)} ${link.name}`}
      data-link={link.kind}
      className="min-h-20 flex-1 rounded-lg border border-line-strong bg-surface px-3 py-2.5"
    >
      <div className="flex items-center gap-1.5 text-xs text-ink-3">
        <Icon aria-hidden className="size-3.5 shrink-0" />
        {t(`kind.${link.kind}`)}
        {link.state && (
          <span className="ml-auto flex items-center gap-1 text-ink-2">
            <HealthIcon health={link.health} className="size-3.5" />
            {stateName(link.state)}
          </span>
        )}
      </div>
      <div className="mt-1 flex items-start gap-0.5">
        {link.href ? (
          <Link href={link.href} className="inline-flex min-h-6 min-w-0 items-center text-accent hover:underline">
            {name}
          </Link>
        ) : (
          <span className="inline-flex min-h-6 items-center">{name}</span>
        )}
        <CopyButton value={link.name} label={t(`kind.${link.kind}`)} />
      </div>
      {link.facts.length > 0 && (
        <dl className="mt-1.5 grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 text-xs">
          {link.facts.map(({ name: fact, value }) => (
            <div key={fact} className="col-span-2 grid grid-cols-subgrid">
              <dt className="text-ink-3">{factName(fact)}</dt>
              <dd className="numeric min-w-0 break-all">{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </article>
  )
}
