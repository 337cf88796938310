// Before the first paint: the theme the reader chose. A classic script, so that it blocks.
try {
	const chosen = localStorage.getItem('bellwether.theme');
	if (chosen) {
		document.documentElement.dataset.theme = chosen;
	}
} catch {
	// A browser that keeps nothing goes with the system.
}
