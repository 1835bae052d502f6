/**
 * Connections, which are kept for the next question: to the server itself, or through the proxy that the environment names (HTTPS_PROXY, HTTP_PROXY, not
 * for the hosts in NO_PROXY), by Node's own agents, which know proxies from 22.21 and 24.5 on.
 */

import http from 'node:http'
import https from 'node:https'
import { SlideError } from '../core/errors.js'

/** At once to one server, of one thread: a window of ranges of several slides. More wait. */
const mostSockets = 64

const kinds = { 'http:': http.Agent, 'https:': https.Agent }
type Protocol = keyof typeof kinds

export const isWeb = (protocol: string): protocol is Protocol => protocol in kinds

const knowsProxies = process.allowedNodeEnvironmentFlags.has('--use-env-proxy')

/** This machine, and what a machine of a cloud asks who it is: no proxy knows of these. */
const near = /^(?:localhost|127\.[\d.]+|169\.254\.[\d.]+|\[::1\]|\[fd00:ec2::[\da-f]+\]|metadata\.google\.internal)$/i

const agents = new Map<string, http.Agent>()

/** Throws SlideError where the environment names what is no proxy. */
export function agentFor({ protocol, hostname }: URL): http.Agent {
  const kind = protocol as Protocol
  const proxy = knowsProxies && !near.test(hostname) ? proxyOf(kind) : undefined
  const key = `${kind} ${proxy?.address}`
  const known = agents.get(key)
  if (known !== undefined) return known
  const made = make(kind, proxy)
  agents.set(key, made)
  return made
}

/** What helps where nobody answers, and a proxy is named that this Node does not know. */
export function ignoredProxy({ protocol, hostname }: URL): string | undefined {
  const proxy = knowsProxies || near.test(hostname) ? undefined : proxyOf(protocol as Protocol)
  return proxy && `${proxy.name} names a proxy, which is heeded from Node 22.21 and 24.5 on; this is ${process.version}`
}

interface Proxy {
  readonly name: string
  /** With its scheme: curl, Python and wget take a host alone for one of http, and Node would ask past it in silence. */
  readonly address: string
}

function proxyOf(kind: Protocol): Proxy | undefined {
  const name = kind === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  // The lower one first, as curl and Node have it.
  const said = process.env[name.toLowerCase()]?.trim() || process.env[name]?.trim()
  return said ? { name, address: said.includes('://') ? said : `http://${said}` } : undefined
}

function make(kind: Protocol, proxy: Proxy | undefined): http.Agent {
  const options: http.AgentOptions = { keepAlive: true, maxSockets: mostSockets }
  if (proxy === undefined) return new kinds[kind](options)
  const { name, address } = proxy
  try {
    if (!/^https?:$/.test(new URL(address).protocol)) throw new Error('of a proxy, http and https are spoken')
    return new kinds[kind]({
      ...options,
      proxyEnv: { ...process.env, [name]: address, [name.toLowerCase()]: address },
    } as http.AgentOptions)
  } catch (cause) {
    throw new SlideError('SLIDE_UNREACHABLE', `${name} names what is no proxy of HTTP`, {
      hint: 'write http://proxy.hospital.org:3128',
      cause,
    })
  }
}
