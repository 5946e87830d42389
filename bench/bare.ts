// The least a server in Node can do: the same bytes to whoever asks, from memory. What `npm run bench -- embeds` compares
// with, in a process of its own beside the same ingest: `node bench/bare.ts < FILE` prints its address.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

const bytes = await buffer(process.stdin)
const headers = { 'content-type': 'application/json', 'content-length': bytes.length }
const server = createServer((_, response) => void response.writeHead(200, headers).end(bytes))
server.listen(0, '127.0.0.1', () => {
  console.log(`bare at http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
