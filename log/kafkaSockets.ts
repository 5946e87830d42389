// The sockets of one Kafka client, so that none outlives it: kafkajs leaves one open where a connection was being made anew
// while its owner was disconnected, and that would hold an ended process for ever.
import { connect, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectSecurely } from 'node:tls'

const keepAliveMs = 60_000

interface Asked {
  host: string
  port: number
  ssl: ConnectionOptions
  onConnect: () => void
}

export interface Sockets {
  /** Makes one as kafkajs does by itself. */
  make: (asked: Asked) => Socket
  /** Ends those that are still open. */
  end(): void
}

export function openSockets(): Sockets {
  const open = new Set<Socket>()
  return {
    make: ({ host, port, ssl, onConnect }) => {
      const name = isIP(host) ? {} : { servername: host }
      const socket = ssl
        ? connectSecurely({ host, port, ...name, ...ssl }, onConnect)
        : connect({ host, port }, onConnect)
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      return socket.setKeepAlive(true, keepAliveMs)
    },
    end: () => {
      // With an error: kafkajs hears of nothing else.
      for (const socket of open) socket.destroy(new Error('the log is closed'))
    },
  }
}
