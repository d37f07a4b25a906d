/** Where the API server is and how we prove who we are. */
export interface ConnectionOptions {
  /** `https://host:port`, a path prefix allowed. Plain `http` is for tests and `kubectl proxy`. */
  server: string
  /** PEM. */
  ca?: string | Buffer
  cert?: string | Buffer
  key?: string | Buffer
  serverName?: string
  insecureSkipTlsVerify?: boolean
  /** The bearer token to use now; asked before every request, so it must be cheap. `refresh` follows a 401. */
  getToken?: (options?: { refresh?: boolean }) => Promise<string | undefined>
  /** The context's namespace, or that of the service account. */
  namespace?: string
}
