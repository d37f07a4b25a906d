import type { Reason } from '@open-local/shared/api'
import { type MessageKeys, type NestedKeyOf, useTranslations } from 'use-intl'
import type en from '../messages/en.json'

type ReasonCode = MessageKeys<typeof en.reasons, NestedKeyOf<typeof en.reasons>>

/** A reason in the reader's language by its code; the server's own English sentence for a code that we do not know. */
export function useReason(): (reason: Reason) => string {
  const t = useTranslations('reasons')
  return ({ code, params, message }) => {
    // Codes are dotted (`pool.full`), as are the paths of nested messages.
    if (!t.has(code as ReasonCode)) return message
    const text = t(code as ReasonCode, params as never)
    // A parameter that the server did not send: its sentence says more than a broken one of ours.
    return text === `reasons.${code}` ? message : text
  }
}
