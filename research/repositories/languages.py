"""Which language a file is written in, by its name."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

BY_SUFFIX: Final = {
    suffix: language
    for language, suffixes in {
        "Assembly": ".asm .s",
        "C": ".c .h",
        "C#": ".cs",
        "C++": ".cc .cpp .cxx .hh .hpp .hxx",
        "CMake": ".cmake",
        "CSS": ".css .less .scss .sass",
        "Clojure": ".clj .cljs",
        "Cuda": ".cu .cuh",
        "Cython": ".pyx .pxd",
        "Dart": ".dart",
        "Elixir": ".ex .exs",
        "Erlang": ".erl .hrl",
        "Fortran": ".f .f03 .f08 .f90 .f95 .for",
        "Go": ".go",
        "Groovy": ".gradle .groovy",
        "HTML": ".htm .html .xhtml",
        "Haskell": ".hs .lhs",
        "Java": ".java",
        "JavaScript": ".cjs .js .jsx .mjs",
        "Julia": ".jl",
        "Jupyter Notebook": ".ipynb",
        "Kotlin": ".kt .kts",
        "Lua": ".lua",
        "MATLAB": ".m",
        "Markdown": ".markdown .md",
        "OCaml": ".ml .mli",
        "PHP": ".php",
        "Pascal": ".dpr .pas",
        "Perl": ".pl .pm",
        "Protocol Buffers": ".proto",
        "Python": ".py .pyi",
        "R": ".r .rmd",
        "Ruby": ".rb",
        "Rust": ".rs",
        "SQL": ".sql",
        "Scala": ".sc .scala",
        "Shell": ".bash .fish .sh .zsh",
        "Svelte": ".svelte",
        "Swift": ".swift",
        "TeX": ".bib .cls .sty .tex",
        "TypeScript": ".ts .tsx",
        "VHDL": ".vhd .vhdl",
        "Verilog": ".sv .v",
        "Vue": ".vue",
        "Zig": ".zig",
        "reStructuredText": ".rst",
    }.items()
    for suffix in suffixes.split()
}
BY_NAME: Final = {
    "cmakelists.txt": "CMake",
    "containerfile": "Dockerfile",
    "dockerfile": "Dockerfile",
    "gnumakefile": "Makefile",
    "jenkinsfile": "Groovy",
    "makefile": "Makefile",
    "rakefile": "Ruby",
    "snakefile": "Snakemake",
}
PROSE: Final = frozenset(("Markdown", "reStructuredText", "TeX", "HTML"))
# What others wrote or a program made tells nothing of the people of this repository.
FOREIGN: Final = frozenset(("node_modules", "vendor", "third_party", "dist", "build", ".venv", "site-packages"))


def language_of(path: str) -> str | None:
    """The language of a file, None for data, pictures and what others wrote."""
    parts = PurePosixPath(path.lower())
    if FOREIGN.intersection(parts.parts[:-1]) or parts.name.endswith((".min.js", ".min.css")):
        return None
    return BY_NAME.get(parts.name) or BY_SUFFIX.get(parts.suffix)
