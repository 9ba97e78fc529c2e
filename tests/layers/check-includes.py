#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may include what: the table of src/README.md as a check.

    check-includes.py SOURCE_ROOT

The linker and the include paths prove most of the layering; this closes the ways around them: relative
includes, system headers of another layer's library, private headers in doors.
"""
import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# Layer: the layers whose doors it may include.
BELOW = {
    "image": [],
    "compute": [],
    "model": ["compute"],
    "library": ["image", "model"],
    "worker": ["image"],
    "cli": ["library"],
    "app": ["library"],
}

# The worker is the other end of a conversation that the door of image shows one end of.
BACK_DOORS = {("worker", "image-serve.h")}

# A system header, and the only folders that may include it.
ONLY = [
    (re.compile(r"^(vulkan/|vk_|spirv)"), {"compute"}),
    (re.compile(r"^oneapi/|^dnnl"), {"compute"}),
    (re.compile(r"^lmdb\.h$"), {"library"}),
    (re.compile(r"^(gtk/|gdk/|adwaita\.h)"), {"app"}),
    (re.compile(r"^(gdk-pixbuf/|jpeglib\.h|gexiv2/)"), {"image"}),
]


def foreign_layer(name, folder):
    """The layer that owns a header by its prefix, if it is another one."""
    prefix = name.split("-")[0].removesuffix(".h")
    return prefix if prefix in BELOW and prefix != folder else None


def complaints(path, folder):
    door = path.name == folder + ".h"
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        name = found.group(2)
        where = f"{path}:{number}: {name}"
        if name.startswith("../") or "/../" in name:
            yield f"{where}: relative include"
        if door and name.endswith("-private.h"):
            yield f"{where}: a door shows a private header"
        layer = foreign_layer(name, folder)
        if layer and layer not in BELOW[folder]:
            yield f"{where}: {folder} must not know {layer}"
        elif layer and name != layer + ".h" and (folder, name) not in BACK_DOORS:
            yield f"{where}: include the door {layer}.h"
        for pattern, folders in ONLY:
            if pattern.match(name) and folder not in folders:
                yield f"{where}: only {', '.join(sorted(folders))} may include it"


def main(root):
    found = []
    for folder in BELOW:
        for path in sorted((Path(root) / "src" / folder).glob("*.[ch]")):
            found += complaints(path, folder)
    print("\n".join(found) or "every include looks down")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
