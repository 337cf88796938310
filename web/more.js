// The second script: what is wanted after the first look. shell/more.js loads it; what both scripts need
// is in the first one, and both have the same of it.
import { drawDetail, listenDetail } from './components/detail.js';
import { drawBreakerSheet, resumeBreaker } from './panels/breaker_sheet.js';
import { drawDeliveries } from './panels/deliveries.js';
import { drawSilences } from './panels/silences.js';

export { isDetailOpen, openDetail } from './components/detail.js';
export { openAck, takeBack } from './forms/ack.js';
export { openSilence } from './forms/silence.js';
export { dropPast, pastOf } from './history/past.js';
export { drawTable } from './history/table.js';
export { openBreaker } from './panels/breaker_sheet.js';
export { openHelp } from './shell/help.js';

/** @param {import('./app.js').Frame} frame */
export function draw(frame) {
	drawDetail(frame);
	drawBreakerSheet(frame);
	drawSilences(frame);
	drawDeliveries(frame);
}

listenDetail();
resumeBreaker();
