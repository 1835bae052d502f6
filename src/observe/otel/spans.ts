/**
 * Spans of a run: `tiastream.run`, below it `tiastream.slide` for each slide, below that `open` (to its pixels), `rows` (to all of them written) and `publish` (to its
 * receipt). A worker has no run: its slides hang below whoever put them into the queue, where that is known.
 */

import type { Attributes, Context, Span } from '@opentelemetry/api'
import { withoutSecrets } from '../../core/address.js'
import { recordOf } from '../../core/errors.js'
import type { RunEvent } from '../../pipeline/run/run-events.js'
import type { WorkerEvent } from '../../queue/worker-events.js'
import { plainText } from '../plain-text.js'
import type { Api } from './packages.js'

type Part = 'open' | 'rows' | 'publish'
type SlideEnd = Extract<RunEvent, { type: 'slide.done' | 'slide.failed' }>

interface AtWork {
  readonly span: Span
  readonly context: Context
  part: Span
}

/** Warnings that a span tells; a receipt keeps as many. */
const mostWarnings = 20

export class Spans {
  readonly #slides = new Map<string, AtWork & { warnings: number }>()
  readonly #tracer
  readonly #parent: Context
  #run: Span | undefined

  /** `run`: attributes of the run; absent for a worker. `traceparent`: of whoever began it. */
  constructor(
    private readonly api: Api,
    version: string,
    run: Attributes | undefined,
    traceparent: string | undefined,
  ) {
    this.#tracer = api.trace.getTracer('tiastream', version)
    this.#parent = this.#below(traceparent) ?? api.context.active()
    if (run) {
      this.#run = this.#tracer.startSpan('tiastream.run', { attributes: run }, this.#parent)
      this.#parent = api.trace.setSpan(this.#parent, this.#run)
    }
  }

