import { type NextRequest, NextResponse } from 'next/server'
import { isLocalHost } from './lib/local-host.ts'

/**
 * Before every page and API call: answers loopback names only, so that a web site whose name was re-bound to 127.0.0.1
 * reads nothing, and reads only; gives each page its own Content-Security-Policy nonce. No external origin is ever allowed.
 */
export function proxy(request: NextRequest): NextResponse {
  if (!isLocalHost(request.headers.get('host')))
    return new NextResponse('This dashboard answers on localhost, 127.0.0.1 and [::1] only.\n', { status: 421 })
  // Next answers a POST to a page with the page.
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return new NextResponse('This dashboard only reads.\n', { status: 405, headers: { allow: 'GET, HEAD' } })
  if (request.nextUrl.pathname.startsWith('/api/')) return NextResponse.next()

  const nonce = btoa(crypto.randomUUID())
  // React's development build evaluates strings to rebuild stack traces.
  const development = process.env.NODE_ENV === 'development' ? " 'unsafe-eval'" : ''
  const policy = [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development}`,
    // Charts and virtual rows place themselves by style attributes.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')

  const headers = new Headers(request.headers)
  headers.set('content-security-policy', policy)
  const response = NextResponse.next({ request: { headers } })
  response.headers.set('content-security-policy', policy)
  return response
}

export const config = { matcher: ['/((?!_next/static|icon.svg).*)'] }
