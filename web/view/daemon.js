// Questions and orders to the daemon. Nothing ordered is shown as done before the daemon's own
// event says it.

const PATIENCE_MS = 10_000;

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>} the answer, null of an order that has none; throws why there is none, in the
 * server's words if it has any, with its `status`
 */
export async function ask(path, options) {
	const late = AbortSignal.timeout(PATIENCE_MS);
	const signal = options?.signal ? AbortSignal.any([options.signal, late]) : late;
	const answer = await fetch(path, { cache: 'no-store', ...options, signal });
	if (answer.ok) {
		return options?.method ? answer.json().catch(() => null) : answer.json();
	}
	const problem = await answer.json().catch(() => ({}));
	throw Object.assign(new Error(problem.detail ?? problem.title ?? `refused with ${answer.status}`),
		{ status: answer.status });
}

/**
 * @param {string} path
 * @returns {Promise<string>} empty, or why it did not work
 */
export async function order(path) {
	try {
		await ask(path, { method: 'POST' });
		return '';
	} catch (error) {
		return wordsOf(error);
	}
}

/** @param {unknown} error thrown by ask() */
export const wordsOf = (error) => (error instanceof Error ? error.message : String(error));
