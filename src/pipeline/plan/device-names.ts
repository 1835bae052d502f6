/** The devices of a run as one name: where several models run on several, `cpu+cuda`, each once. */

export const deviceName = (devices: readonly string[]): string | null =>
  devices.length === 0 ? null : [...new Set(devices)].sort().join('+')

export const devicesIn = (name: string | null): readonly string[] => name?.split('+') ?? []