  see(event: WorkerEvent): void {
    switch (event.type) {
      case 'run.start':
        this.#run?.setAttributes({ ...given('tiastream.device', event.device), 'tiastream.lanes': event.lanes })
        break
      case 'slide.start': {
        const { slide, uri, worker, waited, attempt, traceparent } = event
        // It begins again.
        this.#interrupted(slide)
        const attributes = {
          'tiastream.slide': slide,
          'tiastream.slide.uri': withoutSecrets(uri),
          ...given('tiastream.worker', worker),
          ...given('tiastream.queue.waited', waited),
          ...given('tiastream.queue.attempt', attempt),
        }
        const parent = this.#below(traceparent) ?? this.#parent
        const span = this.#tracer.startSpan('tiastream.slide', { attributes }, parent)
        const context = this.api.trace.setSpan(parent, span)
        this.#slides.set(slide, { span, context, part: this.#tracer.startSpan('open', {}, context), warnings: 0 })
        break
      }
      case 'slide.opened':
        this.#next(event.slide, 'rows', { 'tiastream.slide.width': event.width, 'tiastream.slide.height': event.height })
        break
      case 'slide.resumed':
        this.#slides.get(event.slide)?.span.setAttribute('tiastream.patches.resumed', event.patches)
        break
      case 'slide.written':
        this.#next(event.slide, 'publish', {})
        break
      case 'warning':
        this.#warning(event)
        break
      case 'slide.done':
      case 'slide.failed':
        this.#end(event)
        break
      case 'slide.interrupted':
      case 'slide.skipped':
      case 'slide.elsewhere':
        this.#interrupted(event.slide)
        break
      case 'slide.handedBack':
        this.#slides.get(event.slide)?.span.setAttribute('tiastream.handed_back', plainText(event.why))
        this.#interrupted(event.slide)
        break
      case 'run.end': {
        const { status, slides, rows, unreadable, unanswered } = event.summary
        this.#run?.setAttributes({
          'tiastream.status': status,
          'tiastream.slides.done': slides.done,
          'tiastream.slides.failed': slides.failed,
          'tiastream.slides.skipped': slides.skipped,
          'tiastream.rows': rows,
          'tiastream.rows.unreadable': unreadable,
          'tiastream.rows.unanswered': unanswered,
        })
        break
      }
    }
  }

  /** What ended the run, or the worker, before its end. */
  failed(error: unknown): void {
    const { code, message } = recordOf(error)
    this.#run?.setAttribute('error.type', code)
    this.#run?.setStatus({ code: this.api.SpanStatusCode.ERROR, message: `${code}: ${plainText(message)}` })
  }

  /** What is still at work ends now, and says so. */
  end(): void {
    for (const slide of [...this.#slides.keys()]) this.#interrupted(slide)
    this.#run?.end()
    this.#run = undefined
  }

  #next(slide: string, part: Part, attributes: Attributes): void {
    const at = this.#slides.get(slide)
    if (!at) return
    at.part.end()
    at.span.setAttributes(attributes)
    at.part = this.#tracer.startSpan(part, {}, at.context)
  }

  #warning({ slide, code, message }: Extract<RunEvent, { type: 'warning' }>): void {
    const at = slide === undefined ? undefined : this.#slides.get(slide)
    if (at && ++at.warnings > mostWarnings) return
    const span = at?.span ?? this.#run
    span?.addEvent('warning', { 'tiastream.code': code, 'tiastream.message': plainText(message) })
  }

  #end(event: SlideEnd): void {
    const at = this.#slides.get(event.slide)
    if (!at) {
      this.#failedBefore(event)
      return
    }
    const { span, part } = at
    part.end()
    span.setAttributes(sumsOf(event))
    if (event.type === 'slide.failed') this.#error(span, event)
    span.end()
    this.#slides.delete(event.slide)
  }

  /** A slide that is not there fails before it begins. */
  #failedBefore(event: SlideEnd): void {
    const startTime = Date.now() - event.seconds * 1000
    const span = this.#tracer.startSpan('tiastream.slide', { startTime, attributes: { 'tiastream.slide': event.slide } }, this.#parent)
    if (event.type === 'slide.failed') this.#error(span, event)
    span.end()
  }

  #error(span: Span, { error: { code, family, message } }: Extract<RunEvent, { type: 'slide.failed' }>): void {
    span.setAttributes({ 'error.type': code, 'tiastream.error.family': family })
    span.setStatus({ code: this.api.SpanStatusCode.ERROR, message: `${code}: ${plainText(message)}` })
  }

  #interrupted(slide: string): void {
    const at = this.#slides.get(slide)
    if (!at) return
    at.part.end()
    at.span.setAttribute('tiastream.interrupted', true)
    at.span.end()
    this.#slides.delete(slide)
  }

  /** Null where `traceparent` is not valid: then it is as if nobody had said anything. */
  #below(traceparent: string | undefined): Context | null {
    const [, traceId, spanId, flags] = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(traceparent ?? '') ?? []
    if (!traceId || !spanId || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return null
    const { trace, ROOT_CONTEXT } = this.api
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: Number.parseInt(flags!, 16) & 1, isRemote: true })
  }
}

const given = (name: string, value: string | number | null | undefined): Attributes =>
  value === undefined || value === null ? {} : { [name]: value }

function sumsOf(event: SlideEnd): Attributes {
  const { device, bytesRead, patches, spentMs, seconds } = event
  const ofDone =
    event.type === 'slide.done'
      ? { 'tiastream.rows': event.rows, 'tiastream.rows.unreadable': event.unreadable, 'tiastream.rows.unanswered': event.unanswered }
      : {}
  return {
    ...given('tiastream.device', device),
    ...ofDone,
    'tiastream.seconds': seconds,
    'tiastream.read': bytesRead,
    'tiastream.patches.asked': patches.asked,
    ...Object.fromEntries(Object.entries(spentMs).map(([stage, ms]) => [`tiastream.spent.${stage}`, ms / 1000])),
  }
}
