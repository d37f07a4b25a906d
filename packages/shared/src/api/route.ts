import type { z } from 'zod'

/** One HTTP route, declared once: the server validates by it, the browser is typed by it, OpenAPI is printed from it. */
export interface Route<P extends z.ZodType, Q extends z.ZodType, R extends z.ZodType> {
  method: 'GET'
  /** Fastify's form: `/api/v1/nodes/:name` */
  path: string
  summary: string
  params?: P
  query?: Q
  reply: R
}

export function route<
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  R extends z.ZodType = z.ZodType,
>(declared: Route<P, Q, R>): Route<P, Q, R> {
  return declared
}

export type ParamsOf<T> = T extends Route<infer P, z.ZodType, z.ZodType> ? z.input<P> : never
export type QueryOf<T> = T extends Route<z.ZodType, infer Q, z.ZodType> ? z.input<Q> : never
export type ReplyOf<T> = T extends Route<z.ZodType, z.ZodType, infer R> ? z.output<R> : never
