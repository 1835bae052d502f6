/** The port that the viewer takes unless it is told another one, or this one is busy: the links of a report mean it. */
export const viewerPort = 8000
