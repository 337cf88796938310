// Before the first paint: the theme the reader chose. A classic script, so that it blocks.
(function applyTheme() {
	try {
		var chosen = localStorage.getItem('bellwether.theme');
		if (chosen === 'dark' || chosen === 'light') {
			document.documentElement.dataset.theme = chosen;
		}
	} catch (refused) {
		document.documentElement.dataset.storage = 'refused';
	}
})();
