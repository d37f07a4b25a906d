/**
 * A control plane that answers from fixtures: every reply is checked against its contract before it is sent. Tests
 * change it by POST to `/fake/…`: `reset` (optionally with `{volumes}` made up), `changes` (told on the stream),
 * `down` (`{down}`: connections are dropped without an answer).
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import * as api from '@open-local/shared/api'
import { history } from '../../apps/web/features/stories/fixtures.ts'
import { applyChange, newState, nodeDetail, volumeDetail } from './fake-state.ts'

let state = newState()
let seq = 1
let down = false
const streams = new Set<ServerResponse>()
const at = () => new Date().toISOString()

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  if (url.pathname.startsWith('/fake/')) void control(url.pathname, request, response)
  else if (down) request.socket.destroy()
  else if (url.pathname === api.STREAM_PATH) stream(response)
  else answer(url, response)
})

async function control(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = ''
  for await (const chunk of request) text += chunk
  const body = JSON.parse(text || '{}') as { volumes?: number; down?: boolean; changes?: api.Change[] }
  if (path === '/fake/reset') {
    state = newState(body.volumes)
    down = false
  }
  if (path === '/fake/down') {
    down = body.down === true
    if (down) for (const open of streams) open.destroy()
  }
  if (path === '/fake/changes') {
    for (const change of body.changes ?? []) applyChange(state, change)
    tell('delta', api.delta.parse({ seq: ++seq, at: at(), changes: body.changes }))
  }
  response.end('{}')
}

function stream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' })
  streams.add(response)
  response.on('close', () => streams.delete(response))
  response.write(`id: ${seq}\nevent: hello\ndata: ${JSON.stringify({ seq, at: at(), reset: false })}\n\n`)
}

function tell(event: string, data: api.Delta): void {
  for (const open of streams) open.write(`id: ${data.seq}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
}

function answer(url: URL, response: ServerResponse): void {
  const parts = url.pathname.split('/').slice(3).map(decodeURIComponent)
  const [kind, first, second] = parts
  if (kind === 'overview') send(response, api.getOverview.reply, state.overview)
  else if (kind === 'history') send(response, api.getHistory.reply, history())
  else if (kind === 'nodes' && !first) send(response, api.listNodes.reply, { items: state.nodes, generatedAt: at() })
  else if (kind === 'nodes' && first) send(response, api.getNode.reply, nodeDetail(state, first))
  else if (kind === 'volumes' && !first) send(response, api.listVolumes.reply, listVolumes(url))
  else if (kind === 'volumes' && first && second)
    send(response, api.getVolume.reply, volumeDetail(state, `${first}/${second}`))
  else send(response, api.getNode.reply, null)
}

function listVolumes(url: URL): api.ReplyOf<typeof api.listVolumes> {
  const query = api.listVolumes.query!.parse(Object.fromEntries(url.searchParams))
  const sign = query.order === 'desc' ? -1 : 1
  const items = state.volumes
    .filter((volume) => !query.q || volume.key.includes(query.q))
    .filter((volume) => !query.phase || volume.phase === query.phase)
    .toSorted((a, b) => {
      const [left, right] = [a[query.sort] ?? '', b[query.sort] ?? '']
      return (
        sign *
        (typeof left === 'number' && typeof right === 'number'
          ? left - right
          : String(left).localeCompare(String(right)))
      )
    })
  return { items: items.slice(query.offset, query.offset + query.limit), total: items.length, generatedAt: at() }
}

function send(response: ServerResponse, contract: { parse: (value: unknown) => unknown }, reply: unknown): void {
  const headers = { 'content-type': 'application/json', 'x-request-id': 'fake-request-1' }
  if (reply === null) {
    const error = { code: 'NOT_FOUND', message: 'There is no such object.', requestId: 'fake-request-1' }
    response.writeHead(404, headers).end(JSON.stringify(api.errorReply.parse({ error })))
    return
  }
  response.writeHead(200, headers).end(JSON.stringify(contract.parse(reply)))
}

server.listen(Number(process.env.PORT), '127.0.0.1')
