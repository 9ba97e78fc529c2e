#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the real window as a screen reader would: by role and name.

    test-window.py PROGRAM [FOLDER]

Without FOLDER it starts itself again on an X server and a session bus of its own.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATIENCE = 60
SKIP = 77
SAMPLES = Path(os.environ["EIDETIC_DATA_DIR"]) / "samples"
NAMES = ["red-boat-on-the-sea.jpg", "cat-in-the-desert.jpg", "tiger-in-the-snow.jpg"]


def start_again(program):
    if not all(map(shutil.which, ["xvfb-run", "dbus-run-session"])):
        return SKIP
    home = Path(tempfile.mkdtemp(prefix="eidetic-app-"))
    photos = home / "photos"
    photos.mkdir()
    for name in NAMES:
        shutil.copy(SAMPLES / name, photos)
    environment = {
        **os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"), "XDG_RUNTIME_DIR": str(home), "GDK_BACKEND": "x11",
        "GSETTINGS_BACKEND": "memory", "NO_AT_BRIDGE": "0", "G_DEBUG": "fatal-criticals",
    }
    environment.pop("WAYLAND_DISPLAY", None)
    home.chmod(0o700)
    try:
        return subprocess.run(["xvfb-run", "-a", "-s", "-screen 0 1100x800x24", "dbus-run-session", "--", sys.executable,
                               __file__, program, str(photos)], env=environment, timeout=5 * PATIENCE).returncode
    finally:
        shutil.rmtree(home, ignore_errors=True)


class Window:
    def __init__(self, pyatspi):
        self.pyatspi = pyatspi

    def all(self):
        found = []
        for application in self.pyatspi.Registry.getDesktop(0):
            if application and application.name in ("eidetic", "Eidetic"):
                self.walk(application, found)
        return found

    def walk(self, node, found):
        try:
            found.append((node.getRoleName(), node.name, node))
            for child in node:
                if child:
                    self.walk(child, found)
        except Exception:  # it went away while we looked
            pass

    def wait(self, what, wanted):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for role, name, node in self.all():
                if wanted(role, name, node):
                    return node
            time.sleep(0.2)
        for role, name, _ in self.all():
            print(f"{role:20} {name!r}", file=sys.stderr)
        raise AssertionError(f"not there: {what}")

    def showing(self, node):
        return node.getState().contains(self.pyatspi.STATE_SHOWING)


def drive(program, photos):
    import pyatspi

    window = Window(pyatspi)
    process = subprocess.Popen([program, "--device", "cpu", photos])
    try:
        for name in NAMES:
            window.wait(name, lambda role, found, node: found == name)
        entry = window.wait("the search entry", lambda role, name, node: name == "Search photos")
        editable = next((node for _, _, node in [("", "", entry)] + [x for x in _below(window, entry)]
                         if "EditableText" in pyatspi.utils.listInterfaces(node)), None)
        assert editable, "the search entry takes no text"
        editable.queryEditableText().setTextContents("a cat in the desert")
        window.wait("the count of matches", lambda role, name, node: "good match" in name)
        tiles = [name for _, name, _ in window.all() if name in NAMES]
        assert tiles[0] == "cat-in-the-desert.jpg", tiles
        for role, name, node in window.all():
            assert role not in ("push button", "toggle button", "text") or not name.startswith(("Gtk", "Adw", "App")), (role, name)
        assert process.poll() is None
    finally:
        process.terminate()
        process.wait()


def _below(window, node):
    found = []
    window.walk(node, found)
    return found


if __name__ == "__main__":
    program = os.path.abspath(sys.argv[1])
    if len(sys.argv) == 2:
        sys.exit(start_again(program))
    drive(program, sys.argv[2])
