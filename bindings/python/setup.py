"""Builds bellwether._native: the binding and the sources of libbellwether in one file, so that the
package needs nothing but Python, setuptools and a C compiler.

The library's sources are two folders above; an sdist carries them in libbellwether/.
"""
import pathlib
import shutil

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.sdist import sdist

HERE = pathlib.Path(__file__).resolve().parent
CARRIED = HERE / "libbellwether"
LIBRARY = CARRIED if CARRIED.is_dir() else HERE.parent.parent
FOLDERS = ("base", "core", "shm")
NOT_OURS = {"xalloc.c"}  # ends the process when memory does: the daemon's
NATIVE = sorted(f"native/{path.name}" for path in (HERE / "native").glob("*.c"))
OLDEST = "0x030A0000"  # the first limited API with METH_FASTCALL and the state of a type's module


def library_sources():
    return sorted(str(path) for folder in FOLDERS for path in (LIBRARY / "src" / folder).glob("*.c")
                  if path.name not in NOT_OURS)


class BuildExt(build_ext):
    """Adds the library's sources only here: as absolute paths they must not reach a manifest."""

    def build_extension(self, ext):
        ext.sources = ext.sources + library_sources()
        ext.depends = [__file__, *map(str, HERE.glob("native/*.[hm]*")),
                       *map(str, LIBRARY.glob("src/*/*.h")),
                       *map(str, LIBRARY.glob("include/bellwether/*.h"))]
        super().build_extension(ext)


class Sdist(sdist):
    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        there = pathlib.Path(base_dir) / "libbellwether"
        shutil.copytree(LIBRARY / "include", there / "include", dirs_exist_ok=True)
        for folder in FOLDERS:
            shutil.copytree(LIBRARY / "src" / folder, there / "src" / folder, dirs_exist_ok=True,
                            ignore=shutil.ignore_patterns("meson.build", *NOT_OURS))
        shutil.copytree(HERE / "native", pathlib.Path(base_dir) / "native", dirs_exist_ok=True)


setup(
    cmdclass={"build_ext": BuildExt, "sdist": Sdist},
    ext_modules=[Extension(
        "bellwether._native", NATIVE, py_limited_api=True,
        include_dirs=[str(LIBRARY / "include"), str(LIBRARY / "src"), str(HERE / "native")],
        define_macros=[("Py_LIMITED_API", OLDEST), ("_GNU_SOURCE", None), ("BW_LIBRARY", None),
                       ("BW_VERSION", '"0.1.0"')],
        extra_compile_args=["-std=gnu11", "-O2", "-fno-strict-aliasing", "-ffp-contract=off",
                            "-fvisibility=hidden"],
        extra_link_args=[f"-Wl,--version-script={HERE}/native/native.map"],
        libraries=["m", "pthread"])],
    options={"bdist_wheel": {"py_limited_api": "cp310"}},
)
