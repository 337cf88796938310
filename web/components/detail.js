// One component in full, beside the page. The model feeds it with every frame; what the model does
// not hold is asked for when it opens and after each check that came in since.
import { button, byId, el, setText, show, symbol } from '../view/dom.js';
import { parseTime } from '../view/format.js';
import { keysAreOn } from '../shell/keys.js';
import { order } from '../view/orders.js';
import { Card } from './card.js';
import { copyText } from './copy.js';
import { Sheet } from './sheet.js';

const ASK_MAX_MS = 10_000;
const APART_MS = 1000;
const CHECK_GRACE_MS = 5000;
/** The daemon does not look twice within a second: a result that is so young is the answer. */
const JUST_NOW_MS = 1500;
const SAID_MS = 3000;

/** @param {string} path @returns {Promise<any>} throws the server's words */
async function ask(path) {
	const answer = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(ASK_MAX_MS) });
	const body = await answer.json();
	if (!answer.ok) {
		throw new Error(body.detail ?? `refused with ${answer.status}`);
	}
	return body;
}

/** What was asked for about one component; another component begins with another of these. */
function nothingKnown() {
	return { found: /** @type {any} */ (null), checks: /** @type {any[] | null} */ (null),
		changes: /** @type {any[] | null} */ (null), trouble: '',
		asking: false, askedAt: -Infinity, askedFor: /** @type {string | null} */ (null),
		/** the check that was asked for: from when on a result is its result, and how long to wait */
		run: /** @type {{ from: number, until: number, taken: boolean } | null} */ (null) };
}

export class Detail {
	/**
	 * @param {import('./strips.js').Strips} strips
	 * @param {(by: number) => string} step to the neighbour in the table
	 */
	constructor(strips, step) {
		this.strips = strips;
		this.step = step;
		this.dialog = /** @type {HTMLDialogElement} */ (byId('detail'));
		this.name = '';
		this.known = nothingKnown();
		/** @type {import('../app.js').Frame | null} */
		this.frame = null;
		this.card = new Card((name) => this.open(name), (from, text) => this.copy(from, text));
		this.check = button('push', () => this.checkNow(), 'Check now');
		this.retry = button('push', () => this.checkNow(), 'Retry');
		this.take = button('push', () => this.copy(this.take,
			JSON.stringify(this.known.found, null, 2)), 'Copy JSON');
		this.said = el('span', 'said');
		this.sheet = new Sheet('open', (name) => this.show(name), () => this.dialog.close());
		this.build();
		this.listen();
		this.sheet.resume();
	}

	build() {
		const head = el('header');
		const foot = el('footer');
		const close = button('icon', () => this.sheet.close());
		close.append(symbol('close', 'mark'));
		close.setAttribute('aria-label', 'Close');
		this.said.setAttribute('role', 'status');
		this.retry.hidden = true;
		head.append(this.card.mark, this.card.title, close);
		foot.append(this.check, this.take, this.said, this.retry);
		this.dialog.append(head, this.card.body, foot);
	}

	listen() {
		this.dialog.addEventListener('cancel', (event) => {
			event.preventDefault();
			this.sheet.close();
		});
		this.dialog.addEventListener('click', (event) => {
			if (event.target === this.dialog) {
				this.sheet.close();
			}
		});
		this.dialog.addEventListener('keydown', (event) => {
			const by = { j: 1, k: -1 }[event.key] ?? 0;
			if (by !== 0 && keysAreOn() && !event.ctrlKey && !event.metaKey && !event.altKey) {
				this.open(this.step(by));
			}
		});
	}

	/** @param {string} name */
	open(name) {
		this.sheet.open(name);
	}

	/** @returns {string[]} whose strip is in sight here */
	names() {
		return this.dialog.open ? [this.name] : [];
	}

	/** @param {string} name */
	show(name) {
		this.name = name;
		this.known = nothingKnown();
		this.tell('');
		if (!this.dialog.open) {
			this.dialog.showModal();
		}
		this.card.body.scrollTop = 0;
		if (this.frame) {
			this.draw(this.frame);
		}
	}

	/** @param {import('../app.js').Frame} frame */
	draw(frame) {
		const { model, now, state } = frame;
		this.frame = frame;
		if (!this.dialog.open || !model) {
			return;
		}
		const component = model.components.get(this.name);
		const { known } = this;
		if (component && (state === 'live' || state === 'late')) {
			const beat = known.run ? `${model.seq} ${Math.floor(now / APART_MS)}` : '';
			this.follow(`${component.checkedAt} ${component.status} ${beat}`);
		}
		this.card.update({ ...known, name: this.name, component, model, now,
			strip: this.strips.of(this.name) });
		show(this.take, known.found !== null);
		show(this.check, component !== undefined);
		this.wait();
	}

	/** @param {string} moment changes when there may be something new to ask for */
	follow(moment) {
		const { known } = this;
		const early = performance.now() - known.askedAt < APART_MS;
		if (!known.asking && !early && known.askedFor !== moment) {
			known.askedFor = moment;
			known.askedAt = performance.now();
			this.refresh(known);
		}
	}

	/** @param {ReturnType<typeof nothingKnown>} known */
	async refresh(known) {
		const path = `/api/v1/components/${encodeURIComponent(this.name)}`;
		known.asking = true;
		try {
			const [found, history, changes] = await Promise.all([ask(path),
				ask(`${path}/history?points=100`),
				ask(`/api/v1/changes?name=${encodeURIComponent(this.name)}&kind=component&limit=20`)
					.catch(() => null)]);
			Object.assign(known, { found, checks: history.data ?? [], trouble: '',
				changes: changes?.changes ?? null });
		} catch (error) {
			known.trouble = `Bellwether could not be asked for more: ${
				/** @type {Error} */ (error).message}`;
		}
		known.asking = false;
		if (this.frame && known === this.known && !document.hidden) {
			this.draw(this.frame);
		}
	}

	async checkNow() {
		const { known } = this;
		const timeout = Number(known.found?.timeout_seconds ?? 10) * 1000;
		known.run = { from: (this.frame?.now ?? NaN) - JUST_NOW_MS, taken: false,
			until: performance.now() + timeout + CHECK_GRACE_MS };
		known.askedFor = null;
		this.tell('');
		this.wait();
		const trouble = await order(`/api/v1/components/${encodeURIComponent(this.name)}/check`);
		if (known !== this.known || !known.run) {
			return;
		}
		known.run.taken = true;
		known.askedFor = null;
		if (trouble !== '') {
			known.run = null;
			this.tell(trouble, true);
		}
		this.wait();
	}

	/** The button is free again when the daemon told of a later check, or took too long. */
	wait() {
		const { found, run } = this.known;
		const done = run?.taken && !found?.running && parseTime(found?.last_check) >= run.from;
		if (done) {
			this.known.run = null;
			this.tell('Checked just now.');
		} else if (run && performance.now() > run.until) {
			this.known.run = null;
			this.tell('No result has come yet.', true);
		}
		setText(this.check, this.known.run ? 'Checking…' : 'Check now');
		this.check.disabled = this.known.run !== null;
	}

	/** @param {string} text @param {boolean} [failed] */
	tell(text, failed = false) {
		setText(this.said, text);
		this.said.classList.toggle('bad', failed);
		show(this.retry, failed);
	}

	/** @param {HTMLButtonElement} from @param {string} text */
	async copy(from, text) {
		const usual = from.dataset.usual ?? from.textContent ?? '';
		from.dataset.usual = usual;
		setText(from, await copyText(text, this.dialog) ? 'Copied' : 'Could not copy');
		setTimeout(() => setText(from, usual), SAID_MS);
	}
}
