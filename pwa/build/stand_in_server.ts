// Development without the real server: the tests' server answers the phone's calls from memory.
import type { Connect, Plugin } from 'vite'

const SERVED = /^\/(api|sync|attachments)(\/|$|\?)/

export function standInServer(): Plugin {
  return {
    name: 'stand-in-server',
    apply: 'serve',
    async configureServer(server) {
      if (process.env.VITEST) return
      const { FakeServer, demo } = await server.ssrLoadModule('/tests/fake_server.ts')
      const fake = new FakeServer(demo())
      server.middlewares.use(async (request, response, next) => {
        if (!SERVED.test(request.url ?? '')) return next()
        const reply: Response = await fake.answer(await asRequest(request))
        response.statusCode = reply.status
        reply.headers.forEach((value, name) => {
          response.setHeader(name, value)
        })
        response.end(Buffer.from(await reply.arrayBuffer()))
      })
    },
  }
}

async function asRequest(incoming: Connect.IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const body = chunks.length ? new Uint8Array(Buffer.concat(chunks)) : undefined
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
  )
  return new Request(`http://localhost${incoming.url}`, { method: incoming.method, headers, body })
}
