// Whether the window is as narrow as a phone's.
export const PHONE = matchMedia('(max-width: 640px)');
