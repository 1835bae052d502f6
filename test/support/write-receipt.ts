import { type Receipt, receiptName } from '../../src/pipeline/store/receipts.js'
import type { ResultStore } from '../../src/pipeline/store/result-store.js'

/** Writes a receipt, whatever was there. */
export const writeReceipt = (store: ResultStore, receipt: Receipt): Promise<void> =>
  store.replace(receiptName(receipt.slide), JSON.stringify(receipt))
