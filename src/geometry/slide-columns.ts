/** What files of others call the slide that a row, or an outline, is of. */

/** Columns that say of which slide it is. */
export const ofSlides = ['slide', 'slide_id', 'slide_name', 'wsi', 'uri']
/** Columns that say so, or of which file the picture of each is: those differ in every row. */
export const ofFiles = ['image', 'filename', 'file', 'path']
