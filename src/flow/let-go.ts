/**
 * Gives the memory of a buffer back at once. The collector finds it later, too, but meanwhile it counts as pressure: buffers of some megabytes
 * a second make it walk the whole heap again and again.
 */

const { port1: nowhere, port2 } = new MessageChannel()
port2.close()
nowhere.unref()

/** Nobody may read the buffer any more: it is empty from here on. (`ArrayBuffer.prototype.transfer` is not in Node 20: what is sent to a closed port is freed.) */
export function letGo(buffer: ArrayBuffer): void {
  nowhere.postMessage(null, [buffer])
}
