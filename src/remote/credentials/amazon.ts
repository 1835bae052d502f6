/**
 * Where Amazon's services are: in China, and in Europe's own part, below names of their own; by the standard variables also under IPv6, or with FIPS's
 * cryptography. As botocore has it.
 */

import { type Surroundings, said } from './said.js'

const parts = [
  { of: 'cn-', below: 'amazonaws.com.cn', dual: 'api.amazonwebservices.com.cn' },
  { of: 'eusc-', below: 'amazonaws.eu', dual: 'api.amazonwebservices.eu' },
  { of: '', below: 'amazonaws.com', dual: 'api.aws' },
]

export function amazonHost(service: 's3' | 'sts', region: string, env: Surroundings): string {
  const { of, below, dual } = parts.find((part) => region.startsWith(part.of))!
  const [fips, isDual] = ['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT'].map((name) => said(env, name)?.toLowerCase() === 'true')
  // In the government's part the plain one is FIPS's.
  const name = fips && (service === 's3' || isDual || !region.startsWith('us-gov-')) ? `${service}-fips` : service
  if (!isDual) return `${name}.${region}.${below}`
  return service === 's3' && of !== 'eusc-' ? `${name}.dualstack.${region}.${below}` : `${name}.${region}.${dual}`
}
