'use client'

import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'

export const phases = ['Pending', 'Provisioning', 'Ready', 'InUse', 'Failed', 'Deleting', 'Released', 'Lost'] as const
export const healths = ['critical', 'attention', 'unknown', 'well'] as const

/** The filters of the volumes page, in its URL. */
export function useVolumeFilters() {
  const [filters, set] = useQueryStates({
    namespace: parseAsString,
    node: parseAsString,
    phase: parseAsStringLiteral(phases),
    health: parseAsStringLiteral(healths),
  })
  return {
    filters,
    setFilter: (name: keyof typeof filters, value: string | null) =>
      void set({ [name]: value || null }, { history: 'push' }),
    clearFilters: () => void set({ namespace: null, node: null, phase: null, health: null }, { history: 'push' }),
    filtered: Object.values(filters).some(Boolean),
  }
}

export type VolumeFilters = ReturnType<typeof useVolumeFilters>['filters']
