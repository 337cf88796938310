#!/usr/bin/env python3
"""What libbellwether hands out: its symbols, what it leans on, and that programs can be built with it.

Usage: test_library.py BUILD SHARED_LIBRARY STATIC_LIBRARY SANITIZER
Nothing here needs a network or a daemon. Exit 77 (skipped) for a build with a sanitizer, whose
libraries lean on the sanitizer's.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADERS = sorted((ROOT / "include" / "bellwether").glob("*.h"))
BUILD, SHARED, STATIC, SANITIZER = (pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]) \
    if len(sys.argv) == 5 else (None, None, None, None)

# What would end, fork or talk for the host program, or start something behind its back. kill() is not
# here: with signal 0 it asks whether a worker lives.
NEVER_CALLED = re.compile(
    r"(_?_?exit|_Exit|quick_exit|abort|__assert_fail|atexit|__cxa_atexit|fork|vfork|exec\w*|system|popen|dlopen|"
    r"(__)?v?f?d?printf(_chk)?|f?puts|f?putc|putchar|f?write_unlocked|fwrite|perror|psignal|errx?|warnx?|v?syslog|openlog|"
    r"stdout|stderr|setlocale|setenv|putenv|signal|sigaction|raise|pthread_create|thrd_create|pthread_atfork|"
    r"__register_atfork|socket|connect|usleep|sleep)$")
NEEDED = {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
# The C start-up code's, in every shared object.
OF_THE_LINKER = {"completed.0", "__dso_handle", "_DYNAMIC", "_GLOBAL_OFFSET_TABLE_", "__TMC_END__",
                 "__do_global_dtors_aux_fini_array_entry", "__frame_dummy_init_array_entry"}
READ_ONLY_IN_THE_END = (".data.rel.ro", ".dynamic", ".got", ".init_array", ".fini_array")


def output(*command, **more):
    return subprocess.run([str(word) for word in command], text=True, capture_output=True, check=True, timeout=300,
                          **more).stdout


def declared():
    """Every name behind BW_PUBLIC."""
    names = set()
    for header in HEADERS:
        text = re.sub(r"/\*.*?\*/|#define[^\n]*", "", header.read_text(), flags=re.S)
        for found in re.finditer(r"\bBW_PUBLIC\b([^;{]*);", text):
            names.add(re.search(r"(\w+)\s*(\(.*|)$", found[1].strip(), re.S)[1])
    return names


def sections(path):
    """name and flags of each section by its number."""
    rows = re.findall(r"^\s*\[\s*(\d+)\] (\S+)\s+\S+\s+[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) [0-9a-f]+\s+([WAXMSILOGTCxoEDlp]*)\s",
                      output("readelf", "-SW", path), re.M)
    return {number: (name, int(size, 16), flags) for number, name, size, flags in rows}


def symbols(path):
    """(type, binding, section number or UND, name) of each symbol."""
    rows = re.findall(r"^\s*\d+: [0-9a-f]+\s+\S+ (\w+)\s+(\w+)\s+\w+\s+(?:\[[^]]*\]\s+)?(\w+) (\S+)",
                      output("readelf", "-sW", path), re.M)
    return [(kind, binding, section, name.split("@")[0]) for kind, binding, section, name in rows]


class Symbols(unittest.TestCase):
    def test_exactly_what_the_headers_declare_is_exported(self):
        lines = [line.split() for line in output("nm", "-D", "--defined-only", SHARED).splitlines()]
        exported = {words[2] for words in lines if words[1] != "A"}
        names = {name.split("@@")[0] for name in exported}
        self.assertGreater(len(names), 40)
        self.assertEqual(names, declared())
        self.assertEqual({name.split("@@")[1] for name in exported}, {"BELLWETHER_0"})

    def test_the_soname_has_the_number_of_the_abi(self):
        dynamic = output("readelf", "-dW", SHARED)
        self.assertEqual(re.findall(r"SONAME.*\[(.*)\]", dynamic), ["libbellwether.so.0"])
        self.assertEqual(set(re.findall(r"NEEDED.*\[(.*)\]", dynamic)) - NEEDED, set())
        self.assertNotIn("RUNPATH", dynamic)
        self.assertNotIn("TEXTREL", dynamic)

    def test_it_neither_ends_nor_talks_nor_starts_anything(self):
        undefined = {name.split("@")[0] for name in output("nm", "-D", "-u", SHARED).split()[1::2]}
        self.assertIn("calloc", undefined)
        self.assertEqual({name for name in undefined if NEVER_CALLED.match(name)}, set())

    def test_there_are_no_writable_globals_but_one_thread_cache(self):
        table = sections(SHARED)
        found, threads = set(), set()
        for kind, _, section, name in symbols(SHARED):
            where = table.get(section)
            if kind == "TLS":
                threads.add(name)
            elif kind == "OBJECT" and where and "W" in where[2] and name not in OF_THE_LINKER and \
                    not where[0].startswith(READ_ONLY_IN_THE_END):
                found.add(name)
        self.assertEqual(found, set())
        self.assertLessEqual(len(threads), 1, threads)

    def test_nothing_runs_before_it_is_called(self):
        names = set(re.findall(r"\] (\.\S+)", output("readelf", "-SW", STATIC)))
        self.assertIn(".symtab", names)
        self.assertEqual({n for n in names if n.startswith((".init", ".ctors", ".preinit", ".fini", ".dtors"))}, set())

    def test_every_linkable_name_of_the_archive_is_ours(self):
        names = {name for _, binding, section, name in symbols(STATIC)
                 if binding in ("GLOBAL", "WEAK") and section not in ("UND", "ABS")}
        self.assertTrue(declared() <= names)
        self.assertEqual({name for name in names if not name.startswith("bw_")}, set())


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name) / "root"
        cls.work = pathlib.Path(cls.folder.name)
        output("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--tags", "devel,runtime,man", "--destdir", cls.root)
        cls.pc = next(cls.root.rglob("bellwether.pc"))
        cls.env = {**os.environ, "PKG_CONFIG_LIBDIR": str(cls.pc.parent), "PKG_CONFIG_SYSROOT_DIR": str(cls.root),
                   "LD_LIBRARY_PATH": str(cls.pc.parent.parent), "BELLWETHER_REGION": str(cls.work / "breakers")}
        cls.env.pop("BELLWETHER_BREAKERS", None)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def flags(self, *what):
        return output("pkg-config", *what, "bellwether", env=self.env).split()

    def compile(self, source, standard, static, name):
        plus = standard.startswith("c++")
        program = self.work / name
        command = ([shutil.which("g++") or "clang++", "-x", "c++"] if plus else [os.environ.get("CC", "cc").split()[-1]])
        output(*command, f"-std={standard}", "-Wall", "-Wextra", "-Werror", "-Wno-unused-result", "-o", program, source,
               *(["-x", "none"] if plus else []), *(["-static"] if static else []),
               *self.flags("--cflags", "--libs", *(["--static"] if static else [])), env=self.env)
        return program

    def test_a_program_builds_and_runs_with_either_library(self):
        for standard in ("c11", "c17", "c++17"):
            for static in (False, True):
                with self.subTest(standard=standard, static=static):
                    program = self.compile(ROOT / "tests" / "library" / "use.c", standard, static, f"use-{standard}-{static}")
                    region = self.work / f"region-{standard}-{static}"
                    self.assertEqual(output(program, region, env=self.env), "ok\n")
                    needs = "libbellwether" in output("readelf", "-dW", program)
                    self.assertEqual(needs, not static)

    def test_the_headers_alone_are_installed_and_compile_alone(self):
        folder = next(self.root.rglob("include/bellwether"))
        self.assertEqual(sorted(p.name for p in folder.iterdir()), [p.name for p in HEADERS])
        for header in HEADERS:
            for language, standard in (("c", "c11"), ("c", "c17"), ("c++", "c++17")):
                with self.subTest(header=header.name, standard=standard):
                    compiler = "clang" if shutil.which("clang") else "cc"
                    output(compiler, "-x", language, f"-std={standard}", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", "-",
                           *self.flags("--cflags"), input=f"#include <bellwether/{header.name}>\n", env=self.env)

    def test_the_links_of_the_library_lead_from_name_to_name(self):
        folder = self.pc.parent.parent
        self.assertEqual((folder / "libbellwether.so").resolve(), (folder / "libbellwether.so.0").resolve())
        self.assertTrue((folder / "libbellwether.a").exists())

    def test_the_programs_of_the_guide_build_and_run(self):
        count = 0
        for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
            for number, found in enumerate(re.finditer(r"^```c\n(.*?)^```", page.read_text(), re.M | re.S)):
                if "int main(" in found[1]:
                    source = self.work / f"{page.stem}-{number}.c"
                    source.write_text(found[1])
                    output(self.compile(source, "c11", False, f"{page.stem}-{number}"), env=self.env)
                    count += 1
        self.assertGreaterEqual(count, 2)

    def guarded(self, *command):
        return subprocess.run([self.example, *command], text=True, capture_output=True, timeout=60, env=self.env)

    def test_the_example_guards_a_command(self):
        self.example = self.compile(ROOT / "examples" / "breaker.c", "gnu11", False, "guarded")
        self.assertEqual(self.guarded("only-a-name").returncode, 64)
        self.assertEqual(self.guarded("fine", "true").returncode, 0)
        self.assertEqual(self.guarded("here", "/nowhere/at/all").returncode, 127)
        self.assertEqual(self.guarded("a\tb", "true").returncode, 70)
        for _ in range(3):
            self.assertEqual(self.guarded("vendor", "sh", "-c", "exit 7").returncode, 7)
        done = self.guarded("vendor", "true")
        self.assertEqual(done.returncode, 75)
        self.assertRegex(done.stderr, r"^vendor: not called: open; try again in (30\.0|2\d\.\d) s\n$")
        self.assertEqual(self.guarded("fine", "true").returncode, 0)
        for _ in range(5):
            self.assertEqual(self.guarded("here", "/nowhere/at/all").returncode, 127)
        wrong = self.work / "wrong"
        wrong.write_text("not a region")
        wrong.chmod(0o600)
        self.env = self.env | {"BELLWETHER_REGION": str(wrong)}
        done = self.guarded("fine", "true")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, f"^nobody shares this breaker: {wrong}: ")

    def test_the_manual_pages_are_clean_and_show_the_example(self):
        pages = {page.name: page for page in self.root.rglob("*.3")}
        self.assertEqual(set(pages), {"libbellwether.3", "bw_breaker.3"})
        shown = re.search(r"^\.Bd -literal\n(.*?)^\.Ed", pages["bw_breaker.3"].read_text().split(".Sh EXAMPLES", 1)[1], re.M | re.S)[1]
        example = (ROOT / "examples" / "breaker.c").read_text()
        self.assertEqual(shown.replace("\\&", "").replace("\\e", "\\"), example[example.index("#include"):])
        for page in pages.values():
            with self.subTest(page=page.name):
                if shutil.which("groff"):
                    done = subprocess.run(["groff", "-mandoc", "-Tutf8", "-ww", "-z", page], text=True, capture_output=True, timeout=60)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                if shutil.which("mandoc"):
                    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], text=True, capture_output=True, timeout=60)
                    self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_every_call_is_named_in_a_manual_page(self):
        text = "".join(page.read_text() for page in self.root.rglob("*.3"))
        self.assertEqual({name for name in declared() if not re.search(rf"\b{name}\b", text)}, set())


if __name__ == "__main__":
    if SANITIZER != "none":
        print("skipped: built with a sanitizer")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
