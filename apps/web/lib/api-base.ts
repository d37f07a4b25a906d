/**
 * Where the API answers: the control plane itself on the server, this same origin in the browser (passed on by
 * app/api/v1). Read on each call, so one build serves any installation.
 */
export function apiBase(): string {
  return typeof window === 'undefined' ? (process.env.OPEN_LOCAL_API ?? 'http://127.0.0.1:7081') : ''
}
