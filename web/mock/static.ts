/** The built pages behind the strict headers of a deployment, with the mock on the same address. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { gzipSync } from 'node:zlib'
import headers from '../page-headers.json'
import type { Mock } from './server'

export const CSP = headers['Content-Security-Policy']

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
}

/** A path without a file is a page of the entry that its first part names. */
export function entryFor(path: string): string {
  const first = path.split('/')[1]
  return first === 'staff' || first === 'wall' ? `/${first}/index.html` : '/index.html'
}

/** Serves `dist` and the mock on a free port of the loopback. */
export async function serve(dist: string, mock: Mock): Promise<{ url: string; server: Server }> {
  const packed = new Map<string, Buffer>()
  const content = (file: string): Buffer => {
    const bytes = packed.get(file) ?? gzipSync(readFileSync(file))
    packed.set(file, bytes)
    return bytes
  }
  const server = createServer((request, response) => {
    if (mock.answers(request)) {
      void mock.handle(request, response)
      return
    }
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname))
    const wanted = join(dist, path)
    const isFile = wanted.startsWith(dist) && existsSync(wanted) && statSync(wanted).isFile()
    if (!isFile && extname(path)) {
      response.writeHead(404).end()
      return
    }
    const file = isFile ? wanted : join(dist, entryFor(path))
    response.writeHead(200, {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      'Content-Encoding': 'gzip',
      ...headers,
      'Cache-Control': path.startsWith('/assets/') ? 'max-age=31536000, immutable' : 'no-cache',
    })
    response.end(content(file))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, server }
}
