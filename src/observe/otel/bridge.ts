/** Our numbers as OpenTelemetry's: counters and gauges are looked at when it collects, histograms are handed on as they come. */

import type { Histogram, Meter } from '@opentelemetry/api'
import { type InstrumentName, instruments } from '../instruments.js'
import { boundsOf, type Meters } from '../meters.js'

/** Answers what ends it. */
export function bridge(meters: Meters, meter: Meter): () => void {
  const ends: (() => void)[] = []
  const histograms = new Map<InstrumentName, Histogram>()
  for (const [key, instrument] of Object.entries(instruments)) {
    const name = key as InstrumentName
    const options = { description: instrument.about, unit: instrument.unit }
    if (instrument.kind === 'histogram') {
      const advice = { explicitBucketBoundaries: [...boundsOf(instrument)] }
      histograms.set(name, meter.createHistogram(instrument.name, { ...options, advice }))
      continue
    }
    const seen =
      instrument.kind === 'counter'
        ? meter.createObservableCounter(instrument.name, options)
        : meter.createObservableGauge(instrument.name, options)
    const look: Parameters<typeof seen.addCallback>[0] = (result) => {
      for (const { labels, value } of meters.series(name)) result.observe(value, labels)
    }
    seen.addCallback(look)
    ends.push(() => seen.removeCallback(look))
  }
  ends.push(meters.onObserve((name, value, labels) => histograms.get(name)?.record(value, labels)))
  return () => {
    for (const end of ends) end()
  }
}
