/** Units of length as people and programs write them. */

/** µm of one unit, by its symbol in OME or by its name (NGFF's are those of UDUNITS-2, American); units of anything else (pixel, reference frame) are not here. */
const micrometres: Readonly<Record<string, number>> = {
  µm: 1,
  μm: 1,
  // Of a µ in another encoding.
  '\ufffdm': 1,
  Âµm: 1,
  um: 1,
  micron: 1,
  microns: 1,
  micrometer: 1,
  pm: 1e-6,
  picometer: 1e-6,
  nm: 1e-3,
  nanometer: 1e-3,
  mm: 1e3,
  millimeter: 1e3,
  cm: 1e4,
  centimeter: 1e4,
  dm: 1e5,
  decimeter: 1e5,
  m: 1e6,
  meter: 1e6,
  Å: 1e-4,
  angstrom: 1e-4,
  thou: 25.4,
  in: 25_400,
  inch: 25_400,
  pt: 25_400 / 72,
}

/** µm of one `text`, which is µm where it is not said; undefined for what is no length. */
export const micrometresOf = (text: string | undefined): number | undefined => {
  const unit = (text?.trim() || 'µm').replace(/metre(?=s?$)/i, 'meter')
  // Of symbols the case counts: Mm is no millimetre.
  const known = [unit, ...(unit.length > 2 ? [unit.toLowerCase()] : [])].find((u) => Object.hasOwn(micrometres, u))
  return known === undefined ? undefined : micrometres[known]
}
