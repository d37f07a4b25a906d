/** True for a Host header that names this machine itself, with any port. An absent header is refused. */
export function isLocalHost(host: string | null): boolean {
  return host !== null && /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host)
}
