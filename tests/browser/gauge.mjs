// Measures a page against its budgets on machines that are slow, or busy with other things.
//
// A time is compared with its budget times the slowness of the moment: a small piece of work, the
// same each time, is run in the same browser right beside it. What the browser's main thread did is
// measured in the processor's time, which others cannot take. Every figure is printed.
import assert from 'node:assert/strict';

/** What work() takes on two quiet shared cores without a GPU, the machine of the budgets. */
const WORK_MS = 4;
const SLOWNESS_MAX = 12;

/** Sorting, texts and a map, as the page does them. @returns milliseconds */
function work() {
	const began = performance.now();
	const book = new Map();
	for (let nth = 0; nth < 6000; nth++) {
		book.set(`name-${(nth * 7919) % 6007}`, { nth, text: String(nth * 1.5) });
	}
	const sorted = [...book.values()].sort((a, b) => b.text.localeCompare(a.text, 'en'));
	book.set('sum', sorted.reduce((sum, one) => sum + one.nth, 0));
	return performance.now() - began;
}

/** How much slower than the machine of the budgets; never below 1. */
export async function slowness(page) {
	await page.evaluate(work);
	const times = [];
	for (let nth = 0; nth < 9; nth++) {
		times.push(await page.evaluate(work));
	}
	const median = times.sort((a, b) => a - b)[times.length >> 1];
	return Math.min(SLOWNESS_MAX, Math.max(1, median / WORK_MS));
}

/** Prints a figure, and fails when it is beyond its budget. */
export function hold(name, value, budget, unit = '', slow = 1) {
	const allowed = budget * slow;
	const round = (number) => (number >= 100 ? Math.round(number) : Number(number.toPrecision(3)));
	const scale = slow > 1 ? `, machine ${slow.toFixed(1)} times slower` : '';
	const ratio = allowed > 0 ? ` (${(value / allowed).toFixed(2)}${scale})` : '';
	console.log(`      figure ${name}: ${round(value)} of ${budget} ${unit}${ratio}`);
	assert.ok(value <= allowed, `${name}: ${round(value)} ${unit}, at most ${round(allowed)}`);
}

export function percentile(values, part) {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

/** The main thread's own account. */
export class Account {
	static async open(page) {
		const account = new Account();
		account.session = await page.context().newCDPSession(page);
		await account.session.send('Performance.enable', { timeDomain: 'threadTicks' });
		return account;
	}

	/** @returns milliseconds of processor that the page has used, and the bytes of its heap */
	async read() {
		const { metrics } = await this.session.send('Performance.getMetrics');
		const of = (name) => metrics.find((one) => one.name === name).value;
		return { task: of('TaskDuration') * 1000, script: of('ScriptDuration') * 1000,
			layout: of('LayoutDuration') * 1000 + of('RecalcStyleDuration') * 1000 };
	}

	/** Megabytes of heap that are in use after everything else was thrown away. */
	async heap() {
		for (let nth = 0; nth < 3; nth++) {
			await this.session.send('HeapProfiler.collectGarbage');
		}
		return (await this.session.send('Runtime.getHeapUsage')).usedSize / 1e6;
	}
}
