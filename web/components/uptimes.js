// How much of five windows of time a component could be used, as the daemon counts it: without
// maintenance and time of which nothing is known.
import { ask } from '../view/daemon.js';
import { el, patch, setAttr, setText } from '../view/dom.js';
import { age, NONE, number, uptime } from '../view/format.js';
import { make } from '../view/make.js';

const AGAIN_MS = 60_000;
const WINDOWS = ['24h', '7d', '30d', '90d', '1y'];
/** A window that is known to less than this says of how much it speaks. */
const WHOLE = 0.99;

/** @typedef {{ key: string, name: string, text: string, down: string, of: string, title: string }} Figure */

/** @param {string} name of the window @param {any} found @returns {Figure} */
function figureOf(name, found) {
	const [up, down, calm, unknown] = ['up_s', 'down_s', 'maintenance_s', 'unknown_s']
		.map((key) => number(found?.[key]) ?? 0);
	const seen = up + down;
	const known = number(found?.percent ?? null) !== null && seen > 0;
	const lasted = (/** @type {number} */ s) => (s > 0 ? age(s) : '0');
	return { key: name, name: name.replace(/(\d+)/, '$1\u202f'), text: known ? String(found.text).replace(' ', '\u202f') : NONE,
		down: !known ? 'not known' : down > 0 ? `${age(Math.max(2, down))} down` : 'never down',
		of: known && seen < WHOLE * (seen + calm + unknown) ? `of ${age(seen)}` : '',
		title: found ? `Up ${lasted(up)}, down ${lasted(down)}, maintenance ${lasted(calm)}, unknown ${lasted(unknown)}`
			: '' };
}

function createFigure() {
	const [name, value, down, of] = [el('dt'), el('strong'), el('small'), el('small')];
	const node = el('div', '', name, el('dd', '', value, down, of));
	return { node, update: (/** @type {Figure} */ figure) => {
		setText(name, figure.name);
		setText(value, figure.text);
		setText(down, figure.down);
		setText(of, figure.of);
		setAttr(node, 'title', figure.title || null);
	} };
}

export class Uptimes {
	/** @param {() => void} again draws the detail */
	constructor(again) {
		this.list = make('dl.uptimes#detail-uptime', {});
		this.node = make('section', {}, el('h3', '', 'Uptime, without maintenance'), this.list);
		this.again = again;
		this.name = '';
		/** @type {any} */
		this.found = null;
		this.askedAt = -Infinity;
	}

	/** @param {string} name */
	async load(name) {
		this.askedAt = uptime();
		const answer = await ask(`/api/v1/uptime?names=${encodeURIComponent(name)}`).catch(() => null);
		if (this.name === name) {
			this.found = answer?.uptime?.[name] ?? null;
			this.again();
		}
	}

	/** @param {string} name @param {boolean} mayAsk */
	draw(name, mayAsk) {
		if (name !== this.name) {
			[this.name, this.found, this.askedAt] = [name, null, -Infinity];
		}
		if (mayAsk && uptime() - this.askedAt > AGAIN_MS) {
			this.load(name);
		}
		patch(this.list, WINDOWS.map((one) => figureOf(one, this.found?.[one])), createFigure);
	}
}
