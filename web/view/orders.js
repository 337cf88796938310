// Orders to the daemon. Nothing is shown as done before the daemon's own event says it.

const ORDER_MAX_MS = 10000;

/**
 * @param {string} path
 * @returns {Promise<string>} empty, or why it did not work, in the server's words
 */
export async function order(path) {
	try {
		const answer = await fetch(path, {
			method: 'POST', signal: AbortSignal.timeout(ORDER_MAX_MS),
		});
		if (answer.ok) {
			return '';
		}
		const problem = await answer.json().catch(() => ({}));
		return String(problem.detail ?? problem.title ?? `refused with ${answer.status}`);
	} catch (error) {
		return `did not reach Bellwether: ${/** @type {Error} */ (error).message}`;
	}
}
