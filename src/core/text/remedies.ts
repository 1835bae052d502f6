/** What helps against what more than one door meets. */

/** Of a server whose certificate nobody vouches for. */
export const ownAuthority =
  'NODE_EXTRA_CA_CERTS names a file with the certificates of your own authority (PEM), and is set before tiastream begins'

/** Of a server that refuses what is dated wrongly. */
export const setClock = 'set the clock of this machine (timedatectl set-ntp true), and run again'

/** Of a result that is damaged, though it may have its old size: a run looks at no more of what is done. */
export const madeAnew = 'remove it and run the pipeline again, which makes it anew'

/** Of a table that is not laid out as its metadata says. */
export const writtenAnew = `another program wrote it anew, or it is damaged: name the table that the run wrote, or ${madeAnew}`
