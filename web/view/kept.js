// What a reader chose for the next visit too. A browser that keeps nothing is no error.

/** @param {string} key @returns {string} empty when nothing is kept */
export function kept(key) {
	try {
		return localStorage.getItem(`bellwether.${key}`) ?? '';
	} catch {
		return '';
	}
}

/** @param {string} key @param {string} value */
export function keep(key, value) {
	try {
		localStorage.setItem(`bellwether.${key}`, value);
	} catch {
		// It holds until the page is left.
	}
}
