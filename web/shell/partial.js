// A part of the page that could not be had says so in its own place; the rest goes on.
import { byId, el, setText, show } from '../view/dom.js';
import { clock } from '../view/format.js';

/** @type {[string, string, string][]} part of the model, section of the page, word */
const PARTS = [
	['overview', 'overview', 'verdict'],
	['metrics', 'metrics', 'metrics'],
	['resources', 'overview', 'resource'],
	['alerts', 'alerts', 'alert'],
	['components', 'components', 'component'],
	['breakers', 'breakers', 'breaker'],
];

/** @type {Map<string, HTMLElement>} */
const lines = new Map();

/** @param {import('../app.js').Frame} frame */
export function drawPartial({ model }) {
	for (const [part, section, word] of PARTS) {
		const since = model?.missing.get(part);
		const line = lines.get(part);
		if (since !== undefined && !line) {
			lines.set(part, el('p', 'partial', `No ${word} data since ${clock(since)}.`));
			byId(section).querySelector('header, h2, .verdict')?.after(lines.get(part) ?? '');
		} else if (line) {
			show(line, since !== undefined);
			if (since !== undefined) {
				setText(line, `No ${word} data since ${clock(since)}.`);
			}
		}
	}
}
